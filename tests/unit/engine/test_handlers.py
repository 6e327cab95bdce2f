"""What keeps handlers ready ends when it is told to, whatever comes at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from notebook_automation.engine.handlers import WarmHandlers
from notebook_automation.services.attempts import Attempts


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_although_a_session_ends_at_the_same_moment(rooms: Any, steps: int) -> None:
    attempts = Attempts(rooms.database, rooms.projects, rooms.settings)
    handlers = WarmHandlers(attempts, rooms.blobs, rooms.settings)
    handlers.begin()
    while not handlers._woken._waiters:
        await asyncio.sleep(0.01)
    handlers._woken.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await handlers.close()
