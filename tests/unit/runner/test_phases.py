"""The phases of an attempt: one that does not end is left behind once the attempt is to stop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from notebook_automation.runner.phases import LeftBehind, Phases


async def test_a_phase_returns_or_raises_what_its_work_does() -> None:
    phases = Phases(1.0)
    assert await phases.run(lambda: 3) == 3
    with pytest.raises(KeyError):
        await phases.run(lambda: {}["x"])


@pytest.mark.parametrize("grace", [True, False])
async def test_a_phase_that_never_ends_is_left_behind(grace: bool) -> None:
    phases, never = Phases(0.01), threading.Event()
    try:
        task = asyncio.create_task(phases.run(never.wait, grace=grace))
        await asyncio.sleep(0)
        assert not task.done()
        phases.stop()
        with pytest.raises(LeftBehind):
            await task
        with pytest.raises(LeftBehind):
            await phases.run(never.wait, grace=grace)
    finally:
        never.set()


async def test_what_ends_in_its_grace_counts() -> None:
    phases = Phases(60.0)
    phases.stop()
    assert await phases.run(lambda: "collected") == "collected"
