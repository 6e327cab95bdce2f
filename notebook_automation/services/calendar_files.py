"""Calendar files of schedules: read when a trigger is stored, and again when they have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from notebook_automation.adapters.calendar_files import days_off
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.domain.projects import Project
from notebook_automation.domain.trigger_definitions import with_days_read
from notebook_automation.domain.triggers import Trigger, TriggerChange
from notebook_automation.store import projects as project_rows
from notebook_automation.store import triggers
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .projects import Projects

_log = logging.getLogger(__name__)
_EVERY = 60.0
"""Seconds after which files are looked at again."""
_YEARS = 6
"""Years from this one on whose days off are read; of the one before it, too, for what was missed."""


def days_of(trigger: Trigger, project: Project, projects: Projects) -> frozenset[str] | None:
    """Return the days off that the calendar file of a trigger says now; None where it has none. Blocks.

    Raises Invalid (``calendar_invalid``): the file is not there, or is no calendar that can be read.
    """
    calendar = None if trigger.schedule is None else trigger.schedule.calendar
    if calendar is None or calendar.ics is None:
        return None
    year = datetime.now(UTC).year
    try:
        return days_off(projects.file_at(project, calendar.ics), year - 1, year + _YEARS)
    except NotFound as error:
        raise Invalid(f"Its calendar: {error.message}", code="calendar_invalid", field="calendar.ics") from None


def with_days(trigger: Trigger, project: Project, projects: Projects) -> Trigger:
    """Return a trigger with the days off of its calendar file. Blocks; raises Invalid (``calendar_invalid``)."""
    days = days_of(trigger, project, projects)
    return trigger if days is None else with_days_read(trigger, days)


class CalendarFiles:
    """Reads the calendar files of schedules again that have changed: it is one of what is ``Due``.

    Of a file that cannot be read any more the days that were read last stay; its trigger shows what is wrong.
    """

    def __init__(self, database: Database, projects: Projects) -> None:
        self._database = database
        self._projects = projects
        self._at = 0.0

    async def next_time(self) -> float | None:
        """Return when the files are to be looked at next, in epoch seconds."""
        return self._at

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Look at all files; it queues no session. Raises Unavailable."""
        self._at = now + _EVERY
        having = await self._database.read(_with_files)
        if having:
            days = await asyncio.to_thread(self._changed, having)
            if days:
                await self._database.write(lambda tx: _store(tx, days))
        return [], False

    def _changed(self, having: Mapping[str, tuple[Trigger, Project]]) -> dict[str, tuple[str | None, frozenset[str]]]:
        """Return the file and its days by trigger, of those whose file says others than were read last. Blocks."""
        found = {}
        for trigger_id, (trigger, project) in having.items():
            calendar = None if trigger.schedule is None else trigger.schedule.calendar
            try:
                days = days_of(trigger, project, self._projects)
            except Invalid as error:
                _log.warning("%s: %s", trigger.ref, error.message)
                continue
            if calendar is not None and days is not None and days != calendar.read:
                found[trigger_id] = (calendar.ics, days)
        return found


def _with_files(tx: Connection) -> dict[str, tuple[Trigger, Project]]:
    found = {}
    for trigger in triggers.with_calendar_files(tx):
        project = project_rows.get(tx, trigger.project_id)
        if project is not None:
            found[trigger.id] = (trigger, project)
    return found


def _store(tx: Connection, days: Mapping[str, tuple[str | None, frozenset[str]]]) -> None:
    for trigger_id, (path, read) in days.items():
        trigger = triggers.get(tx, trigger_id)
        schedule = None if trigger is None else trigger.schedule
        # It may have been changed meanwhile.
        if trigger is not None and schedule is not None and schedule.calendar and schedule.calendar.ics == path:
            changed = with_days_read(trigger, read)
            triggers.change_many(tx, [changed])
            announce(tx, trigger_id, "updated", TriggerChange.of(changed))
