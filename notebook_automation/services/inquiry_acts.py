"""What all acts of people on inquiries have in common: who may, one transaction, and what is told after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden
from notebook_automation.domain.inquiries import Channel, Inquiry, InquiryResource, no_inquiry
from notebook_automation.domain.inquiry_times import check_in_time
from notebook_automation.domain.inquiry_turns import Circle, NoTurn
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log
from notebook_automation.store.database import Database

from .inquiry_changes import Act, Changed, pending
from .inquiry_notices import Notify, notify_nobody
from .inquiry_views import InquiryView, circle, directory, view


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Somebody may not do it, which the log keeps: raised after the commit."""

    why: NoTurn


class InquiryActs:
    """``queued`` is called with the sessions that an end has woken, after its commit."""

    def __init__(
        self, database: Database, settings: Settings, queued: Callable[[Sequence[str]], None], *,
        notify: Notify = notify_nobody, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._queued = queued
        self._notify = notify
        self._clock = clock

    async def done(
        self, caller: Caller, channel: Channel, work: Callable[[Connection, Act], Changed | Refused]
    ) -> InquiryView:
        """Do ``work`` in one transaction, and tell of what has come of it. Raises Forbidden for who was refused."""
        caller.require("read", InquiryResource(session_id=caller.session_id, project_id=caller.project_id))

        def write(tx: Connection) -> tuple[InquiryView | None, Changed | Refused]:
            act = Act(now=self._clock(), who=caller.person, channel=channel)
            done = work(tx, act)
            if isinstance(done, Refused):
                return None, done
            about = circle(tx, done.inquiry, directory(tx, self._settings, act.now))
            return view(caller, about, act.now), done

        shown, done = await self._database.write(write)
        if isinstance(done, Refused):
            raise Forbidden(done.why.sentence, code=done.why.reason)
        if done.woken:
            self._queued(done.woken)
        assert shown is not None
        return shown

    async def allowed(self, caller: Caller, inquiry_id: str) -> Inquiry:
        """Return an inquiry that ``caller`` may answer as far as it is a person. Raises NotFound, Forbidden."""
        found = await self.found(inquiry_id)
        caller.require("answer", found.resource)
        if caller.kind != "user":
            raise Forbidden(
                "The code of a session does not answer inquiries: a person has to, in the panel for example.",
                code="forbidden",
            )
        return found

    async def found(self, inquiry_id: str) -> Inquiry:
        found = await self._database.read(lambda tx: inquiries.get(tx, inquiry_id))
        if found is None:
            raise no_inquiry(inquiry_id)
        return found

    def pending_circle(self, tx: Connection, inquiry_id: str, act: Act) -> Circle:
        inquiry = pending(tx, inquiry_id)
        check_in_time(inquiry, act.now)
        return circle(tx, inquiry, directory(tx, self._settings, act.now))

    def refused(self, tx: Connection, inquiry: Inquiry, why: NoTurn, act: Act) -> Refused:
        if not inquiry_log.was_refused(tx, inquiry.id, act.who, why.reason):
            detail = {"reason": why.reason}
            inquiry_log.write(tx, inquiry.id, "refused", at=act.now, who=act.who, channel=act.channel, detail=detail)
        return Refused(why=why)
