"""A lease held from its own thread, and news told in batches, while the database comes and goes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import nbformat
import pytest
from eventually import PATIENCE, eventually, wait_until

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session, Status
from notebook_automation.runner.progress import LeaseKeeper, Teller
from notebook_automation.services.attempts import Held, Progress

HELD = Held(
    session=Session(
        id="ses_x", project_id=None, project="p", call="a.ipynb", status="running", created_at=1.0, started_by="ana"
    ),
    owner="one",
    token="nas_x",
    project=None,
    event=None,
    variables={},
    snapshot=None,
)


class Answers:
    """Attempts whose database answers as the test says: a status, None (lost), or not at all."""

    def __init__(self, *answers: Status | Exception | None) -> None:
        self.answers = list(answers)
        self.told: list[Progress] = []

    def _next(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def renew(self, held: Held) -> Status | None:
        status: Status | None = self._next()
        return status

    async def tell(self, held: Held, progress: Progress) -> bool:
        ours = self._next() is not None
        self.told.append(progress)
        return ours


DOWN = Unavailable("The database does not answer.")


async def kept(seconds: float, answers: Answers, until: asyncio.Event, heard: list[str]) -> float:
    def hear(what: str) -> None:
        heard.append(what)
        until.set()

    keeper = LeaseKeeper(
        answers, HELD, seconds, lost=lambda: hear("lost"), canceling=lambda: hear("canceling")  # type: ignore[arg-type]
    )  # fmt: skip
    begun = time.monotonic()
    keeper.start()
    async with asyncio.timeout(PATIENCE):
        await until.wait()
    keeper.stop()
    return time.monotonic() - begun


async def test_a_session_that_is_somebody_else_s_is_lost_at_the_next_renewal() -> None:
    heard: list[str] = []
    assert await kept(0.3, Answers(None), asyncio.Event(), heard) >= 0.09
    assert heard == ["lost"]


async def test_that_it_is_to_stop_is_heard_once() -> None:
    heard: list[str] = []
    answers = Answers("running", "canceling", "canceling", "canceling", None)
    keeper = LeaseKeeper(
        answers, HELD, 0.15, lost=lambda: heard.append("lost"), canceling=lambda: heard.append("canceling")  # type: ignore[arg-type]
    )  # fmt: skip
    keeper.start()
    await eventually(lambda: "lost" in heard)
    assert heard == ["canceling", "lost"]


async def test_a_database_that_is_away_for_a_moment_changes_nothing() -> None:
    heard: list[str] = []
    answers = Answers("running", DOWN, DOWN, "running", "canceling")
    await kept(1.0, answers, asyncio.Event(), heard)
    assert heard == ["canceling"]


async def test_a_lease_that_could_not_be_renewed_in_time_is_lost() -> None:
    heard: list[str] = []
    assert await kept(0.3, Answers(DOWN), asyncio.Event(), heard) > 0.3
    assert heard == ["lost"]


async def test_the_lease_is_renewed_while_the_loop_is_busy() -> None:
    answers = Answers("running")
    renewed: list[float] = []
    answers.renew = lambda held: renewed.append(time.monotonic()) or "running"  # type: ignore[assignment,func-returns-value]
    keeper = LeaseKeeper(answers, HELD, 0.15, lost=lambda: None, canceling=lambda: None)  # type: ignore[arg-type]
    keeper.start()
    wait_until(lambda: len(renewed) >= 3)  # the loop is held up on purpose
    keeper.stop()


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("1")]
    return nb


async def test_news_are_told_in_batches_and_the_rest_with_the_end(notebook: nbformat.NotebookNode) -> None:
    answers, told = Answers("running"), asyncio.Event()
    teller = Teller(answers, HELD, told.set, lambda: None)  # type: ignore[arg-type]
    teller.observer.plan(notebook, "python3", "started")
    for number in range(50):
        teller.observer.log("print", str(number))
    await eventually(told.is_set)
    assert [len(progress.log) for progress in answers.told] == [51]
    teller.observer.log("print", "last")
    rest = await teller.rest()
    assert [text for _, _, text, _ in rest.log] == ["last"]
    assert rest.timeline is None
    assert len(answers.told) == 1


async def test_what_could_not_be_told_is_not_forgotten(notebook: nbformat.NotebookNode) -> None:
    answers, told = Answers(DOWN, "running"), asyncio.Event()
    teller = Teller(answers, HELD, told.set, lambda: None)  # type: ignore[arg-type]
    teller.observer.plan(notebook, "python3", "started")
    await eventually(told.is_set)
    assert [text for _, _, text, _ in answers.told[0].log] == ["started"]
    assert answers.told[0].timeline is not None


async def test_a_session_that_is_lost_is_said(notebook: nbformat.NotebookNode) -> None:
    lost = asyncio.Event()
    teller = Teller(Answers(None), HELD, lambda: None, lost.set)  # type: ignore[arg-type]
    teller.observer.plan(notebook, "python3", "started")
    await eventually(lost.is_set)
