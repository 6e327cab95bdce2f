"""An attempt whose session goes on elsewhere touches nothing that has the session's name."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.masking import Masker
from notebook_automation.execution.kernel_record import SESSION_VARIABLE
from notebook_automation.execution.workspaces import sessions_folder
from notebook_automation.runner.durable_run import DurableRun, DurableRuns
from notebook_automation.runner.progress import ProgressReporter
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.checkpoint_content import CheckpointContent
from notebook_automation.services.durable_attempts import DurableAttempts
from notebook_automation.store import session_claims, session_log, sessions

REASON = "Kernel died. It goes on from its last finished cell."


@pytest.fixture
def attempts(server: Any) -> Attempts:
    return Attempts(server.database, server.projects, server.settings)


@pytest.fixture
async def acquired(server: Any, ana: Caller, attempts: Attempts) -> AcquiredSession:
    """A durable session that ``one`` has acquired."""
    project = await server.project()
    server.notebook("sales/report.ipynb", None, "1")
    session = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session
    await server.database.write(lambda tx: session_claims.claim(tx, "one", 1, 60.0))
    found = await attempts.acquire(session.id, "one", 1)
    assert found is not None
    return found


@pytest.fixture
def folder(server: Any, acquired: AcquiredSession) -> Path:
    """The session's folder."""
    folder = sessions_folder(server.settings) / acquired.session.id
    (folder / "work").mkdir(parents=True)
    return folder


@pytest.fixture
def process(acquired: AcquiredSession) -> Iterator[subprocess.Popen[bytes]]:
    """Runs in the session's name."""
    with subprocess.Popen(["sleep", "600"], env={SESSION_VARIABLE: acquired.session.id}) as process:
        yield process
        process.kill()


@pytest.fixture
def durable_run(server: Any, attempts: Attempts) -> Callable[..., DurableRun]:
    content = CheckpointContent(server.blobs, server.seal)
    runs = DurableRuns(DurableAttempts(server.database, attempts, server.seal), content, server.settings)

    def make(acquired: AcquiredSession, reporter: ProgressReporter) -> DurableRun:
        return runs.of(
            acquired, Masker([]), log=lambda text: None, lost=lambda: None, committed=lambda: None,
            steps=reporter.observer.steps,
        )  # fmt: skip

    return make


async def test_what_is_lost_is_left_to_whoever_has_it(
    server: Any, attempts: Attempts, acquired: AcquiredSession, folder: Path, durable_run: Any, process: Any
) -> None:
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    await server.database.write(lambda tx: session_claims.take_from(tx, acquired.session, "another"))
    assert await durable_run(acquired, reporter).go_on_later(REASON, reporter, crashed=True) is None
    assert process.poll() is None
    assert (folder / "work").is_dir()


async def test_what_was_to_be_told_is_not_lost_where_it_is_to_be_cancelled(
    server: Any, attempts: Attempts, acquired: AcquiredSession, folder: Path, durable_run: Any
) -> None:
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    run = durable_run(acquired, reporter)
    reporter.observer.log("print", "so far")
    await server.database.write(
        lambda tx: sessions.change_status(tx, acquired.session.id, "running", "canceling", None)
    )
    assert await run.go_on_later(REASON, reporter, crashed=True) is None
    left = [text for _, _, text, _ in (await reporter.close()).log]
    written = await server.database.read(lambda tx: session_log.read(tx, acquired.session.id, 0, 9))
    assert [*(entry.text for entry in written if entry.kind == "print"), *left] == ["so far"]
    assert (folder / "work").is_dir()


async def test_it_goes_on_without_what_ran(
    attempts: Attempts, acquired: AcquiredSession, folder: Path, durable_run: Any, process: Any
) -> None:
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    run = durable_run(acquired, reporter)
    (folder.with_name(f"{folder.name}.left") / "work").mkdir(parents=True)
    session = await run.go_on_later(REASON, reporter, crashed=True)
    assert session is not None
    assert (session.status, session.attempt, session.crashes) == ("requested", 2, 1)
    assert process.wait() < 0
    assert not folder.exists()
    run.letting_go.clear()
    assert list(folder.parent.iterdir()) == []
