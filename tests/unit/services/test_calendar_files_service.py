"""Schedules whose days off are in a calendar file of the project: read, read again, and what is wrong is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain import schedules
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Invalid
from notebook_automation.services.calendar_files import CalendarFiles
from notebook_automation.store import triggers


def write(server: Any, *days: str) -> Path:
    """Write a calendar file with these days (`20261224`)."""
    events = "".join(f"BEGIN:VEVENT\r\nUID:{day}\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT\r\n" for day in days)
    path: Path = server.root / "sales" / "off.ics"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n", newline="")
    return path


def soon(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).strftime("%Y%m%d")


async def nightly(server: Any, **calendar: Any) -> Any:
    schedule = {"cron": "0 6 * * *", "calendar": {"ics": "off.ics", **calendar}}
    return await server.trigger("nightly", type="schedule", schedule=schedule)


def fires(trigger: Any, count: int = 3) -> list[str]:
    return [f"{one:%Y%m%d}" for one in schedules.next_fires(trigger.schedule, _tomorrow(), count)]


def _tomorrow() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0) + timedelta(days=1)


async def test_the_days_of_a_file_are_skipped_and_read_again_when_it_changes(server: Any, ana: Caller):
    write(server, soon(2))
    trigger = await nightly(server)
    assert fires(trigger) == [soon(1), soon(3), soon(4)]
    # It is stored, so that whoever ticks needs no file.
    stored = await server.database.read(lambda tx: triggers.get(tx, trigger.id))
    assert fires(stored) == fires(trigger)
    files = CalendarFiles(server.database, server.projects)
    assert await files.next_time() == 0.0
    write(server, soon(1), soon(2), soon(3))
    assert await files.wake_due(1000.0, 9) == ([], False)
    assert await files.next_time() == 1060.0
    again = await server.database.read(lambda tx: triggers.get(tx, trigger.id))
    assert fires(again) == [soon(4), soon(5), soon(6)]
    assert (again.updated_at, again.last_tick) == (trigger.updated_at, trigger.last_tick)
    # Saved once more with what is said of it, it is the same schedule.
    same = await nightly(server)
    assert same.last_tick == trigger.last_tick
    preview = {"name": "other", "type": "schedule", "call": "report.ipynb",
               "schedule": {"cron": "0 6 * * *", "calendar": {"ics": "off.ics", "if_off": "next"}}}  # fmt: skip
    shown = await server.triggers.preview(ana, await server.project(), preview)
    assert fires(shown.trigger) == [soon(4), soon(5), soon(6)]


async def test_a_bad_file_is_refused_at_first_and_shown_later(server: Any, ana: Caller):
    with pytest.raises(Invalid, match=r"no 'off\.ics'") as missing:
        await nightly(server)
    assert (missing.value.code, missing.value.details["field"]) == ("calendar_invalid", "calendar.ics")
    path = write(server, soon(2))
    trigger = await nightly(server)
    path.write_text("not a calendar")
    await CalendarFiles(server.database, server.projects).wake_due(0.0, 9)
    view = await server.trigger_views.get(ana, trigger.id)
    assert fires(view.trigger) == [soon(1), soon(3), soon(4)]
    assert [(one.code, "is no calendar" in one.message) for one in view.problems] == [("calendar_invalid", True)]
    # Whatever else of it is changed goes on.
    assert not (await server.triggers.change(ana, trigger.id, {"enabled": False})).trigger.enabled


async def test_a_manifest_names_the_file(server: Any, ana: Caller):
    write(server, soon(1))
    server.notebook("sales/report.ipynb")
    text = (
        "version: v1\nproject:\n  name: sales\n  triggers:\n  - name: nightly\n    schedule: 0 6 * * *\n"
        "    calendar: {ics: off.ics}\n    call: report.ipynb\n"
    )
    await server.manifests.apply(ana, text, "sales", dry_run=False)
    stored = await server.database.read(lambda tx: triggers.get(tx, "sales/nightly"))
    assert fires(stored) == [soon(2), soon(3), soon(4)]
    again = await server.manifests.apply(ana, text, "sales", dry_run=True)
    assert {change.change for change in again.changes} == {"same"}
    exported = await server.manifests.export(ana, await server.project())
    assert "ics: off.ics" in exported
    assert soon(1)[:4] + "-" not in exported


@pytest.mark.parametrize(
    "path", ["../off.ics", "/etc/off.ics", "off.txt", "a//off.ics", "a\\off.ics", "x" * 1001 + ".ics"]
)
async def test_a_file_is_in_the_project(server: Any, path: str):
    with pytest.raises(Invalid) as refused:
        await nightly(server, ics=path)
    assert refused.value.details["field"] == "calendar.ics"


async def test_a_link_leads_out_of_the_root_to_nothing(server: Any, tmp_path: Path):
    outside = write(server, soon(1)).rename(tmp_path / "outside.ics")
    (server.root / "sales" / "off.ics").symlink_to(outside)
    with pytest.raises(Invalid) as refused:
        await nightly(server)
    assert refused.value.code == "calendar_invalid"


def test_a_night_in_which_clocks_change_knows_the_file():
    """02:30 is skipped by clocks on 29 March 2026 in Berlin, and comes twice on 25 October."""
    given = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "calendar": {"ics": "off.ics", "if_off": "next"}}
    schedule = schedules.from_dict(given)
    assert schedule.calendar is not None

    def around(day: str, *off: str) -> list[str]:
        calendar = replace(schedule.calendar, read=frozenset(off))
        after = datetime.fromisoformat(f"{day}T12:00+00:00")
        found = schedules.next_fires(replace(schedule, calendar=calendar), after, 3)
        return [f"{one:%m-%d %H:%M}" for one in found]

    # The night before is off: it is moved into the gap, where that night's own time is as well: they come once.
    assert around("2026-03-27", "2026-03-28") == ["03-29 01:00", "03-30 00:30", "03-31 00:30"]
    # The night itself is off: it is moved to the next, at the time that was meant.
    assert around("2026-03-28", "2026-03-29") == ["03-30 00:30", "03-31 00:30", "04-01 00:30"]
    assert around("2026-10-24", "2026-10-25") == ["10-26 01:30", "10-27 01:30", "10-28 01:30"]
    assert around("2026-10-23", "2026-10-24") == ["10-25 00:30", "10-26 01:30", "10-27 01:30"]
