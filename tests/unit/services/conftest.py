"""What a supervisor, a runner and the reaper do to sessions, on one database with a project, a trigger and blobs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.projects import PROJECT_ID, VARIABLE_ID, Project, Variable
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.claims import Claims
from notebook_automation.services.endings import LostSessions, ResultFile
from notebook_automation.services.projects import Projects
from notebook_automation.settings import Settings
from notebook_automation.store import projects, session_log, sessions, triggers
from notebook_automation.store.database import Database

LEASE = 0.4

MakeAttemptServices = Callable[..., Awaitable["AttemptServices"]]


class AttemptServices:
    """Attempts on one database, with a project, a trigger and blobs."""

    def __init__(self, database: Database, tmp_path: Path, **settings: Any) -> None:
        self.database = database
        self.settings = Settings(data_dir=str(tmp_path), lease=LEASE, runner_start=0.0, **settings)
        self.blobs = FileBlobs(tmp_path / "blobs")
        self.projects = Projects(database, tmp_path, NotebookReader(), Cipher(tmp_path / "secret.key"))
        self.claims = Claims(database, self.projects, self.settings)
        self.attempts = Attempts(database, self.projects, self.settings)
        self.lost = LostSessions(database, self.settings)
        self.project = Project(id=PROJECT_ID.new(), name="sales", path=str(tmp_path), created_at=1.0)
        self.trigger = Trigger(
            id=TRIGGER_ID.new(), project_id=self.project.id, project="sales", name="nightly", type="manual",
            created_at=1.0, updated_at=1.0,
        )  # fmt: skip

    async def prepared(self) -> AttemptServices:
        secret = self.projects.sealed(self.project, "password", "canary", secret=True)
        plain = Variable(id=VARIABLE_ID.new(), project_id=self.project.id, name="region", value="emea")

        def work(tx: Any) -> None:
            projects.add(tx, self.project)
            projects.set_variable(tx, secret)
            projects.set_variable(tx, plain)
            triggers.add(tx, self.trigger)

        await self.database.write(work)
        return self

    async def queued(self, **fields: Any) -> Session:
        session = Session(
            **{
                "id": SESSION_ID.new(),
                "project_id": self.project.id,
                "project": "sales",
                "call": "report.ipynb",
                "status": "requested",
                "created_at": time.time(),
                "started_by": "ana",
                "trigger_id": self.trigger.id,
                "trigger_ref": "sales/nightly",
                **fields,
            }
        )
        await self.database.write(lambda tx: sessions.add(tx, session))
        return session

    async def acquired(self, **fields: Any) -> AcquiredSession:
        session = await self.queued(**fields)
        await self.claims.claim("one", 1)
        acquired = await self.attempts.acquire(session.id, "one", 1)
        assert acquired is not None
        return acquired

    async def session(self, session_id: str) -> Session:
        found = await self.database.read(lambda tx: sessions.get(tx, session_id))
        assert found is not None
        return found

    async def log(self, session_id: str) -> list[tuple[str, str]]:
        found = await self.database.read(lambda tx: session_log.read(tx, session_id, 0, 100))
        return [(line.kind, line.text) for line in found]

    async def counters(self) -> tuple[int, int]:
        found = await self.database.read(lambda tx: triggers.get(tx, self.trigger.id))
        assert found is not None
        return found.success_count, found.failure_count

    def file(self, name: str, content: bytes = b"content") -> ResultFile:
        digest, size = self.blobs.put_bytes(content)
        return ResultFile(name=name, blob=digest, size=size)


@pytest.fixture
def make_services(database: Database, tmp_path: Path) -> MakeAttemptServices:
    """Makes them with settings of a test's own."""

    async def make(**settings: Any) -> AttemptServices:
        return await AttemptServices(database, tmp_path, **settings).prepared()

    return make


@pytest.fixture
async def services(make_services: MakeAttemptServices) -> AttemptServices:
    return await make_services()
