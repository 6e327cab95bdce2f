"""The first page of lists when there are a million sessions, by every filter that the panel offers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.sessions import SESSION_ID
from notebook_automation.domain.sorting import Sorting
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.store import projects, session_pages, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as table
from tests.benchmarks.table import Table, median, milliseconds

COUNT = 1_000_000
SPAN = 30 * 86400.0
REPEATS = 15


def run() -> Table:
    """Fill a SQLite database of a month's sessions and time pages of 50."""
    with tempfile.TemporaryDirectory(prefix="na-listing-") as folder:
        path = Path(folder) / "automation.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        began = time.perf_counter()
        made = fill(database, COUNT)
        filled = time.perf_counter() - began
        rows = [(name, *_timed(database, filters)) for name, filters in offered(made).items()]
        size = path.stat().st_size / 2**20
        database.close()
    slowest = max(float(row[1].split()[0]) for row in rows)
    return Table(
        title=f"First page of {COUNT:,} sessions (goal: at most 50 ms whatever the filter)",
        columns=("filter", "first page", "slowest", "a page in the middle", "rows"),
        rows=rows,
        notes=(
            f"Medians of {REPEATS}. SQLite, {size:.0f} MiB, filled in {filled:.0f} s.",
            f"The slowest first page takes {slowest} ms.",
        ),
    )


class Filled:
    """What ``fill`` has made: projects, triggers of the first, and the ids of the first and the middle session."""

    def __init__(self) -> None:
        self.projects: list[Project] = []
        self.triggers: list[Trigger] = []
        self.parent = ""
        self.middle = ""
        self.since = ""


def fill(database: Database, count: int) -> Filled:
    """Store ``count`` sessions of a month: most completed, few failed, hardly any timed out."""
    filled, start = Filled(), time.time() - SPAN
    for number in range(4):
        project = Project(id=PROJECT_ID.new(), name=f"p{number}", path=f"/p{number}", created_at=start)
        filled.projects.append(project)
        database.write_now(lambda tx, project=project: projects.add(tx, project))
        for name in ("busy", "rare"):
            trigger = Trigger(
                id=TRIGGER_ID.new(), project_id=project.id, project=project.name, name=name, type="webhook",
                created_at=start, updated_at=start, call="report.ipynb",
            )  # fmt: skip
            filled.triggers.append(trigger)
            database.write_now(lambda tx, trigger=trigger: triggers.add(tx, trigger))
    for first in range(0, count, 20_000):
        numbers = range(first, min(first + 20_000, count))
        rows = [_row(filled, number, start + SPAN * number / count) for number in numbers]
        database.write_now(lambda tx, rows=rows: tx.execute(insert(table), rows))
        filled.parent = filled.parent or rows[0]["id"]
        if first <= count // 2 < first + 20_000:
            filled.middle = rows[0]["id"]
    filled.since = SESSION_ID.floor(time.time() - 86400)
    return filled


def _row(filled: Filled, number: int, at: float) -> dict[str, Any]:
    # Project p3 has few sessions, the trigger p0/rare too, and few calls are other.ipynb.
    project = 3 if number % 5000 == 0 else number % 3
    rare = number % 20_000 == 1
    trigger = filled.triggers[project * 2 + rare]
    status = "timeout" if number % 100_000 == 7 else "failed" if number % 50 == 7 else "completed"
    if number % 1000 < 2:
        status = "cancelled"
    return {
        "id": SESSION_ID.new(at), "project_id": trigger.project_id, "project": trigger.project, "status": status,
        "call": "other.ipynb" if number % 30_000 == 2 else f"report{number % 3}.ipynb", "started_by": trigger.ref,
        "trigger_id": trigger.id, "trigger_ref": trigger.ref, "config": {"trigger": {"name": trigger.name}},
        "parameters": {"day": number}, "attempt": 1, "created_at": at, "started_at": at, "finished_at": at + 3.0,
        "current_cell": 9, "total_cells": 9, "kernel_name": "python3",
        "parent_id": filled.parent if number % 10_000 == 3 and filled.parent else None,
    }  # fmt: skip


def offered(made: Filled) -> dict[str, dict[str, Any]]:
    """Return the filters that lists offer, and the worst that they can be combined to."""
    busy, rare = made.triggers[0].id, made.triggers[1].id
    first, small = made.projects[0].id, made.projects[3].id
    since = {"since_id": made.since}
    return {
        "none": {},
        "oldest first": {"sorting": Sorting(ascending=True)},
        "completed": {"statuses": ["completed"]},
        "timeout (10 in all)": {"statuses": ["timeout"]},
        "running (none)": {"statuses": ["running"]},
        "failed, timeout, abandoned": {"statuses": ["failed", "timeout", "abandoned"]},
        "completed, failed": {"statuses": ["completed", "failed"]},
        "timeout, running, abandoned": {"statuses": ["timeout", "running", "abandoned"]},
        "project": {"project_id": first},
        "small project": {"project_id": small},
        "project, timeout": {"project_id": first, "statuses": ["timeout"]},
        "project, failed or timeout": {"project_id": first, "statuses": ["failed", "timeout"]},
        "small project, failed or timeout": {"project_id": small, "statuses": ["failed", "timeout"]},
        "trigger": {"trigger_id": busy},
        "rare trigger": {"trigger_id": rare},
        "trigger, failed": {"trigger_id": busy, "statuses": ["failed"]},
        "trigger, timeout": {"trigger_id": busy, "statuses": ["timeout"]},
        "trigger, running or timeout": {"trigger_id": busy, "statuses": ["running", "timeout"]},
        "project, trigger, failed": {"project_id": first, "trigger_id": busy, "statuses": ["failed"]},
        "call": {"call": "report0.ipynb"},
        "rare call": {"call": "other.ipynb"},
        "call, timeout": {"call": "report0.ipynb", "statuses": ["timeout"]},
        "call, failed or running": {"call": "report0.ipynb", "statuses": ["failed", "running"]},
        "call of another project": {"call": "report1.ipynb", "project_id": small},
        "call of another project, timeout": {"call": "report1.ipynb", "project_id": small, "statuses": ["timeout"]},
        "call, trigger": {"call": "report1.ipynb", "trigger_id": rare},
        "parent": {"parent_id": made.parent},
        "parent, failed": {"parent_id": made.parent, "statuses": ["failed"]},
        "today": since,
        "today, timeout": {**since, "statuses": ["timeout"]},
        "today, trigger, failed or timeout": {**since, "trigger_id": busy, "statuses": ["failed", "timeout"]},
        "before the middle, failed": {"until_id": made.middle, "statuses": ["failed"]},
    }


def _timed(database: Database, filters: dict[str, Any]) -> tuple[str, str, str, str]:
    first, found = _times(database, lambda tx: session_pages.listed(tx, limit=50, cursor=None, **filters)[0])
    middle = found[len(found) // 2].id if found else None
    deep, _ = _times(database, lambda tx: session_pages.listed(tx, limit=50, cursor=middle, **filters)[0])
    return milliseconds(median(first)), milliseconds(max(first)), milliseconds(median(deep)), str(len(found))


def _times(database: Database, work: Callable[[Connection], Any]) -> tuple[list[float], Any]:
    times: list[float] = []
    found: Any = None
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = database.read_now(work)
        times.append(time.perf_counter() - began)
    return times, found
