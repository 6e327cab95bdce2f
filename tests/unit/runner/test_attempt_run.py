"""An attempt is stopped in whatever phase it is, also in one that never ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import get_kernel_spec

from notebook_automation.domain.access import Caller
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.kernel_record import SESSION_VARIABLE
from notebook_automation.execution.workspaces import Workspace, Workspaces, kernel_environment, sessions_folder
from notebook_automation.forkserver import (
    ForkOptions,
    ForkServer,
    SharedProvisioner,
    SharedServer,
    kernel_recipe,
    launch_environment,
)
from notebook_automation.runner import attempt_run
from notebook_automation.runner.preparation import PreparedSession
from notebook_automation.runner.results import Collected, ResultCollector
from notebook_automation.runner.runner import Runner
from notebook_automation.runner.warm_kernels import WarmKernels
from notebook_automation.services.attempts import Attempts
from notebook_automation.services.endings import ResultFile
from notebook_automation.store import artifacts, session_claims, session_log

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

    async def start_one(
        workspaces: Workspaces, results: ResultCollector, warm: WarmKernels | None = None, **options: Any
    ) -> Any:
        project = await server.project()
        server.notebook("sales/report.ipynb", None, "open('made.txt', 'w').write('made')")
        session = (await server.sessions.start(ana, project, "report.ipynb", **options)).session
        await server.database.write(lambda tx: session_claims.claim(tx, "one", 1, 60.0))
        attempts = Attempts(server.database, server.projects, server.settings)
        runner = Runner(attempts, workspaces, results, server.settings)
        return runner, asyncio.create_task(runner.run(session.id, "one", 1, warm))

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


@pytest.fixture
def running_for() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a process that runs in a session's name."""
    made: list[subprocess.Popen[bytes]] = []

    def start(session_id: str) -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen(["sleep", "600"], env={SESSION_VARIABLE: session_id}))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()


@pytest.mark.parametrize("cause", ["lost", "timeout"])
async def test_a_durable_session_that_is_another_attempt_s_by_now(
    server: Any, start: Start, never: threading.Event, running_for: Any, cause: Any
) -> None:
    """Whether it was told so, or finds out by its end."""
    workspaces = StuckWorkspaces(never, server.blobs, server.settings)
    runner, running = await start(workspaces, ResultCollector(server.blobs, server.settings), is_durable=True)
    await asyncio.to_thread(workspaces.entered.wait)
    [session] = server.database.read_now(session_claims.claimed)
    assert server.database.write_now(lambda tx: session_claims.take_from(tx, session, "another"))
    folder = sessions_folder(server.settings) / session.id
    process = running_for(session.id)
    runner.stop(cause)
    assert await running is None
    assert process.poll() is None
    assert folder.is_dir()


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


class FailingResults(ResultCollector):
    """Fails at the first file."""

    def collect_files(
        self, collected: Collected, prepared: PreparedSession, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        raise ZeroDivisionError("a fault of our own")


async def test_a_fault_of_the_runner_keeps_the_notebook_so_far(server: Any, start: Start) -> None:
    _, running = await start(Workspaces(server.blobs, server.settings), FailingResults(server.blobs, server.settings))
    session = await running
    assert session is not None
    assert (session.status, session.reason) == ("failed", "The runner failed: a fault of our own")
    found, _ = server.database.read_now(lambda tx: artifacts.listed(tx, limit=9, cursor=None, session_id=session.id))
    assert [artifact.name for artifact in found] == ["report.ipynb"]


class UnstorableResults(ResultCollector):
    """Leaves what the database refuses."""

    def collect_files(
        self, collected: Collected, prepared: PreparedSession, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        collected.files.append(ResultFile(name="\ud800", blob="0" * 64, size=1))


async def test_an_end_that_cannot_be_stored_as_it_is_is_still_an_end(server: Any, start: Start) -> None:
    _, running = await start(
        Workspaces(server.blobs, server.settings), UnstorableResults(server.blobs, server.settings)
    )
    session = await running
    assert session is not None
    assert session.status == "failed"
    assert (session.reason or "").startswith("What it left could not be stored: ")


async def test_a_session_whose_warm_kernel_is_lost_before_it_ran_anything_runs_on_a_plain_one(
    server: Any, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = launch_environment(get_kernel_spec("python3"), kernel_environment(server.settings))
    recipe = kernel_recipe(get_kernel_spec("python3"), (), ForkOptions())
    forks = ForkServer(recipe, env=env)
    launch = SharedProvisioner.launch_kernel

    async def killed(self: SharedProvisioner, *arguments: Any, **more: Any) -> Any:
        info = await launch(self, *arguments, **more)
        assert self.how == "forked"
        os.kill(self.pid, signal.SIGKILL)
        return info

    monkeypatch.setattr(SharedProvisioner, "launch_kernel", killed)
    try:
        await forks.ready(60)
        shared = SharedServer.from_json(SharedServer.to_json(env, forks), forks.control())
        _, running = await start(
            Workspaces(server.blobs, server.settings), ResultCollector(server.blobs, server.settings),
            warm=WarmKernels([shared]),
        )  # fmt: skip
        session = await running
    finally:
        await asyncio.to_thread(forks.close)
    assert session is not None
    assert (session.status, session.reason) == ("completed", None)
    log = server.database.read_now(lambda tx: session_log.read(tx, session.id, 0, 100))
    assert [line.text for line in log if line.text.startswith("Its warm kernel was lost before it ran anything")]
