"""Attempts: how a session is acquired, what a runner reports, and the one end."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import CellError
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.services.attempts import Progress
from notebook_automation.services.endings import Ending
from notebook_automation.services.session_context import context_of
from notebook_automation.store import session_log, sessions, snapshots

if TYPE_CHECKING:
    from .conftest import AttemptServices


async def test_only_one_attempt_passes_the_gate(services: AttemptServices) -> None:
    session = await services.queued()
    assert await services.claims.waiting()
    assert [one.id for one in await services.claims.claim("one", 5)] == [session.id]
    assert not await services.claims.waiting()
    passed = await asyncio.gather(*(services.attempts.acquire(session.id, "one", 1) for _ in range(5)))
    assert sum(acquired is not None for acquired in passed) == 1
    assert await services.attempts.acquire(session.id, "two", 1) is None
    assert (await services.session(session.id)).status == "running"


async def test_the_gate_gives_all_that_a_run_needs(services: AttemptServices) -> None:
    acquired = await services.acquired(parameters={"n": 1})
    assert acquired.variables == {"password": "canary", "region": "emea"}
    context = context_of(acquired)
    assert context["session"]["trigger"] == "sales/nightly"
    assert context["session"]["status"] == "running"
    assert (context["parameters"], context["event"], context["variables"]["region"]) == ({"n": 1}, None, "emea")
    assert acquired.token not in str(context)
    assert acquired.token.startswith("nas_")
    assert len(acquired.token) == 47


async def test_what_is_reported_and_the_end_are_one_story(services: AttemptServices) -> None:
    acquired = await services.acquired()
    digest, size = services.blobs.put_bytes(b"notebook")
    snapshot = snapshot_of([SnapshotFile(path="report.ipynb", blob=digest, size=size)])
    cells = [Cell(index=0, id="a", source_head="x"), Cell(index=1, id="b", source_head="y")]
    progress = Progress(
        values={"total_cells": 2, "current_cell": 1},
        snapshot=snapshot,
        timeline=cells,
        log=[(time.time(), "print", "hi", None)],
    )
    assert await services.attempts.report(acquired, progress)
    last = Progress(values={"current_cell": 2}, changed=[Cell(index=0, id="a", source_head="x", status="ok")])
    ending = Ending(status="completed", result={"n": 1}, files=[services.file("report.ipynb")])
    ended = await services.attempts.end(acquired, ending, last)
    assert ended is not None
    assert (ended.status, ended.current_cell, ended.result) == ("completed", 2, {"n": 1})
    assert (ended.snapshot_id, ended.lease_until) == (snapshot.id, None)
    assert await services.database.read(lambda tx: snapshots.get(tx, snapshot.id)) == snapshot
    assert await services.log(ended.id) == [("print", "hi"), ("artifact", "report.ipynb"), ("completion", "completed")]
    timeline = await services.database.read(lambda tx: session_log.cells_of(tx, ended.id))
    assert [cell.status for cell in timeline] == ["ok", "pending"]
    assert await services.counters() == (1, 0)
    assert (
        await services.attempts.end(acquired, Ending(status="failed", files=[services.file("late.txt")]), Progress())
        is None
    )
    assert not await services.attempts.report(acquired, progress)
    assert services.attempts.renew(acquired) is None
    assert await services.session(ended.id) == ended


async def test_an_error_and_a_cancelling_are_counted_as_they_are(services: AttemptServices) -> None:
    failed = await services.acquired()
    error = CellError(ename="ValueError", evalue="no")
    await services.attempts.end(failed, Ending(status="failed", reason="ValueError: no", error=error), Progress())
    assert (await services.log(failed.session.id))[0] == ("error", "ValueError: no")
    cancelled = await services.acquired()
    await services.database.write(
        lambda tx: sessions.change_status(tx, cancelled.session.id, "running", "canceling", "Cancelled by ana.")
    )
    assert services.attempts.renew(cancelled) == "canceling"
    ended = await services.attempts.end(cancelled, Ending(status="cancelled"), Progress())
    assert ended is not None
    assert ended.reason == "Cancelled by ana."
    assert await services.counters() == (0, 1)
