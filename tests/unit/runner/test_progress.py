"""Progress that is reported in batches, while the database comes and goes."""

from __future__ import annotations

import asyncio
from typing import Any

import nbformat
import pytest

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.domain.steps import Step
from notebook_automation.runner.progress import ProgressReporter


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("1")]
    return nb


async def wait(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


async def test_progress_is_reported_in_batches_and_the_rest_with_the_end(
    answering: Any, acquired: Any, notebook: nbformat.NotebookNode
) -> None:
    answers, changed = answering("running"), asyncio.Event()
    reporter = ProgressReporter(answers, acquired, changed.set, lambda: None)
    reporter.observer.plan(notebook, "python3", "started")
    for number in range(50):
        reporter.observer.log("print", str(number))
    await wait(changed)
    assert [len(progress.log) for progress in answers.reported] == [51]
    reporter.observer.log("print", "last")
    rest = await reporter.close()
    assert [text for _, _, text, _ in rest.log] == ["last"]
    assert rest.timeline is None
    assert len(answers.reported) == 1


async def test_what_could_not_be_written_is_not_forgotten(
    answering: Any, acquired: Any, notebook: nbformat.NotebookNode
) -> None:
    answers, changed = answering("down", "running"), asyncio.Event()
    reporter = ProgressReporter(answers, acquired, changed.set, lambda: None)
    snapshot = snapshot_of([SnapshotFile(path="a", blob="0" * 64, size=1)])
    reporter.add_snapshot(snapshot)
    reporter.observer.plan(notebook, "python3", "started")
    await wait(changed)
    assert [text for _, _, text, _ in answers.reported[0].log] == ["started"]
    assert answers.reported[0].timeline is not None
    assert answers.reported[0].snapshot == snapshot
    assert (await reporter.close()).snapshot is None


async def test_steps_are_written_before_the_rest_is_taken(answering: Any, acquired: Any) -> None:
    answers = answering("running")
    reporter = ProgressReporter(answers, acquired, lambda: None, lambda: None)
    reporter.observer.log("state", "one")
    assert [text for _, _, text, _ in (await reporter.take()).log] == ["one"]
    assert answers.reported == []
    step = Step(
        cell_index=0, piece=0, name="charge", nth=0, number=0, status="done", fingerprint="", idempotency_key="k",
        tries=1, started_at=1.0,
    )  # fmt: skip
    reporter.observer.steps([step], {})
    assert (await reporter.take()).steps == []
    assert [one.steps for one in answers.reported] == [[step]]
    answers.answers = [Unavailable("The database does not answer.")]
    reporter.observer.steps([step], {})
    # Whoever takes it finds out by himself.
    assert (await reporter.take()).steps == [step]


async def test_a_session_that_is_lost_is_noticed(
    answering: Any, acquired: Any, notebook: nbformat.NotebookNode
) -> None:
    lost = asyncio.Event()
    reporter = ProgressReporter(answering(None), acquired, lambda: None, lost.set)
    reporter.observer.plan(notebook, "python3", "started")
    await wait(lost)
    assert lost.is_set()
