"""Runners inside this process say what a runner's own process would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from notebook_automation.adapters.lines import Line
from notebook_automation.adapters.process_lines import BEGUN, CANCEL, CHANGED, assignment_line
from notebook_automation.domain.errors import Unavailable
from notebook_automation.supervisor.in_process_runners import InProcessRunner

ASSIGNED = assignment_line("ses_1", "me", 1)


class Attempt:
    """Runs until it is stopped, or cannot begin; keeps what it was told."""

    def __init__(self, begun: Callable[[], None], changed: Callable[[], None], error: Exception | None = None) -> None:
        self._begun, self._changed, self._error = begun, changed, error
        self.told: list[object] = []
        self._stopped = asyncio.Event()

    async def run(self, session_id: str, owner: str, attempt: int) -> None:
        self.told.append((session_id, owner, attempt))
        if self._error is not None:
            raise self._error
        self._begun()
        await self._stopped.wait()
        self._changed()

    def stop(self, cause: str) -> None:
        self.told.append(cause)
        self._stopped.set()


async def test_an_attempt_begins_is_cancelled_and_ends() -> None:
    lines: list[Line] = []
    made: list[Attempt] = []

    def build(begun: Callable[[], None], changed: Callable[[], None]) -> Attempt:
        made.append(Attempt(begun, changed))
        return made[-1]

    runner = InProcessRunner(build, lines.append)
    ended = asyncio.create_task(runner.wait())
    runner.send(ASSIGNED)
    runner.send(CANCEL)
    assert await ended == 0
    assert made[0].told == ["cancelled", ("ses_1", "me", 1)]
    assert lines == [BEGUN, CHANGED]


async def test_one_that_cannot_begin_says_why() -> None:
    refused = Unavailable("The database does not answer.", code="database_unavailable")
    runner = InProcessRunner(lambda begun, changed: Attempt(begun, changed, refused), lambda line: None)
    runner.send(ASSIGNED)
    assert await runner.wait() == 4
    assert runner.stderr_tail() == "The database does not answer."


async def test_a_killed_one_has_not_ended_well() -> None:
    runner = InProcessRunner(Attempt, lambda line: None)
    runner.send(ASSIGNED)
    await asyncio.sleep(0)
    runner.kill()
    assert await runner.wait() == 4


async def test_a_closed_one_abandons_its_session() -> None:
    made: list[Attempt] = []

    def build(begun: Callable[[], None], changed: Callable[[], None]) -> Attempt:
        made.append(Attempt(begun, changed))
        return made[-1]

    runner = InProcessRunner(build, lambda line: None)
    runner.send(ASSIGNED)
    runner.close()
    assert await runner.wait() == 0
    assert made[0].told == ["abandoned", ("ses_1", "me", 1)]
