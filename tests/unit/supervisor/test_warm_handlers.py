"""What keeps handlers ready ends when it is told to, whatever comes at the same moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from eventually import PATIENCE, eventually

from notebook_automation.services.attempts import Attempts
from notebook_automation.supervisor.warm_handlers import WarmHandlers
from notebook_automation.supervisor.warm_report import WarmReport


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_although_a_session_ends_at_the_same_moment(rooms: Any, tmp_path: Path, steps: int) -> None:
    attempts = Attempts(rooms.database, rooms.projects, rooms.settings)
    handlers = WarmHandlers(attempts, rooms.blobs, rooms.settings)
    handlers.begin(WarmReport(tmp_path))
    await eventually(lambda: handlers._woken._waiters)
    handlers._woken.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await handlers.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
