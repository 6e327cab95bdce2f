"""Inquiries: who changes one holds its session first (`waits.hold`), and names the version that it has seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from notebook_automation.domain.inquiries import (
    Escalation,
    Inquiry,
    InquiryAnswer,
    InquiryChange,
    InquiryDelegation,
    Outcome,
    Shown,
    Stage,
    next_time,
)

from .artifacts import touch_blobs
from .changes import announce, announce_many
from .rows import from_row, page, to_row
from .tables.inquiries import inquiries, inquiry_answers, inquiry_asked, inquiry_blobs, inquiry_delegations

ANYONE = "*"
"""The name under which an inquiry is found that anyone may answer."""
PLAIN_COLUMNS = tuple(
    inquiries.c[name]
    for name in ("id", "session_id", "session_ref", "project_id", "stages", "stage", "exclude", "allow_requester",
                 "requester", "came_by")
)  # fmt: skip
_AT_ONCE = 500
"""Ids of one statement: SQLite takes no list of any length."""


def add(tx: Connection, inquiry: Inquiry) -> None:
    """Insert ``inquiry`` and announce it; what it shows is kept as long as it is."""
    tx.execute(insert(inquiries).values(_row(inquiry)))
    digests = list(dict.fromkeys(one.digest for one in inquiry.shown))
    if digests:
        touch_blobs(tx, digests)
        tx.execute(insert(inquiry_blobs), [{"inquiry_id": inquiry.id, "blob": digest} for digest in digests])
    _set_asked(tx, inquiry, ())
    announce(tx, inquiry.id, "created", InquiryChange.of(inquiry))


def get(tx: Connection, inquiry_id: str) -> Inquiry | None:
    """Return an inquiry by id."""
    row = tx.execute(select(inquiries).where(inquiries.c.id == inquiry_id)).first()
    return None if row is None else _inquiry(row)


def get_many(tx: Connection, inquiry_ids: Collection[str]) -> list[Inquiry]:
    """Return those of these inquiries that are there, in the order of their ids."""
    found: list[Inquiry] = []
    for some in _portions(inquiry_ids):
        query = select(inquiries).where(inquiries.c.id.in_(some)).order_by(inquiries.c.id)
        found += map(_inquiry, tx.execute(query))
    return found


def change(
    tx: Connection, before: Inquiry, delegations: Sequence[InquiryDelegation] = (), **values: Any
) -> Inquiry | None:
    """Write ``values`` over a pending inquiry, and announce it; None where it is not as it was ``before``.

    ``delegations`` are all that it has. Its session must be held.
    """
    after = replace(before, version=before.version + 1, **values)
    after = replace(after, next_at=next_time(after) if after.status == "pending" else None)
    same = (inquiries.c.version == before.version) & (inquiries.c.status == "pending")
    written = update(inquiries).where(inquiries.c.id == before.id, same).values(_row(after))
    if tx.execute(written).rowcount == 0:
        return None
    tx.execute(delete(inquiry_asked).where(inquiry_asked.c.inquiry_id == before.id))
    _set_asked(tx, after, delegations)
    announce(tx, after.id, "updated", InquiryChange.of(after))
    return after


def pending_of_session(tx: Connection, session_id: str) -> list[Inquiry]:
    """Return the inquiries of a session that wait for an answer, oldest first."""
    query = select(inquiries).where(inquiries.c.session_id == session_id, inquiries.c.status == "pending")
    return [_inquiry(row) for row in tx.execute(query.order_by(inquiries.c.id))]


def any_pending(tx: Connection, inquiry_ids: Collection[str]) -> bool:
    """Return whether one of these inquiries still waits for an answer."""
    return any(
        tx.execute(select(inquiries.c.id).where(inquiries.c.id.in_(some), inquiries.c.status == "pending")).first()
        for some in _portions(inquiry_ids)
    )


def listed(
    tx: Connection, *, limit: int, cursor: str | None, statuses: Collection[str] = (), project_id: str | None = None,
    session_id: str | None = None, until_id: str | None = None, names: Collection[str] | None = None,
) -> tuple[list[Inquiry], str | None]:  # fmt: skip
    """Return a page of inquiries, newest first.

    ``session_id`` finds those of a deleted session, too; ``until_id`` bounds the ids, which are in the order of
    creation. ``names`` are those by which somebody is asked: only inquiries that are asked of one of them.
    """
    query = _narrowed(select(inquiries), names)
    if statuses:
        query = query.where(inquiries.c.status.in_(sorted(statuses)))
    if project_id is not None:
        query = query.where(inquiries.c.project_id == project_id)
    if session_id is not None:
        query = query.where(inquiries.c.session_ref == session_id)
    if until_id is not None:
        query = query.where(inquiries.c.id < until_id)
    return page(tx, query, inquiries.c.id, _inquiry, limit=limit, cursor=cursor)


def responded_like(tx: Connection, inquiry: Inquiry, limit: int = 50) -> list[Inquiry]:
    """Return the newest inquiries that were answered of the same trigger, or else of the same call, newest first."""
    c = inquiries.c
    query = select(inquiries).where(c.status == "responded", c.id != inquiry.id)
    if inquiry.trigger_id is not None:
        query = query.where(c.trigger_id == inquiry.trigger_id)
    else:
        query = query.where(c.project_id == inquiry.project_id, c.notebook == inquiry.notebook)
    return [_inquiry(row) for row in tx.execute(query.order_by(c.responded_at.desc(), c.id.desc()).limit(limit))]


def count_pending(tx: Connection) -> int:
    """Return how many inquiries wait for an answer."""
    return int(tx.execute(select(func.count()).where(inquiries.c.status == "pending")).scalar() or 0)


def oldest_pending(tx: Connection, project_id: str | None) -> tuple[int, float | None]:
    """Return how many inquiries wait for an answer, of one project or all, and when the oldest was asked."""
    columns: Select[Any] = select(func.count().label("number"), func.min(inquiries.c.created_at).label("oldest"))  # type: ignore[assignment]
    row = tx.execute(_of_project(columns.where(inquiries.c.status == "pending"), project_id)).one()
    return int(row.number), row.oldest


def outcomes(tx: Connection, since_id: str, project_id: str | None, *, limit: int) -> list[tuple[Outcome, float]]:
    """Return how up to ``limit`` inquiries ended that were asked since ``since_id``, and after how many seconds."""
    c = inquiries.c
    took: Any = c.responded_at - c.created_at
    query: Select[Any] = select(c.outcome, took).where(c.id >= since_id, c.outcome.is_not(None))
    query = _of_project(query, project_id).order_by(c.id.desc()).limit(limit)
    return [(row[0], row[1]) for row in tx.execute(query)]


def due(tx: Connection, now: float, limit: int) -> list[Inquiry]:
    """Return up to ``limit`` pending inquiries whose next time has come at ``now`` (epoch seconds), earliest first."""
    query = select(inquiries).where(inquiries.c.next_at <= now, inquiries.c.status == "pending")
    return [_inquiry(row) for row in tx.execute(query.order_by(inquiries.c.next_at, inquiries.c.id).limit(limit))]


def next_due(tx: Connection) -> float | None:
    """Return when something happens to a pending inquiry by itself next, in epoch seconds; None: never."""
    found: float | None = tx.execute(
        select(func.min(inquiries.c.next_at)).where(inquiries.c.next_at.is_not(None), inquiries.c.status == "pending")
    ).scalar()
    return found


def add_answer(tx: Connection, answer: InquiryAnswer) -> None:
    """Insert an answer."""
    tx.execute(insert(inquiry_answers).values(to_row(answer, inquiry_answers)))


def add_delegation(tx: Connection, delegation: InquiryDelegation) -> None:
    """Insert a delegation."""
    tx.execute(insert(inquiry_delegations).values(to_row(delegation, inquiry_delegations)))


def answers_of(tx: Connection, inquiry_ids: Collection[str]) -> Mapping[str, list[InquiryAnswer]]:
    """Return the answers to these inquiries by inquiry, in the order in which they came."""
    return _by_inquiry(tx, inquiry_answers, InquiryAnswer, inquiry_ids)


def delegations_of(tx: Connection, inquiry_ids: Collection[str]) -> Mapping[str, list[InquiryDelegation]]:
    """Return the delegations of these inquiries by inquiry, in the order in which they were made."""
    return _by_inquiry(tx, inquiry_delegations, InquiryDelegation, inquiry_ids)


def ended_before(tx: Connection, before: float, *, limit: int) -> list[str]:
    """Return the ids of up to ``limit`` inquiries that ended before ``before`` (epoch seconds), the oldest first."""
    c = inquiries.c
    query = select(c.id).where(c.status != "pending", c.responded_at < before)
    return [row[0] for row in tx.execute(query.order_by(c.id).limit(limit))]


def remove(tx: Connection, inquiry_ids: Collection[str]) -> None:
    """Delete inquiries with their answers, delegations and log."""
    for some in _portions(inquiry_ids):
        tx.execute(delete(inquiries).where(inquiries.c.id.in_(some)))


def announce_again(tx: Connection, changed: Sequence[Inquiry]) -> None:
    """Tell that something beside the inquiries themselves has changed what they are."""
    announce_many(tx, [(one.id, "updated", InquiryChange.of(one)) for one in changed])


def asked_of(names: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that an inquiry is asked of one of ``names`` at its present stage, or of anyone."""
    asked = select(inquiry_asked.c.inquiry_id).where(inquiry_asked.c.name.in_(sorted({*names, ANYONE})))
    return inquiries.c.id.in_(asked)


def plain_inquiry(row: Row[Any]) -> Inquiry:
    """Return an inquiry from its ``PLAIN_COLUMNS``: what decides whose turn it is."""
    return Inquiry(
        id=row.id, session_id=row.session_id, session_ref=row.session_ref, project_id=row.project_id, project="",
        notebook="", cell_index=-1, prompt="", title="", created_at=0.0, stages=_stages(row), stage=row.stage,
        exclude=tuple(row.exclude), allow_requester=row.allow_requester, requester=row.requester,
        came_by=row.came_by,
    )  # fmt: skip


def _of_project(query: Select[Any], project_id: str | None) -> Select[Any]:
    return query if project_id is None else query.where(inquiries.c.project_id == project_id)


def _narrowed(query: Select[Any], names: Collection[str] | None) -> Select[Any]:
    return query if names is None else query.where(asked_of(names))


def _set_asked(tx: Connection, inquiry: Inquiry, delegations: Sequence[InquiryDelegation]) -> None:
    taken = [one.taker for one in delegations if one.stage == inquiry.stage]
    names = dict.fromkeys([*(inquiry.present.of or (ANYONE,)), *taken])
    tx.execute(insert(inquiry_asked), [{"inquiry_id": inquiry.id, "name": name} for name in names])


def _by_inquiry(tx: Connection, table: Any, cls: type[Any], inquiry_ids: Collection[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for some in _portions(inquiry_ids):
        query = select(table).where(table.c.inquiry_id.in_(some)).order_by(table.c.seq)
        for row in tx.execute(query):
            found.setdefault(row.inquiry_id, []).append(from_row(cls, row, table))
    return found


def _portions(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]


def _row(inquiry: Inquiry) -> dict[str, Any]:
    row = to_row(inquiry, inquiries)
    row["outcome"] = inquiry.outcome
    row["stages"] = [asdict(one) for one in inquiry.stages]
    row["escalations"] = [asdict(one) for one in inquiry.escalations]
    row["shown"] = [asdict(one) for one in inquiry.shown]
    return row


def _stages(row: Row[Any]) -> tuple[Stage, ...]:
    return tuple(Stage(**{**one, "of": tuple(one["of"])}) for one in row.stages)


def _inquiry(row: Row[Any]) -> Inquiry:
    return from_row(
        Inquiry, row, inquiries,
        stages=_stages(row),
        escalations=tuple(Escalation(at=one["at"], to=tuple(one["to"])) for one in row.escalations),
        shown=tuple(Shown(**one) for one in row.shown),
        exclude=tuple(row.exclude),
        reminders=tuple(row.reminders),
    )  # fmt: skip
