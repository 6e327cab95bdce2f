"""Ten thousand sessions that wait without a process: the server's memory, and how soon each wakes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook
from sqlalchemy import insert, select

from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.domain.waits import WAIT_ID, Wait, keys_of
from notebook_automation.store import projects
from notebook_automation.store.database import Database
from notebook_automation.store.rows import to_row
from notebook_automation.store.tables.changes import changes
from notebook_automation.store.tables.sessions import sessions
from notebook_automation.store.tables.waits import wait_keys, waits
from tests.benchmarks.accepts import TOKEN, _process
from tests.benchmarks.table import Table, median, milliseconds, percentile

PARKED = 10_000
SIGNALS = 300
TIMES = 200
STORM = 1000
REAL = 20
"""Sessions that are really parked, and run on where a slot is free."""
_LATER = 10_000_000.0


def run() -> Table:
    """Park sessions in the database of a real server, and wake some by signals, at times apart, and all at one time."""
    with _server() as (url, server, database):
        for _ in range(20):
            _ask(f"{url}sessions")
        before = server.memory_info().rss
        ids = _park(database, [time.time() + _LATER] * PARKED)
        for _ in range(20):
            _ask(f"{url}sessions?status=waiting")
        grown = server.memory_info().rss - before
        processes = len(server.children(recursive=True))
        signals = [_signal(url, session_id) for session_id in ids[:SIGNALS]]
        first = time.time() + 3
        apart = _wakes(database, [first + 0.02 * number for number in range(TIMES)])
        storm = _wakes(database, [time.time() + 3] * STORM)
    taken = _taken()
    rows = [
        ("memory that the server has grown by", f"{grown / 2**20:.1f} MiB", "", "", "≤ 50 MiB"),
        ("woken by a signal over REST", *_spread(signals), "≤ 200 ms"),
        ("taken by a free slot after a signal over REST", *_spread(taken), "≤ 200 ms"),
        ("woken at a time of its own", *_spread(apart), "≤ 200 ms"),
        (f"{STORM:,} due at once, in order", *_spread(storm), ""),
    ]
    return Table(
        title=f"{PARKED:,} parked sessions, SQLite",
        columns=("what", "p50", "p99", "last", "goal"),
        rows=rows,
        notes=(
            f"From the cause (the request is sent; the time has come) until the session is queued, on disk. {SIGNALS} "
            f"signals one after the other, {TIMES} times 20 ms apart. None of them has a process; the "
            f"server has {processes}, as without them.",
            f"Taken by a free slot are {REAL} that a server has parked itself, one after the other: until a supervisor "
            "has claimed it, on disk.",
        ),
    )


def _spread(latencies: Sequence[float]) -> tuple[str, str, str]:
    return (
        milliseconds(median(latencies)), milliseconds(percentile(latencies, 0.99)), milliseconds(max(latencies)),
    )  # fmt: skip


def _taken() -> list[float]:
    """Park sessions as they are parked, and signal each while a slot is free; return the seconds until it is taken."""
    found = []
    with _server("c.NotebookAutomationApp.max_sessions = 2\nc.NotebookAutomationApp.park_after = 0.1\n") as at:
        url, server, database = at
        command = server.cmdline()
        folder = Path(command[command.index("--root-dir") + 1])
        notebook = new_notebook(cells=[new_code_cell("import notebook_automation as na\nprint(na.wait('go'))")])
        (folder / "sales").mkdir(exist_ok=True)
        (folder / "sales" / "waits.ipynb").write_text(nbformat.writes(notebook))
        body = {"notebook": "sales/waits.ipynb", "is_durable": True}
        ids = [str(_ask(f"{url}sessions", body)["id"]) for _ in range(REAL)]
        for session_id in ids:
            _until(url, session_id, "waiting")
        for session_id in ids:
            began = time.time()
            _signal(url, session_id, "requested", "scheduled", "running", "completed")
            _until(url, session_id, "completed")
            found.append(_claimed_at(database, session_id, began) - began)
    return found


def _until(url: str, session_id: str, status: str) -> None:
    deadline = time.monotonic() + 300
    while (now := _ask(f"{url}sessions/{session_id}")["status"]) != status:
        if time.monotonic() > deadline or now == "failed":
            raise RuntimeError(f"{session_id} is {now}, not {status}.")
        time.sleep(0.05)


def _claimed_at(database: Database, session_id: str, since: float) -> float:
    """Return when a supervisor claimed the session, after ``since``."""
    query = select(changes.c.created_at, changes.c.content).where(
        changes.c.entity == session_id, changes.c.created_at > since
    )
    rows = database.read_now(lambda tx: tx.execute(query.order_by(changes.c.created_at)).all())
    return float(next(at for at, content in rows if content.get("status") in ("scheduled", "running")))


@contextlib.contextmanager
def _server(
    config_text: str = "c.NotebookAutomationApp.max_sessions = 0\n",
) -> Iterator[tuple[str, psutil.Process, Database]]:
    """Start a server that runs its engine and no sessions; give its REST, its process and its database."""
    with tempfile.TemporaryDirectory(prefix="na-parked-") as folder:
        config, data = Path(folder) / "config", Path(folder) / "data"
        config.mkdir()
        (Path(folder) / "root").mkdir()
        # By default nothing begins: what is measured ends where a session is queued.
        (config / "jupyter_server_config.py").write_text(config_text)
        command = [sys.executable, "-m", "notebook_automation", "serve", "--json", "--port", "0", "--allow-root"]
        command += ["--root-dir", f"{folder}/root", "--data-dir", str(data), "--token", TOKEN]
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_NO_CONFIG": ""}
        with _process(command, environment) as (process, first_line):
            database = Database(f"sqlite:///{data / 'automation.db'}")
            project = Project(id=PROJECT_ID.new(), name="sales", path=f"{folder}/root/sales", created_at=0.0)
            database.write_now(lambda tx: projects.add(tx, project))
            yield str(json.loads(first_line)["api"]).rstrip("/") + "/", psutil.Process(process.pid), database
            database.close()


def _park(database: Database, wake_ats: Sequence[float]) -> list[str]:
    """Store a parked session for each time, which waits for the signal ``go`` until then; return their ids."""
    project = database.read_now(lambda tx: projects.get(tx, "sales"))
    assert project is not None
    made = [
        Session(
            id=SESSION_ID.new(), project_id=project.id, project="sales", call="a.ipynb", status="waiting",
            created_at=time.time(), started_by="benchmark", is_durable=True, wake_at=at,
        )
        for at in wake_ats
    ]  # fmt: skip
    asked = [
        Wait(
            id=WAIT_ID.new(), session_id=session.id, cell_index=1, piece=0, nth=0, kind="signal",
            question={"name": "go"}, created_at=session.created_at, wake_at=session.wake_at,
        )
        for session in made
    ]  # fmt: skip
    keys = [{"wait_id": wait.id, "key": key} for wait in asked for key in keys_of(wait, project.id)]

    def work(tx: Any) -> None:
        tx.execute(insert(sessions), [to_row(session, sessions) for session in made])
        tx.execute(insert(waits), [to_row(wait, waits) for wait in asked])
        tx.execute(insert(wait_keys), keys)
        # The engine hears of the last one, as it does when a runner parks one.
        from notebook_automation.store.waits import announce

        announce(tx, [made[-1].id])

    database.write_now(work)
    return [session.id for session in made]


def _wakes(database: Database, wake_ats: Sequence[float]) -> list[float]:
    """Park sessions until these times; return the seconds from each time until its session was queued."""
    ids = _park(database, wake_ats)
    due = dict(zip(ids, wake_ats, strict=True))
    found: dict[str, float] = {}
    deadline = time.monotonic() + 60
    while len(found) < len(ids) and time.monotonic() < deadline:
        time.sleep(0.2)
        query = select(changes.c.entity, changes.c.created_at, changes.c.content).where(changes.c.activity == "updated")
        for entity, at, content in database.read_now(lambda tx, query=query: tx.execute(query).all()):  # type: ignore[misc]
            if entity in due and content["status"] == "requested":
                found.setdefault(entity, at)
    if len(found) < len(ids):
        raise RuntimeError(f"Only {len(found)} of {len(ids)} woke.")
    in_order = sorted(ids, key=lambda session_id: (due[session_id], session_id))
    if [found[session_id] for session_id in in_order] != sorted(found.values()):
        raise RuntimeError("They did not wake in the order of their times.")
    return [found[session_id] - due[session_id] for session_id in ids]


def _signal(url: str, session_id: str, *then: str) -> float:
    """Send the signal; return the seconds until the answer, before which the session is queued (or is ``then``)."""
    began = time.perf_counter()
    _ask(f"{url}sessions/{session_id}/signals", {"name": "go"})
    taken = time.perf_counter() - began
    status = _ask(f"{url}sessions/{session_id}")["status"]
    if status not in (then or ("requested",)):
        raise RuntimeError(f"{session_id} is {status}.")
    return taken


def _ask(url: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.loads(answer.read())
