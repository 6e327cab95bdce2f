"""Sessions that follow others: with what these have left, and once all of several have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

from notebook_automation.domain.access import Caller

if TYPE_CHECKING:
    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")


async def test_a_session_runs_when_all_that_it_follows_have_ended(stand: Stand) -> None:
    (stand.project_folder / "load.py").write_text("def emea(): return {'rows': 3}\ndef apac(): return {'rows': 4}\n")
    stand.notebook("join.ipynb", ("total = 0", "parameters"), "print('joined', total)")
    every: dict[str, dict[str, Any]] = {
        "emea": {"type": "manual", "call": "load.py:emea"},
        "apac": {"type": "manual", "call": "load.py:apac"},
        "join": {
            "type": "session", "call": "join.ipynb", "after": {"of": ["emea", "load.py:apac"], "within": "1h"},
            "mapping": {"total": 'data.sessions["emea"].result.rows + data.sessions["load.py:apac"].result.rows'},
        },
    }  # fmt: skip
    for name, fields in every.items():
        await stand.services.triggers.save(ANA, stand.project, {"name": name, **fields}, replace_existing=True)
    for name in ("emea", "apac"):
        await stand.services.events.fire(ANA, f"sales/{name}")

    async def joined() -> str | None:
        found, _ = await stand.services.sessions.listed(ANA, limit=9, cursor=None, trigger="sales/join")
        return found[0].session.id if found else None

    session_id = await eventually(joined)
    assert session_id is not None
    session = await stand.ended(session_id)
    assert (session.status, session.parameters, session.started_by) == ("completed", {"total": 7}, "sales/join")
    assert ("print", "joined 7") in await stand.log(session_id)
