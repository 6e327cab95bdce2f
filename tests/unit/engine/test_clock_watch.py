"""A clock that was set, or a machine that slept, is noticed; the day going on is not."""

from __future__ import annotations

import pytest

from notebook_automation.engine.clock_watch import ClockWatch


class Clocks:
    """A clock of the day and one that only counts."""

    day = 1_800_000_000.0
    steady = 50.0

    def go(self, steady: float, day: float | None = None) -> None:
        self.steady += steady
        self.day += steady if day is None else day


@pytest.mark.parametrize("step", [3600.0, -3600.0, 25.0, 365 * 86400.0])
async def test_a_step_is_noticed_once(step: float) -> None:
    clocks, noticed = Clocks(), []

    async def stepped() -> None:
        noticed.append(1)

    watch = ClockWatch(stepped, day=lambda: clocks.day, steady=lambda: clocks.steady)
    for _ in range(3):
        clocks.go(1.0, day=1.01)
        await watch.look()
    assert noticed == []
    clocks.go(1.0, day=1.0 + step)
    await watch.look()
    clocks.go(1.0)
    await watch.look()
    assert noticed == [1]


async def test_a_step_that_could_not_be_seen_to_is_noticed_again() -> None:
    clocks, answers = Clocks(), [OSError("the database is away"), None]

    async def stepped() -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    watch = ClockWatch(stepped, day=lambda: clocks.day, steady=lambda: clocks.steady)
    clocks.go(1.0, day=-3600.0)
    with pytest.raises(OSError, match="away"):
        await watch.look()
    await watch.look()
    await watch.look()
    assert answers == []
