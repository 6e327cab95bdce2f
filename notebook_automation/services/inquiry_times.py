"""Inquiries whose time has come: people are reminded, others asked as well, and what nobody answered ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.inquiry_decisions import timeout_response
from notebook_automation.domain.inquiry_times import Passed, passed
from notebook_automation.domain.inquiry_turns import Circle
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log, waits
from notebook_automation.store.database import Database

from .inquiry_changes import Act, changed, end
from .inquiry_notices import Notify, Why, notify_nobody, reason_of
from .inquiry_views import circle, directory


class InquiryTimes:
    """What the engine does about the times of inquiries."""

    def __init__(self, database: Database, settings: Settings, *, notify: Notify = notify_nobody) -> None:
        self._database = database
        self._settings = settings
        self._notify = notify

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Do all that has come at ``now`` (epoch seconds) for up to ``limit`` inquiries, the earliest first, at once.

        Returns the sessions that are queued by it, and whether there may be more. Raises Unavailable.
        """

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = inquiries.due(tx, now, limit)
            waits.hold(tx, {one.session_id for one in due if one.session_id is not None})
            known = directory(tx, self._settings, now)
            woken: list[str] = []
            # As they are now: what was read before may have been answered while others held it.
            for inquiry in inquiries.get_many(tx, [one.id for one in due]):
                if inquiry.status == "pending":
                    woken += self._happened(tx, circle(tx, inquiry, known), now)
            return list(dict.fromkeys(woken)), len(due) == limit

        return await self._database.write(work)

    async def next_time(self) -> float | None:
        """Return when something happens to an inquiry by itself next, in epoch seconds; None: never. Raises
        Unavailable."""
        return await self._database.read(inquiries.next_due)

    def _happened(self, tx: Connection, about: Circle, now: float) -> Sequence[str]:
        inquiry, found, act = about.inquiry, passed(about.inquiry, now), Act(now=now)
        if found.ends:
            detail = {"on_timeout": inquiry.on_timeout, "timeout_at": inquiry.timeout_at}
            inquiry_log.write(tx, inquiry.id, "timed_out", at=now, detail=detail)
            response = timeout_response(inquiry)
            return end(tx, inquiry, act, status="timeout", response=response, delegations=about.delegations).woken
        if found.changes:
            after = changed(tx, inquiry, about.delegations, **found.changes)
            self._tell(tx, replace(about, inquiry=after), found, now)
        return ()

    def _tell(self, tx: Connection, about: Circle, found: Passed, now: float) -> None:
        people = about.asked(now)
        new = people & about.directory.members(found.escalated)
        if found.escalated:
            self._record(tx, about.inquiry, "escalated", new, now, {"to": list(found.escalated)})
        if found.reminds:
            self._record(tx, about.inquiry, "reminder", people - new, now, {"people": sorted(people)})

    def _record(
        self, tx: Connection, inquiry: Inquiry, why: Why, people: Collection[str], now: float, detail: dict[str, object]
    ) -> None:
        inquiry_log.write(tx, inquiry.id, "reminded" if why == "reminder" else "escalated", at=now, detail=detail)
        self._notify(tx, inquiry, reason_of(why, inquiry), people)
