"""An attempt is parked by what the piece that runs waits for, and by nothing that was broken off before."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any, cast

import nbformat
import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.waits import WAIT_ID, Wait
from notebook_automation.execution.executed_copy import ExecutedCopy
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.parameters import parameterised_notebook
from notebook_automation.execution.run import NotebookRun
from notebook_automation.runner.letting_go import LettingGo
from notebook_automation.runner.parkable_attempt import ParkableAttempt
from notebook_automation.runner.progress import ProgressReporter
from notebook_automation.sdk import position
from notebook_automation.sdk.blocked import blocked_on
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.durable_attempts import DurableAttempts
from notebook_automation.store import session_claims, waits


class Run:
    """Runs the second piece of the fourth cell."""

    def is_at(self, cell_index: int, piece: int) -> bool:
        return (cell_index, piece) == (3, 1)

    def why_kept(self) -> str | None:
        return ""

    async def rehearse(self, run: Any) -> str:
        return ""


async def acquired_by(server: Any, ana: Caller) -> tuple[Attempts, AcquiredSession]:
    project = await server.project()
    server.notebook("sales/report.ipynb", None, "1")
    session = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session
    await server.database.write(lambda tx: session_claims.claim(tx, "one", 1, 60.0))
    attempts = Attempts(server.database, server.projects, server.settings)
    acquired = await attempts.acquire(session.id, "one", 1)
    assert acquired is not None
    return attempts, acquired


def wait_in(session_id: str, piece: int) -> Wait:
    return Wait(
        id=WAIT_ID.new(), session_id=session_id, cell_index=3, piece=piece, nth=0, kind="signal",
        question={"name": "go"}, created_at=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("piece", "blocks_on", "is_it"), [(0, "it", False), (1, "it", True), (1, "another", False), (1, None, False)]
)
async def test_what_blocks_is_what_the_kernel_is_in_and_the_running_piece_has_asked(
    server: Any, ana: Caller, tmp_path: Any, piece: int, blocks_on: str | None, is_it: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    attempts, acquired = await acquired_by(server, ana)
    session = acquired.session
    wait = wait_in(session.id, piece)
    await server.database.write(lambda tx: waits.add(tx, wait, ["signal:go"]))
    durable = DurableAttempts(server.database, attempts, server.seal)
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    folder = tmp_path / session.id
    folder.mkdir()
    attempt = ParkableAttempt(acquired, durable, Run(), cast(Any, None), reporter, LettingGo(folder), folder)
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", str(folder / "context.json"))
    monkeypatch.setattr(position, "_here", position._Here())
    position.begin(3, 1)
    with contextlib.ExitStack() as blocked:
        if blocks_on is not None:
            blocked.enter_context(blocked_on(wait.id if blocks_on == "it" else WAIT_ID.new()))
        assert (await attempt.open_wait() == wait) is is_it
    # The call was left in another way than by an answer: by an alarm, for example.
    assert await attempt.open_wait() is None
    assert await attempt.park(wait) is None
    assert list(folder.iterdir()) == []


async def test_a_run_that_ends_while_it_is_being_parked_is_saved_where_it_was_not_parked(
    server: Any, ana: Caller, tmp_path: Any
) -> None:
    attempts, acquired = await acquired_by(server, ana)
    folder = tmp_path / acquired.session.id
    folder.mkdir()
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    run = NotebookRun(parameterised_notebook(nb), LightKernelManager())
    copy = ExecutedCopy(run, folder / "report.ipynb")

    class Durable(DurableAttempts):
        async def park(self, *_: Any) -> None:
            """Its wait has ended; and so has the run, its kernel was killed."""
            assert not folder.exists()
            copy.dry_run()

    durable = Durable(server.database, attempts, server.seal)
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    prepared = cast(Any, SimpleNamespace(copy=copy))
    attempt = ParkableAttempt(acquired, durable, Run(), prepared, reporter, LettingGo(folder), folder)
    wait = wait_in(acquired.session.id, 1)
    (folder / "blocked").write_text(wait.id)
    assert await attempt.park(wait) is None
    assert nbformat.read(folder / "report.ipynb", as_version=4).cells[0].outputs
