"""The file that a session called, as it is now."""

from __future__ import annotations

import asyncio

from notebook_automation.domain.access import SYSTEM
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session

from .projects import Projects

_SAME = 0.001
"""Seconds by which a time may differ that was stored and read again."""


async def saved_again(projects: Projects, session: Session) -> bool | None:
    """Return whether the file that ``session`` ran was saved again since; None where that is not known."""
    if session.file_saved_at is None or session.project_id is None:
        return None
    try:
        project = await projects.get(SYSTEM, session.project_id)
        saved_at = await asyncio.to_thread(lambda: projects.file(project, session.call).stat().st_mtime)
    except (AutomationError, OSError):
        return None
    return abs(saved_at - session.file_saved_at) > _SAME
