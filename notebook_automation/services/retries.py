"""What an ended session would run with the files as they are now."""

from __future__ import annotations

import asyncio

from notebook_automation.domain.access import SYSTEM
from notebook_automation.domain.api_calls import is_api_call
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.rule_sets import rule_call
from notebook_automation.domain.sessions import Session
from notebook_automation.store import triggers
from notebook_automation.store.database import Database

from .projects import Projects


async def call_now(database: Database, projects: Projects, old: Session) -> str:
    """Return what to call to do again what ``old`` did.

    That is its own call, or what its trigger calls since the file was renamed. Raises NotFound (``call_not_found``,
    ``project_not_found``), Invalid (``notebook_invalid``, ``parameter_unknown``, ``parameter_type``).
    """
    if is_api_call(old.call):
        # It has no file: what it sends is what its definition said.
        return old.call
    if old.project_id is None:
        raise NotFound(
            f"Project {old.project!r} is not there any more: retry with the same files.", code="project_not_found"
        )
    project = await projects.get(SYSTEM, old.project_id)
    call = old.call
    try:
        facts = await asyncio.to_thread(projects.facts, project, call)
    except NotFound:
        trigger_id = old.trigger_id
        trigger = await database.read(lambda tx: triggers.get(tx, trigger_id)) if trigger_id else None
        now = None if trigger is None else rule_call(trigger, old.config)
        if trigger is None or trigger.project_id != project.id or now in (None, call):
            raise
        call = now or ""
        facts = await asyncio.to_thread(projects.facts, project, call)
    merged(None if facts is None else facts.parameters, old.parameters)
    return call
