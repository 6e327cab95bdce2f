"""Durable sessions that a trigger makes: of a handler, and those that are tried again."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

from notebook_automation.domain.access import Caller
from notebook_automation.store import checkpoints

if TYPE_CHECKING:
    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")
STAND_SETTINGS = {"lease": 2.0, "max_sessions": 1}


async def registered(stand: Stand, name: str, *cells: str, **fields: Any) -> str:
    stand.notebook(f"{name}.ipynb", *cells)
    fields = {"name": name, "type": "manual", "call": f"{name}.ipynb", "is_durable": True, **fields}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=True)
    return f"sales/{name}"


async def fired(stand: Stand, key: str, data: Any = None) -> str:
    return (await stand.services.events.fire(ANA, key, data=data)).session_ids[0]


async def test_a_handler_goes_on_with_what_its_set_up_had_made(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    key = await registered(
        stand, "handler",
        f"def ran(what):\n    open({str(marker)!r}, 'a').write(what + ' ')\nrates = [1]",
        "%%trigger handle --webhook\nimport os, time\nimport notebook_automation as na\n"
        "if na.event.data:\n    ran('handler'); rates.append(na.event.data['n'])\n"
        f"    while not os.path.exists({str(marker)!r} + '.go'): time.sleep(0.05)\n    print(rates)",
        call="handler.ipynb:handle", warm=True,
    )  # fmt: skip
    session_id = await fired(stand, key, {"n": 2})
    await eventually(marker.exists, "the handler runs")

    async def saved() -> bool:
        return bool(await stand.server.database.read(lambda tx: checkpoints.of_session(tx, session_id)))

    await eventually(saved, "a checkpoint is stored")
    os.kill(stand.kernel_pid(session_id), signal.SIGKILL)
    Path(f"{marker}.go").touch()
    session = await stand.ended(session_id)
    assert (session.status, session.attempt) == ("completed", 2), await stand.log(session_id)
    lines = await stand.services.sessions.log(ANA, session_id, after=0, limit=50)
    begun = next(line.data or {} for line in lines if line.kind == "start")
    assert begun["set_up_reason"] == "a durable session runs its set-up itself"
    assert ("print", "[1, 2]") in await stand.log(session_id)
    assert marker.read_text().split() == ["handler", "handler"]


async def test_what_is_tried_again_begins_anew_and_is_durable_too(stand: Stand) -> None:
    retry = {"max_attempts": 2, "base_delay": 1, "jitter": 0}
    key = await registered(stand, "tried", "print('begins')", "1 / 0", retry=retry)
    first = await stand.ended(await fired(stand, key))
    assert (first.status, first.attempt, first.max_tries) == ("failed", 1, 2)
    assert first.retried_by is not None
    second = await stand.ended(first.retried_by)
    assert (second.status, second.is_durable, second.retried_by) == ("failed", True, None)
    assert ("print", "begins") in await stand.log(second.id)
