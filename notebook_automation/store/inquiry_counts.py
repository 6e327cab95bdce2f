"""How many inquiries wait for somebody: counted by the database as far as it can tell, which is nearly all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select

from notebook_automation.domain.inquiries import Inquiry

from .inquiries import ANYONE, PLAIN_COLUMNS, asked_of, plain_inquiry
from .tables.inquiries import inquiries, inquiry_answers, inquiry_delegations

_AT_ONCE = 500


def surely_theirs(tx: Connection, person: str, names: Collection[str]) -> int:
    """Return how many pending inquiries ``person`` may answer for sure, being asked by one of their own ``names``.

    These are the ones from which nobody is excluded, which nobody has given away, and where nobody answered for them.
    """
    query = select(func.count()).select_from(inquiries).where(_may(person), _is_plain(person), asked_of(names))
    return int(tx.execute(query).scalar() or 0)


def to_look_at(
    tx: Connection, person: str, names: Collection[str], all_names: Collection[str]
) -> Iterator[list[Inquiry]]:
    """Yield the other pending inquiries that ``person`` may be able to answer, some at a time.

    They have what decides whose turn it is, and nothing else. ``all_names`` are also those of whom they stand in for.
    """
    others = (
        not_(_is_plain(person))
        if set(all_names) <= {*names, ANYONE}
        else not_(and_(_is_plain(person), asked_of(names)))
    )
    query = select(*PLAIN_COLUMNS).where(_may(person), others, asked_of(all_names)).order_by(inquiries.c.id)
    last = ""
    while rows := tx.execute(query.where(inquiries.c.id > last).limit(_AT_ONCE)).all():
        yield [plain_inquiry(row) for row in rows]
        last = rows[-1].id


def _may(person: str) -> ColumnElement[bool]:
    """Leave out what is not pending, what ``person`` is behind, and what they have answered at the present stage."""
    c = inquiries.c
    is_allowed = or_(c.requester.is_(None), c.requester != person, c.allow_requester)
    return and_(c.status == "pending", is_allowed, not_(_answered(inquiry_answers.c.by == person)))


def _is_plain(person: str) -> ColumnElement[bool]:
    given = exists().where(inquiry_delegations.c.inquiry_id == inquiries.c.id)
    nobody: Any = []
    return and_(inquiries.c.exclude == nobody, not_(given), not_(_answered(inquiry_answers.c.person == person)))


def _answered(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    c = inquiry_answers.c
    return exists().where(c.inquiry_id == inquiries.c.id, c.stage == inquiries.c.stage, whose)
