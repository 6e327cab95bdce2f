"""Notifications: gathered for each recipient, sent together, never more than once; listed, and tried out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from notebook_automation.adapters.smtp import MailRefused, MailUncertain
from notebook_automation.adapters.web_posts import PostRefused, PostUncertain
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.domain.inquiry_mails import pause_after
from notebook_automation.domain.missing import no_notification
from notebook_automation.domain.notification_messages import message_of, trial
from notebook_automation.domain.notifications import (
    NOTIFICATION_ID,
    Notification,
    NotificationResource,
    NotificationState,
    Recipient,
)
from notebook_automation.domain.projects import Project
from notebook_automation.settings import Settings
from notebook_automation.store import notifications
from notebook_automation.store.database import Database
from notebook_automation.store.notifications import Group

from .notification_conditions import NotificationConditions
from .notification_reports import NotificationReports
from .notification_ways import NotificationWays

_record = logging.getLogger(__name__)
_ANSWER_TIME = 300.0
"""Seconds after which one that has a message and said nothing is not waited for any more."""
_AT_ONCE = 20
_IN_ONE = 1000
"""The most that one message tells of."""
_DELAYED = ("mail_delayed", "message_delayed")
LOST = "The server ended while it was sent: it is not sent again."


class _Taken(Exception):
    """Somebody else sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a test message went: ``error`` is why it did not arrive."""

    recipient: Recipient
    error: str | None


class Notifications:
    """The service of notifications; ``panel_url`` returns where JupyterLab is found by others."""

    def __init__(
        self, database: Database, settings: Settings, ways: NotificationWays, conditions: NotificationConditions,
        reports: NotificationReports, panel_url: Callable[[], str], *, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._ways = ways
        self._conditions = conditions
        self._reports = reports
        self._panel_url = panel_url
        self._clock = clock

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project_id: str | None = None,
        trigger_id: str | None = None, session_id: str | None = None, states: Collection[str] = (),
        channel: str | None = None,
    ) -> tuple[list[Notification], str | None]:  # fmt: skip
        """Return a page of notifications, newest first. Raises Forbidden."""
        caller.require("read", NotificationResource(project_id=project_id))
        return await self._database.read(
            lambda tx: notifications.listed(
                tx, limit=limit, cursor=cursor, project_id=project_id, trigger_id=trigger_id, session_id=session_id,
                states=states, channel=channel,
            )
        )  # fmt: skip

    async def get(self, caller: Caller, notification_id: str) -> Notification:
        """Return one notification. Raises NotFound, Forbidden."""
        found = await self._database.read(lambda tx: notifications.get(tx, notification_id))
        caller.require("read", NotificationResource(id=notification_id) if found is None else found.resource)
        if found is None:
            raise no_notification(notification_id)
        return found

    async def test(self, caller: Caller, project: Project, recipient: Recipient) -> Trial:
        """Send a test message at once, without a row and without a second try. Raises Forbidden, Unavailable."""
        caller.require("configure", project.resource)
        message = trial(project.name, self._panel_url(), self._clock())
        try:
            await self._ways.send(recipient, project.id, message, NOTIFICATION_ID.new(), _nothing)
        except (MailRefused, MailUncertain, PostRefused, PostUncertain) as error:
            return Trial(recipient=recipient, error=error.message)
        except Unavailable as error:
            if error.code not in _DELAYED:
                raise
            return Trial(recipient=recipient, error=error.message)
        return Trial(recipient=recipient, error=None)

    async def next_time(self) -> float | None:
        """Return when something is to be sent next, in epoch seconds; None: there is nothing. Raises Unavailable."""
        return await self._database.read(notifications.next_due)

    async def send_due(self) -> bool:
        """Send to some whose time has come; return whether there may be more. Raises Unavailable."""
        now = self._clock()
        lost = await self._database.read(lambda tx: notifications.lost(tx, now, _IN_ONE))
        if lost:
            await self._end(lost, "error", LOST)
        groups = await self._database.read(lambda tx: notifications.due_groups(tx, now, _AT_ONCE))
        for group in groups:
            try:
                await self._send_to(group)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - what is wrong with one must not keep all others
                _record.exception("A notification to %s could not be made", group[0].channel)
                await self._put_off_all(group, f"It could not be made ({type(error).__name__}).")
        return len(groups) == _AT_ONCE

    async def _send_to(self, group: Group) -> None:
        now = self._clock()

        def look(tx: Connection) -> list[Notification]:
            # What comes meanwhile waits for the next try of what was before it, and for the pause after a message.
            last = notifications.last_sent(tx, group)
            after_last = 0.0 if last is None else last + self._settings.notify_pause
            until = max(after_last, notifications.held_until(tx, group) or 0.0)
            if until > now:
                notifications.put_off(tx, group, until)
                return []
            return notifications.open_of(tx, group, _IN_ONE)

        wanted = []
        for one in await self._database.write(look):
            why_not = await self._conditions.why_not(one)
            if why_not is None:
                wanted.append(one)
            else:
                await self._end([one], "dropped", why_not)
        together = [one for one in wanted if not one.content.get("report")]
        if together:
            await self._send(group, together)
        # Each report is a mail of its own.
        for one in wanted:
            if one.content.get("report"):
                await self._send(group, [one])

    async def _send(self, group: Group, some: Sequence[Notification]) -> None:
        recipient, project_id = group
        # The same each time that the same are tried.
        message_id = some[0].message_id or NOTIFICATION_ID.new()
        held = list(some)

        async def before() -> None:
            nonlocal held
            await self._database.write(lambda tx: self._claim(tx, some, message_id))
            held = [replace(one, state="processing") for one in some]

        try:
            message = message_of(some, self._panel_url())
            report = await self._reports.of(some[0], message_id)
            await self._ways.send(recipient, project_id, message, message_id, before, report)
        except _Taken:
            return
        except (MailRefused, MailUncertain, PostRefused, PostUncertain) as error:
            await self._end(held, "error", error.message)
        except Unavailable as error:
            if error.code not in _DELAYED:
                raise
            await self._put_off(held, error, message_id)
        else:
            await self._end(held, "sent", None)

    def _claim(self, tx: Connection, some: Sequence[Notification], message_id: str) -> None:
        until = self._clock() + _ANSWER_TIME
        if not notifications.change(tx, some, "processing", next_at=until, message_id=message_id):
            raise _Taken

    async def _put_off(self, some: Sequence[Notification], error: AutomationError, message_id: str) -> None:
        tries = max(one.tries for one in some) + 1
        pause = pause_after(tries)
        if pause is None:
            await self._end(some, "error", error.message)
            return
        values = {"tries": tries, "next_at": self._clock() + pause, "error": error.message, "message_id": message_id}
        await self._database.write(lambda tx: notifications.change(tx, some, "queued", **values))

    async def _put_off_all(self, group: Group, error: str) -> None:
        some = await self._database.read(lambda tx: notifications.open_of(tx, group, _IN_ONE))
        if some:
            await self._put_off(some, Unavailable(error), some[0].message_id or NOTIFICATION_ID.new())

    async def _end(self, some: Sequence[Notification], state: NotificationState, error: str | None) -> None:
        values = {"next_at": None, "error": error, "ended_at": self._clock()}
        await self._database.write(lambda tx: notifications.change(tx, some, state, **values))


async def _nothing() -> None:
    """A test has nothing to write down first."""
