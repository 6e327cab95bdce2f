"""Work done again and again: whatever a round raises, the next one comes."""

from __future__ import annotations

import asyncio

import pytest
from eventually import eventually

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.errors import Unavailable


async def test_a_round_that_fails_is_logged_and_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    errors = [Unavailable("The database is away."), RecursionError("deep"), UnicodeError("no text"), KeyError("x")]
    done: list[int] = []

    async def work() -> None:
        if errors:
            raise errors.pop(0)
        done.append(1)

    rounds = Rounds(work, seconds=0.001, what="Nothing could be done")
    rounds.start("test")
    await eventually(lambda: len(done) > 2)
    await rounds.stop()
    assert caplog.text.count("Nothing could be done") == 4
    assert "The database is away." in caplog.text


async def test_it_comes_when_it_is_woken_and_ends_after_the_round_under_way() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.append(1)

    rounds = Rounds(work, seconds=3600.0, what="Nothing")
    task = asyncio.create_task(rounds.run())
    await begun.wait()
    rounds.wake()
    go_on.set()
    await eventually(lambda: len(done) == 2)
    rounds.end()
    await task
    assert len(done) == 2
