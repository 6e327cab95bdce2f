"""Two days without a server, on both databases: what schedules missed runs as each of them says, on no day off."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.store.tables.triggers import triggers

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
DOWN = timedelta(days=2)


async def registered(stand: Stand, name: str, schedule: dict[str, Any]) -> None:
    given = {"name": name, "type": "schedule", "schedule": schedule}
    await stand.services.triggers.save(ANA, stand.project, given, replace_existing=True)


async def happened(stand: Stand, name: str) -> list[tuple[str, Any]]:
    """Return what became of a trigger's times, the oldest first: what each event is, and of when."""
    found, _ = await stand.services.event_history.listed(ANA, limit=100, cursor=None, trigger=f"sales/{name}")
    return [(one.event.type, one.event.data.get("scheduled_at") or one.event.data.get("count")) for one in found][::-1]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_what_was_missed_runs_as_each_schedule_says(
    request: pytest.FixtureRequest, fresh_stand: MakeStand, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    # Nobody keeps its time: that is the server before it went down.
    before = await fresh_stand(database_url=url, run_engine=False)
    now = datetime.now(UTC)
    # Half a day from now, so that none of them is due while the test runs.
    at = f"{now.minute} {(now.hour + 12) % 24} * * *"
    missed = [(now - timedelta(hours=hours)).replace(second=0, microsecond=0) for hours in (36, 12)]
    off = missed[0].date().isoformat()
    await registered(before, "all", {"cron": at, "catch_up": "all"})
    await registered(before, "once", {"cron": at, "catch_up": "once"})
    await registered(before, "skip", {"cron": at, "catch_up": "skip"})
    await registered(before, "working", {"cron": at, "catch_up": "all", "calendar": {"dates": [off]}})
    then = {"last_tick": time.time() - DOWN.total_seconds(), "next_fire": missed[0].timestamp()}
    await before.server.database.write(lambda tx: tx.execute(update(triggers).values(then)).rowcount)

    stand = await fresh_stand(database_url=url)
    first, second = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in missed)
    wanted = {
        "all": [("tick", first), ("tick", second)],
        "once": [("missed", 1), ("tick", second)],
        "skip": [("missed", 2)],
        "working": [("tick", second)],
    }
    told: dict[str, Any] = {}

    async def look() -> bool:
        told.update({name: sorted(await happened(stand, name)) for name in wanted})
        return told == wanted

    await eventually(look, lambda: f"{told} is {wanted}")
