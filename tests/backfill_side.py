"""A schedule with its past, and what a server does about its backfills: on one database, without kernels."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rule_sides import ANA, RuleSide
from sqlalchemy import Connection, select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.schedules import tick_key
from notebook_automation.domain.sessions import Session
from notebook_automation.services.backfill_turns import BackfillTurns
from notebook_automation.services.backfills import Backfills, Wish
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.events import Tick
from notebook_automation.services.group_progress import GroupProgress
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.matching import Matching
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.session_groups import GroupView, SessionGroups
from notebook_automation.settings import Settings
from notebook_automation.store import session_claims, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as session_table

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class BackfillSide:
    """One server; its clock stands at noon of 29 November 2026."""

    def __init__(self, database: Database, folder: Path) -> None:
        (folder / "sales").mkdir(exist_ok=True)
        settings = Settings(data_dir=str(folder), root_dir=str(folder))
        self.database = database
        self.rules = RuleSide(database, folder)
        filters = Filters()
        matching = Matching(filters)
        listeners = Listeners(filters, Credentials(self.rules.projects.cipher), settings)
        parked = ParkedResults(database, FileBlobs(folder / "blobs"), Seal(folder / "secret.key"), settings)
        self.stopping: list[str] = []
        turns = BackfillTurns(matching, listeners)
        self.progress = GroupProgress(database, {"backfill": turns}, self.stopping.append, parked)
        self.groups = SessionGroups(database, self.rules.projects, self.progress)
        self.backfills = Backfills(database, self.groups, clock=NOW.timestamp)

    async def scheduled(self, **fields: Any) -> Any:
        """Register a schedule, each day at six unless ``fields`` say otherwise; return its trigger."""
        given = {"name": "nightly", "type": "schedule", "schedule": {"cron": "0 6 * * *"}, **fields}
        return await self.rules.registered("sales", **given)

    async def tick(self, trigger: Any, *days: int) -> list[str]:
        """Let the schedule tick at six of these days of November; return the sessions."""
        before = len(self.rules.queued)
        fire = tuple(datetime(2026, 11, day, 6, 0, tzinfo=UTC) for day in days)
        await self.rules.events.tick(
            [Tick(trigger_id=trigger.id, fire=fire, missed=(), cursor=NOW.timestamp(), next_fire=None)]
        )
        return self.rules.queued[before:]

    async def asked_for(self, trigger: Any, since: str, until: str | None = None, **fields: Any) -> GroupView:
        return await self.backfills.start(ANA, trigger.id, Wish(since=since, until=until, **fields))

    async def states(self, trigger: Any, since: str = "2026-11-20", until: str | None = None) -> dict[str, str]:
        """Return what became of each tick, by its day."""
        _, found = await self.backfills.ticks(ANA, trigger.id, since, until)
        return {tick_key(tick.at)[8:10]: tick.state for tick in found}

    async def go_on(self) -> list[str]:
        """Do all that is due, as the engine's timers do; return the sessions queued by it."""
        queued: list[str] = []
        while await self.progress.next_time() is not None:
            queued += (await self.progress.wake_due(time.time(), 100))[0]
        return queued

    async def begin(self) -> str:
        """Let the session that is next run; return its id."""

        def work(tx: Connection) -> str:
            [claimed] = session_claims.claim(tx, "a", 1, 60.0)
            assert session_claims.acquire(tx, claimed.id, "a", 1, token_hash=claimed.id, lease=60.0) is not None
            return claimed.id

        return await self.database.write(work)

    async def end(self, session_id: str, status: Any = "completed") -> None:
        await self.database.write(lambda tx: sessions.end(tx, session_id, status))

    async def run(self, count: int, status: Any = "completed") -> None:
        """Let the next ``count`` sessions run to their end."""
        for _ in range(count):
            await self.end(await self.begin(), status)

    async def sessions(self, group_id: str) -> list[Session]:
        def work(tx: Connection) -> list[Session]:
            mine = select(session_table).where(session_table.c.group_id == group_id)
            return [sessions.session_of(row) for row in tx.execute(mine.order_by(session_table.c.id))]

        return await self.database.read(work)


def counted(found: Sequence[Session]) -> dict[str, int]:
    """Return how many of these sessions are in each status."""
    return dict(Counter(one.status for one in found))
