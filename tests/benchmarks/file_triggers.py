"""What 1,000 file triggers cost the server that watches: memory, processor while nothing happens, and 100 changes."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import Connection, func, select

from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.rule_sets import rules_of
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.domain.watched_files import parse_watched_files
from notebook_automation.engine.file_watcher import FileWatcher
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.file_events import FileEvents
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.matching import Matching
from notebook_automation.services.projects import Projects
from notebook_automation.settings import Settings
from notebook_automation.store import projects, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.tables.events import events
from notebook_automation.store.tables.file_states import file_states
from tests.benchmarks.table import Table, milliseconds

FILES = 10
CHANGES = 100
IDLE = 10.0
_MANY = (
    ("1,000, each a folder of its own", 1000, "in/{number}/*.csv"),
    ("100, each a folder and all below it", 100, "in/{number}/**"),
    # Each file is compared with each pattern: this grows with both.
    ("100, all in one folder", 100, "in/{number}-*.csv"),
)


def run() -> Table:
    """Watch triggers with ten files each, in one process with a SQLite database."""
    rows = [(name, *asyncio.run(_measured(count, pattern))) for name, count, pattern in _MANY]
    return Table(
        title="File triggers with ten files each, SQLite",
        columns=("triggers", "memory", "taken up in", "idle", "100 changes: last event", "processor for them"),
        rows=rows,
        notes=(
            f"Memory is what the process has grown by; idle is processor time of {IDLE:.0f} s without a change. The "
            "last event is on disk so long after the last of 100 files was written; a file counts once it was quiet "
            "for 1 s.",
        ),
    )  # fmt: skip


async def _measured(count: int, pattern: str) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="na-files-") as made:
        folder = Path(made).resolve()
        database = Database(f"sqlite:///{folder / 'automation.db'}")
        database.migrate()
        root = folder / "root"
        paths = [_path(root / "sales", pattern, number, f"{n}") for number in range(count) for n in range(FILES)]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        _store(database, root, count, pattern)
        filters = Filters()
        reading = Projects(database, root, NotebookReader(), Cipher(folder / "secret.key"))
        listeners = Listeners(filters, Credentials(reading.cipher), Settings())
        files = FileEvents(database, Matching(filters), listeners, queued=lambda _: None)
        watcher = FileWatcher(files, poll=5.0)
        gc.collect()
        before, began = psutil.Process().memory_info().rss, time.perf_counter()
        await watcher.start()
        while not watcher.is_listening:
            await asyncio.sleep(0.02)
        # The second look is that after the system has begun to give word.
        await _stored(database, file_states, count * FILES)
        taken = time.perf_counter() - began
        gc.collect()
        grown = psutil.Process().memory_info().rss - before
        idle = await _idle()
        last, processor = await _changed(database, root, pattern)
        await watcher.stop()
        database.close()
    return (
        f"{grown / 2**20:.1f} MiB", f"{taken:.1f} s", f"{idle:.2%}", milliseconds(last), milliseconds(processor)
    )  # fmt: skip


def _path(project: Path, pattern: str, number: int, name: str) -> Path:
    return project / pattern.format(number=number).replace("**", f"{name}.csv").replace("*", name)


def _store(database: Database, root: Path, count: int, pattern: str) -> None:
    now = time.time()
    project = Project(id=PROJECT_ID.new(), name="sales", path=str(root / "sales"), created_at=now)
    made = [
        Trigger(
            id=TRIGGER_ID.new(), project_id=project.id, project="sales", name=f"t{number}", type="file",
            created_at=now, updated_at=now, call="report.py:run",
            files=parse_watched_files(pattern.format(number=number)),
        )
        for number in range(count)
    ]  # fmt: skip

    def work(tx: Connection) -> None:
        projects.add(tx, project)
        triggers.add_many(tx, made)
        triggers.set_rules_of_many(tx, {one.id: rules_of(one) for one in made})

    database.write_now(work)


async def _stored(database: Database, table: object, count: int) -> None:
    """Wait until a table has so many rows."""
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    while (await database.read(lambda tx: tx.execute(query).scalar_one())) < count:
        await asyncio.sleep(0.01)


async def _idle() -> float:
    """Return the share of a processor that is used while nothing happens."""
    began, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(IDLE)
    return (time.process_time() - used) / (time.perf_counter() - began)


async def _changed(database: Database, root: Path, pattern: str) -> tuple[float, float]:
    """Change a file of each of 100 triggers; return the seconds until the last event, and of processor time."""
    used = time.process_time()
    for number in range(CHANGES):
        _path(root / "sales", pattern, number, "0").write_text("longer than before")
    began = time.perf_counter()
    await _stored(database, events, CHANGES)
    return time.perf_counter() - began, time.process_time() - used
