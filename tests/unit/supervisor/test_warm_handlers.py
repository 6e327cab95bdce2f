"""What keeps handlers ready ends when it is told to, whatever comes at the same moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.domain.sessions import Session
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.supervisor.warm_handlers import WarmHandlers
from notebook_automation.supervisor.warm_report import WarmReport

SESSION = Session(
    id="ses_x", project_id=None, project="p", call="a.ipynb:handle", status="completed", created_at=1.0,
    started_by="ana", trigger_id="trg_x", config={"trigger": {"warm": True}},
)  # fmt: skip


class NoHandlers:
    """Claims of a database without warm handlers, that count how often they are looked for."""

    looks = 0

    async def warm_handlers(self) -> list[Any]:
        self.looks += 1
        return []


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_although_a_session_ends_at_the_same_moment(server: Any, tmp_path: Path, steps: int) -> None:
    claims: Any = NoHandlers()
    handlers = WarmHandlers(claims, Workspaces(server.blobs, server.settings), server.settings)
    handlers.start(WarmReport(tmp_path))
    await eventually(lambda: claims.looks == 1)
    handlers.session_ended(SESSION)
    await eventually(lambda: claims.looks == 2)
    handlers.session_ended(SESSION)
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await handlers.close()
    assert "na-handlers" not in {task.get_name() for task in asyncio.all_tasks()}
