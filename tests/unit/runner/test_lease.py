"""A lease that is renewed from its own thread, while the database comes and goes."""

from __future__ import annotations

import time
from typing import Any

from eventually import eventually, wait_until

from notebook_automation.runner.lease import LeaseKeeper


class Keeping:
    """A lease keeper at work, and what it has called."""

    def __init__(self, answers: Any, acquired: Any, seconds: float) -> None:
        self.answers = answers
        self.called: list[str] = []
        self.begun = time.monotonic()
        self.keeper = LeaseKeeper(
            answers,
            acquired,
            seconds,
            lost=lambda: self.called.append("lost"),
            canceling=lambda: self.called.append("canceling"),
        )
        self.keeper.start()

    async def seconds_to_first_call(self) -> float:
        await eventually(lambda: self.called, pause=0.005)
        return time.monotonic() - self.begun


async def test_a_session_that_is_somebody_else_s_is_lost_at_the_next_renewal(answering: Any, acquired: Any) -> None:
    keeping = Keeping(answering(None), acquired, 0.3)
    assert await keeping.seconds_to_first_call() >= 0.09
    assert keeping.called == ["lost"]


async def test_that_it_is_to_stop_is_called_once(answering: Any, acquired: Any) -> None:
    keeping = Keeping(answering("running", "canceling", "canceling"), acquired, 0.15)
    await eventually(lambda: keeping.answers.renewals >= 5)
    keeping.keeper.stop()
    assert keeping.called == ["canceling"]


async def test_a_database_that_is_away_for_a_moment_changes_nothing(answering: Any, acquired: Any) -> None:
    keeping = Keeping(answering("running", "down", "down", "running", "canceling"), acquired, 1.0)
    await keeping.seconds_to_first_call()
    keeping.keeper.stop()
    assert keeping.called == ["canceling"]


async def test_a_database_that_is_away_for_longer_than_the_lease_changes_nothing(answering: Any, acquired: Any) -> None:
    keeping = Keeping(answering(*["down"] * 30, "running", "canceling"), acquired, 0.03)
    await keeping.seconds_to_first_call()
    keeping.keeper.stop()
    assert keeping.called == ["canceling"]


async def test_a_session_that_somebody_else_has_when_the_database_is_back_is_lost(
    answering: Any, acquired: Any
) -> None:
    keeping = Keeping(answering(*["down"] * 30, None), acquired, 0.03)
    await keeping.seconds_to_first_call()
    assert keeping.called == ["lost"]


async def test_the_lease_is_renewed_while_the_loop_is_busy(answering: Any, acquired: Any) -> None:
    keeping = Keeping(answering("running"), acquired, 0.15)
    wait_until(lambda: keeping.answers.renewals >= 3)  # the loop is held up on purpose
    keeping.keeper.stop()
    assert keeping.called == []
