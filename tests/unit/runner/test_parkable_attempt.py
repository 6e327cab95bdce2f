"""An attempt is parked by what the piece that runs waits for, and by nothing that was broken off before."""

from __future__ import annotations

from typing import Any, cast

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.waits import WAIT_ID, Wait
from notebook_automation.runner.letting_go import LettingGo
from notebook_automation.runner.parkable_attempt import ParkableAttempt
from notebook_automation.runner.progress import ProgressReporter
from notebook_automation.services.attempts import Attempts
from notebook_automation.services.durable_attempts import DurableAttempts
from notebook_automation.store import sessions, waits


class Run:
    """Runs the second piece of the fourth cell."""

    def is_at(self, cell_index: int, piece: int) -> bool:
        return (cell_index, piece) == (3, 1)

    def why_kept(self) -> str | None:
        return ""

    async def rehearse(self, run: Any) -> str:
        return ""


@pytest.mark.parametrize(("piece", "is_it"), [(0, False), (1, True)])
async def test_what_blocks_is_what_the_running_piece_has_asked(
    server: Any, ana: Caller, tmp_path: Any, piece: int, is_it: bool
) -> None:
    project = await server.project()
    server.notebook("sales/report.ipynb", None, "1")
    session = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session
    await server.database.write(lambda tx: sessions.claim(tx, "one", 1, 60.0))
    attempts = Attempts(server.database, server.projects, server.settings)
    acquired = await attempts.acquire(session.id, "one", 1)
    assert acquired is not None
    wait = Wait(
        id=WAIT_ID.new(), session_id=session.id, cell_index=3, piece=piece, nth=0, kind="signal",
        question={"name": "go"}, created_at=1.0,
    )  # fmt: skip
    await server.database.write(lambda tx: waits.add(tx, wait, ["signal:go"]))
    durable = DurableAttempts(server.database, attempts, server.seal)
    reporter = ProgressReporter(attempts, acquired, lambda: None, lambda: None)
    attempt = ParkableAttempt(acquired, durable, Run(), cast(Any, None), reporter, LettingGo(tmp_path / session.id))
    assert (await attempt.open_wait() == wait) is is_it
