"""Policies of projects: who may set, see and delete them."""

from __future__ import annotations

import time

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden, NotFound
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.services.project_policies import ProjectPolicies
from notebook_automation.store import projects
from notebook_automation.store.database import Database

ANA = Caller(kind="user", login="ana")


async def test_the_code_of_a_session_sets_and_deletes_no_policy(database: Database) -> None:
    project = Project(id=PROJECT_ID.new(), name="sales", path="/home/ana/sales", created_at=time.time())
    await database.write(lambda tx: projects.add(tx, project))
    service = ProjectPolicies(database, queued=lambda ids: None)
    code = Caller(kind="session", login="x", session_id="ses_x", project_id=project.id)
    with pytest.raises(Forbidden):
        await service.save(code, project, "calm", {"policy": "1"})
    await service.save(ANA, project, "calm", {"policy": "1"})
    with pytest.raises(Forbidden):
        await service.remove(code, project, "calm")
    elsewhere = Caller(kind="session", login="x", session_id="ses_y", project_id="prj_other")
    with pytest.raises(Forbidden):
        await service.listed(elsewhere, project)
    with pytest.raises(Forbidden):
        await service.queue(elsewhere, project, "calm", 10)
    assert await service.queue(ANA, project, "calm", 10) == []
    with pytest.raises(NotFound):
        await service.queue(ANA, project, "gone", 10)
    [(kept, numbers)] = await service.listed(ANA, project)
    assert (kept.name, numbers) == ("calm", (0, 0))
    await service.remove(ANA, project, "calm")
    with pytest.raises(NotFound, match="policy list"):
        await service.remove(ANA, project, "calm")
