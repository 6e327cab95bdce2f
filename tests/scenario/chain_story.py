"""A session that runs when all that it follows have ended: the story for each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventually import eventually

from notebook_automation.domain.access import Caller
from notebook_automation.domain.sessions import Session

if TYPE_CHECKING:
    from .conftest import Stand

ANA = Caller(kind="user", login="ana")


async def joined_when_all_have_ended(stand: Stand) -> Session:
    """Run two functions, and a notebook after both that adds what they returned; return the session of the notebook."""
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
    return await stand.ended(session_id)
