"""Inquiries: asked by the code of a session, which waits for the answer; read and found by people."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.calls import split_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.inquiries import (
    INQUIRY_ID,
    Inquiry,
    InquiryEntry,
    InquiryResource,
    InquiryStatus,
    Shown,
    inquiry_key,
    no_inquiry,
)
from notebook_automation.domain.inquiry_questions import Asked, completed, digest_of, title_of
from notebook_automation.domain.inquiry_turns import Turn
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.shown import bound
from notebook_automation.domain.waits import WAIT_ID, Wait, check_same
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, inquiries, inquiry_counts, inquiry_log, session_log, shown, waits
from notebook_automation.store.database import Database

from .inquiry_notices import Notify, notify_nobody, reason_of
from .inquiry_views import InquiryView, circle, directory, views
from .subscriptions import only_its_own, running
from .waits import HOLDS_ITS_KERNEL

MOST_AT_ONCE = 100
"""Inquiries that one call asks, and that one answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which inquiries are looked for. ``assigned_to`` is a login; ``older_than`` is seconds since they were asked."""

    statuses: Collection[InquiryStatus] = ()
    assigned_to: str | None = None
    project_id: str | None = None
    session_id: str | None = None
    older_than: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryCounts:
    """How many inquiries the caller may answer now, and how many wait for anybody."""

    waiting_for_me: int
    pending: int


NotebookOf = Callable[[str, tuple[int, int, int]], Awaitable[Shown | None]]
"""Stores the notebook of a session, by its id, as far as it came when it asked at this position."""


async def no_notebook(session_id: str, position: tuple[int, int, int]) -> Shown | None:
    """Return none: nothing is bound but what the asking code has sent."""
    return None


class Inquiries:
    """The service of inquiries; `InquiryAnswers` has what people do with them."""

    def __init__(
        self, database: Database, settings: Settings, *, notify: Notify = notify_nobody,
        clock: Callable[[], float] = time.time, notebook_of: NotebookOf = no_notebook,
    ) -> None:  # fmt: skip
        self._database = database
        self._notebook_of = notebook_of
        self._settings = settings
        self._notify = notify
        self._clock = clock

    async def ask(
        self, caller: Caller, session_id: str, position: tuple[int, int, int], asked: Sequence[Asked]
    ) -> tuple[Wait, list[InquiryView]]:
        """Ask people, and return the wait for their answers; asked again from the same place, it is the same.

        Raises Forbidden, Invalid and TooLarge as `completed`, Conflict (``session_state``, ``wait_mismatch``).
        """
        only_its_own(caller, session_id)
        if not 1 <= len(asked) <= MOST_AT_ONCE:
            raise Invalid(f"Ask 1 to {MOST_AT_ONCE} inquiries at once, not {len(asked)}.", code="inquiry_invalid")
        asked_before = await self._database.read(lambda tx: waits.at(tx, session_id, position))
        notebook = None if asked_before is not None else await self._notebook_of(session_id, position)

        def work(tx: Connection) -> tuple[Wait, list[InquiryView]]:
            now = self._clock()
            session = running(tx, session_id)
            known = directory(tx, self._settings, now)
            wait = _wait(session_id, position, asked, now)
            before = waits.at(tx, session_id, position)
            if before is not None:
                check_same(wait, before)
                return before, views(tx, caller, _of_wait(tx, before), known, now)
            made = [
                completed(_blank(session, inquiry_id, position[0], now), one, known)
                for inquiry_id, one in zip(wait.question["inquiries"], asked, strict=True)
            ]
            made = _with_shown(tx, session_id, made, notebook)
            if not session.is_durable and not waits.of_session(tx, session_id):
                session_log.write(tx, session_id, "state", HOLDS_ITS_KERNEL)
            for inquiry in made:
                inquiries.add(tx, inquiry)
                self._record(tx, inquiry, now)
                self._notify(tx, inquiry, reason_of("asked", inquiry), circle(tx, inquiry, known).asked(now))
            waits.add(tx, wait, [inquiry_key(inquiry.id) for inquiry in made])
            waits.announce(tx, [session_id])
            return wait, views(tx, caller, made, known, now)

        return await self._database.write(work)

    async def get(self, caller: Caller, inquiry_id: str) -> InquiryView:
        """Return an inquiry. Raises NotFound, Forbidden."""

        def work(tx: Connection) -> InquiryView:
            found = inquiries.get(tx, inquiry_id)
            if found is None:
                raise no_inquiry(inquiry_id)
            caller.require("read", found.resource)
            now = self._clock()
            return views(tx, caller, [found], directory(tx, self._settings, now), now)[0]

        return await self._database.read(work)

    async def of_wait(self, caller: Caller, wait: Wait) -> list[InquiryView]:
        """Return the inquiries that a wait is for, in the order in which they were asked."""
        caller.require("read", InquiryResource(session_id=wait.session_id, project_id=caller.project_id))

        def work(tx: Connection) -> list[InquiryView]:
            now = self._clock()
            return views(tx, caller, _of_wait(tx, wait), directory(tx, self._settings, now), now)

        return await self._database.read(work)

    async def listed(
        self, caller: Caller, search: Search, *, limit: int, cursor: str | None = None
    ) -> tuple[list[InquiryView], str | None]:
        """Return a page of inquiries, newest first, and the cursor of the next one. Raises Forbidden."""
        caller.require("read", InquiryResource(project_id=search.project_id, session_id=search.session_id))

        def work(tx: Connection) -> tuple[list[InquiryView], str | None]:
            now = self._clock()
            known = directory(tx, self._settings, now)
            person = search.assigned_to
            until = None if search.older_than is None else INQUIRY_ID.floor(now - search.older_than)
            found, more = inquiries.listed(
                tx, limit=limit, cursor=cursor, statuses=search.statuses, project_id=search.project_id,
                session_id=search.session_id, until_id=until,
                names=None if person is None else known.names_of(person, now),
            )  # fmt: skip
            if person is not None:
                # Those that are pending wait for this person, and not for who has answered, or never may.
                asker = Caller(kind="user", login=person)
                seen = views(tx, asker, found, known, now)
                found = [one.inquiry for one in seen if one.turn is None or _concerns(one, person)]
            return views(tx, caller, found, known, now), more

        return await self._database.read(work)

    async def counts(self, caller: Caller) -> InquiryCounts:
        """Return how many inquiries wait for the caller, and how many for anybody. Raises Forbidden."""
        caller.require("read", EVERYTHING)

        def work(tx: Connection) -> InquiryCounts:
            now = self._clock()
            known = directory(tx, self._settings, now)
            own, names = known.own_names_of(caller.person), known.names_of(caller.person, now)
            mine = 0
            if caller.kind == "user" and caller.person:
                mine = inquiry_counts.surely_theirs(tx, caller.person, own)
                for some in inquiry_counts.to_look_at(tx, caller.person, own, names):
                    mine += sum(isinstance(one.turn, Turn) for one in views(tx, caller, some, known, now))
            return InquiryCounts(waiting_for_me=mine, pending=inquiries.count_pending(tx))

        return await self._database.read(work)

    async def log(self, caller: Caller, inquiry_id: str, *, after: int = 0, limit: int = 1000) -> list[InquiryEntry]:
        """Return what happened to an inquiry after the entry ``after``, oldest first. Raises NotFound, Forbidden."""
        await self.get(caller, inquiry_id)
        return await self._database.read(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id, after=after, limit=limit))

    def _record(self, tx: Connection, inquiry: Inquiry, now: float) -> None:
        detail = {
            "prompt": inquiry.prompt, "schema": inquiry.response_schema, "proposed": inquiry.proposed,
            "stages": [
                {"of": list(one.of), "approvals": one.approvals, "per_group": dict(one.per_group)}
                for one in inquiry.stages
            ],
            "exclude": list(inquiry.exclude), "requester": inquiry.requester, "came_by": inquiry.came_by,
            "allow_requester": inquiry.allow_requester, "timeout_at": inquiry.timeout_at,
            "on_timeout": inquiry.on_timeout,
        }  # fmt: skip
        inquiry_log.write(tx, inquiry.id, "asked", at=now, who=inquiry.session_ref, channel="session", detail=detail)
        for number, one in enumerate(inquiry.shown):
            detail = {"number": number, "name": one.name, "kind": one.kind, "digest": one.digest, "size": one.size}
            inquiry_log.write(
                tx, inquiry.id, "shown", at=now, who=inquiry.session_ref, channel="session", detail=detail
            )


def _of_wait(tx: Connection, wait: Wait) -> list[Inquiry]:
    """Return the inquiries of a wait in the order in which they were asked."""
    found = {one.id: one for one in inquiries.get_many(tx, wait.question["inquiries"])}
    return [found[one] for one in wait.question["inquiries"] if one in found]


def _concerns(view: InquiryView, person: str) -> bool:
    """Return whether a pending inquiry waits for ``person``: to be answered, or for a reply to a question."""
    stage = view.inquiry.stage
    was_asked = any(one.is_question and one.taker == person and one.stage == stage for one in view.delegations)
    return was_asked or isinstance(view.turn, Turn)


def _wait(session_id: str, position: tuple[int, int, int], asked: Sequence[Asked], now: float) -> Wait:
    cell_index, piece, nth = position
    question = {
        "asked": [digest_of(one) for one in asked],
        "of": [title_of(one.prompt) for one in asked],
        "inquiries": [INQUIRY_ID.new() for _ in asked],
    }
    return Wait(
        id=WAIT_ID.new(), session_id=session_id, cell_index=cell_index, piece=piece, nth=nth, kind="inquiry",
        question=question, created_at=now,
    )  # fmt: skip


def _blank(session: Session, inquiry_id: str, cell_index: int, now: float) -> Inquiry:
    return Inquiry(
        id=inquiry_id, session_id=session.id, session_ref=session.id, project_id=session.project_id,
        project=session.project, notebook=split_call(session.call)[0], trigger_id=session.trigger_id,
        trigger_ref=session.trigger_ref, cell_index=cell_index, prompt="", title="", stages=(), created_at=now,
        requester=session.requester, came_by=session.came_by,
    )  # fmt: skip


def _with_shown(tx: Connection, session_id: str, made: Sequence[Inquiry], notebook: Shown | None) -> list[Inquiry]:
    if notebook is not None:
        artifacts.keep_blob(tx, notebook.digest, notebook.size)
    # Only what this session has stored, or took from an artifact that it may see: a hash alone opens nothing.
    sizes = shown.sizes(tx, session_id, {one.digest for inquiry in made for one in inquiry.shown})
    return [bound(inquiry, sizes, notebook) for inquiry in made]
