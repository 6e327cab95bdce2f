"""An attempt is stopped in whatever phase it is, also in one that never ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.workspaces import Workspace, Workspaces
from notebook_automation.runner import attempt_run
from notebook_automation.runner.preparation import PreparedSession
from notebook_automation.runner.results import Collected, ResultCollector
from notebook_automation.runner.runner import Runner
from notebook_automation.services.attempts import Attempts
from notebook_automation.store import artifacts, sessions

Start = Callable[..., Awaitable[tuple[Runner, "asyncio.Task[Session | None]"]]]


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """What a stuck thread waits for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def start(server: Any, ana: Caller) -> Start:
    """Starts a runner of its own on a session of ``report.ipynb``."""

    async def start_one(workspaces: Workspaces, results: ResultCollector, **options: Any) -> Any:
        project = await server.project()
        server.notebook("sales/report.ipynb", None, "open('made.txt', 'w').write('made')")
        session = (await server.sessions.start(ana, project, "report.ipynb", **options)).session
        await server.database.write(lambda tx: sessions.claim(tx, "one", 1, 60.0))
        attempts = Attempts(server.database, server.projects, server.settings)
        runner = Runner(attempts, workspaces, results, server.settings)
        return runner, asyncio.create_task(runner.run(session.id, "one", 1))

    return start_one


class StuckWorkspaces(Workspaces):
    """Their file system does not answer."""

    def __init__(self, never: threading.Event, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.entered = threading.Event()
        self._never = never

    def of_project(self, project: Path, path: str, folder: Path) -> Workspace:
        self.entered.set()
        self._never.wait()
        return super().of_project(project, path, folder)


class StuckResults(ResultCollector):
    """Its file system does not answer after the notebook."""

    def __init__(self, never: threading.Event, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.entered = threading.Event()
        self._never = never

    def collect_files(
        self, collected: Collected, prepared: PreparedSession, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self.entered.set()
        self._never.wait()


@pytest.mark.parametrize("cause", ["cancelled", "timeout"])
async def test_a_session_that_is_being_prepared(server: Any, start: Start, never: threading.Event, cause: Any) -> None:
    workspaces = StuckWorkspaces(never, server.blobs, server.settings)
    limit = {"time_limit": 0.5} if cause == "timeout" else {}
    runner, running = await start(workspaces, ResultCollector(server.blobs, server.settings), **limit)
    await asyncio.to_thread(workspaces.entered.wait)
    if cause == "cancelled":
        runner.stop(cause)
    session = await running
    assert session is not None
    assert session.status == cause


@pytest.mark.parametrize("cause", ["cancelled", "abandoned"])
async def test_a_session_whose_results_are_being_collected(
    server: Any, start: Start, never: threading.Event, monkeypatch: pytest.MonkeyPatch, cause: Any
) -> None:
    monkeypatch.setattr(attempt_run, "_COLLECT_SECONDS", 0.1)
    results = StuckResults(never, server.blobs, server.settings)
    runner, running = await start(Workspaces(server.blobs, server.settings), results)
    await asyncio.to_thread(results.entered.wait)
    runner.stop(cause)
    session = await running
    assert session is not None
    assert session.status == cause
    found, _ = server.database.read_now(lambda tx: artifacts.listed(tx, limit=9, cursor=None, session_id=session.id))
    assert [artifact.name for artifact in found] == ["report.ipynb"]
