"""Schedules due in the same second, and how late a lone tick is; recorded by a real scheduler on SQLite."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.schedules import Schedule
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.engine.scheduler import Scheduler
from notebook_automation.services.events import Events
from notebook_automation.services.projects import Projects
from notebook_automation.services.triggers import store
from notebook_automation.store import projects
from notebook_automation.store.database import Database
from notebook_automation.store.tables.events import events
from tests.benchmarks.table import Table, median, milliseconds

TOGETHER = (1, 100, 1000)
ROUNDS = 3
PATIENCE = 60.0


def run() -> Table:
    """Let schedules come due together and see when the last of their events is on disk."""
    rows = []
    for count in TOGETHER:
        taken = [asyncio.run(_recorded(count)) for _ in range(ROUNDS)]
        rows.append((f"{count:,}", milliseconds(median(taken)), milliseconds(max(taken))))
    return Table(
        title="Schedules due in the same second (goals: 1,000 within 1 s, a lone tick within 50 ms of its time)",
        columns=("schedules", "until the last is on disk", "slowest round"),
        rows=rows,
        notes=(f"Medians of {ROUNDS} rounds; each tick is an event, an enforcement and a queued session.",),
    )


async def _recorded(count: int) -> float:
    """Return the seconds from the time that ``count`` schedules name until all their events are committed."""
    with tempfile.TemporaryDirectory(prefix="na-schedules-") as folder:
        database = Database(f"sqlite:///{folder}/automation.db")
        database.migrate()
        projects = Projects(database, Path(folder), NotebookReader(), Cipher(Path(folder) / "secret.key"))
        scheduler = Scheduler(
            database, Events(database, projects, Filters(), queued=lambda session_ids: None), grace=60.0
        )
        at = int(time.time()) + 3
        _fill(database, count, at)
        await scheduler.start()
        try:
            async with asyncio.timeout(PATIENCE):
                while await database.read(_events) < count:
                    await asyncio.sleep(0.002)
            return time.time() - at
        finally:
            await scheduler.stop()
            database.close()


def _fill(database: Database, count: int, at: int) -> None:
    project = Project(id=PROJECT_ID.new(), name="p", path="/p", created_at=0.0)
    schedule = Schedule(at=datetime.fromtimestamp(at, UTC).isoformat())

    def work(tx: Connection) -> None:
        projects.add(tx, project)
        for number in range(count):
            trigger = Trigger(
                id=TRIGGER_ID.new(), project_id=project.id, project=project.name, name=f"t{number}", type="schedule",
                schedule=schedule, call="report.ipynb", created_at=at - 9.0, updated_at=at - 9.0, last_tick=at - 9.0,
                next_fire=float(at),
            )  # fmt: skip
            store(tx, trigger, new=True)

    database.write_now(work)


def _events(tx: Connection) -> int:
    return len(tx.execute(select(events.c.id)).all())
