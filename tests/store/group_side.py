"""What a server does to groups of sessions on one database, with members that each are one session."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rule_sides import RuleSide
from samples import session_of
from sqlalchemy import Connection, select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.projects import Project
from notebook_automation.domain.session_groups import GROUP_ID, Member, SessionGroup
from notebook_automation.domain.sessions import Session
from notebook_automation.services.group_progress import GroupProgress, Started
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.session_groups import SessionGroups
from notebook_automation.settings import Settings
from notebook_automation.store import session_claims, session_groups, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as session_table


class PlainSessions:
    """A kind of group whose members are one session each, but those that are named ``nothing`` and ``broken``."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def start(self, tx: Connection, group: SessionGroup, members: Sequence[Member]) -> list[Started]:
        made = []
        for member in members:
            if member.name == "broken":
                raise ZeroDivisionError
            if member.name == "nothing":
                made.append(Started(member=member, reason="There was nothing to do."))
                continue
            session = session_of(self.project, group_id=group.id, group_position=member.position, **member.what)
            sessions.add(tx, session)
            made.append(Started(member=member, session_ids=[session.id]))
        return made


class GroupSide:
    """One server: its engine's progress of groups, and the service of groups."""

    def __init__(self, database: Database, folder: Path, project: Project) -> None:
        settings = Settings(data_dir=str(folder), root_dir=str(folder))
        parked = ParkedResults(database, FileBlobs(folder / "blobs"), Seal(folder / "secret.key"), settings)
        self.database = database
        self.project = project
        self.stopping: list[str] = []
        self.progress = GroupProgress(database, {"sweep": PlainSessions(project)}, self.stopping.append, parked)
        self.rules = RuleSide(database, folder)
        self.groups = SessionGroups(database, self.rules.projects, self.progress)

    async def asked_for(self, names: Sequence[str], *, at_once: int = 3, **fields: Any) -> SessionGroup:
        group = SessionGroup(
            id=GROUP_ID.new(), kind="sweep", state="running", project_id=self.project.id, project=self.project.name,
            trigger_id=None, trigger_ref=None, call="report.ipynb", total=len(names), at_once=at_once, started_by="ana",
            created_at=time.time(), **fields,
        )  # fmt: skip
        members = [Member(group_id=group.id, position=number, name=name) for number, name in enumerate(names)]
        await self.groups.add(group, members)
        return group

    async def go_on(self) -> list[str]:
        """Do all that is due, as the engine's timers do; return the sessions queued by it."""
        queued: list[str] = []
        while await self.progress.next_time() is not None:
            some, _ = await self.progress.wake_due(time.time(), 100)
            queued += some
        return queued

    async def end(self, session_ids: Sequence[str], status: Any = "completed") -> None:
        def work(tx: Connection) -> None:
            for session_id in session_ids:
                if status != "cancelled":
                    [claimed] = session_claims.claim(tx, "a", 1, 60.0)
                    assert claimed.id == session_id
                    assert session_claims.acquire(tx, session_id, "a", 1, token_hash=session_id, lease=60.0) is not None
                sessions.end(tx, session_id, status)

        await self.database.write(work)

    async def begin(self) -> str:
        """Let the session that is next run; return its id."""

        def work(tx: Connection) -> str:
            [claimed] = session_claims.claim(tx, "a", 1, 60.0)
            assert session_claims.acquire(tx, claimed.id, "a", 1, token_hash=claimed.id, lease=60.0) is not None
            return claimed.id

        return await self.database.write(work)

    async def now(self, group: SessionGroup) -> SessionGroup:
        found = await self.database.read(lambda tx: session_groups.get(tx, group.id))
        assert found is not None
        return found

    async def sessions(self, group: SessionGroup) -> list[Session]:
        def work(tx: Connection) -> list[Session]:
            mine = select(session_table).where(session_table.c.group_id == group.id)
            return [sessions.session_of(row) for row in tx.execute(mine.order_by(session_table.c.id))]

        return await self.database.read(work)
