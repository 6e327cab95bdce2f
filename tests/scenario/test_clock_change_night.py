"""The night in which clocks are set back, with a day off before it, on both databases: each time once, by its zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.store.tables.triggers import triggers

if TYPE_CHECKING:
    from .conftest import MakeStand

ANA = Caller(kind="user", login="ana")
BEFORE = datetime(2026, 10, 22, 12, tzinfo=UTC).timestamp()
AFTER = "2026-10-27"


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_the_night_has_one_run_and_the_day_off_none(
    request: pytest.FixtureRequest, fresh_stand: MakeStand, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    before = await fresh_stand(database_url=url, run_engine=False)
    # Half past two comes twice in the night of the 25th.
    schedule = {"cron": "30 2 23-26 10 *", "timezone": "Europe/Berlin", "catch_up": "all"}
    wanted = {
        "skipped": (
            {"dates": ["2026-10-24"]},
            ["2026-10-23T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        # The day after the day off has a run of its own: it is not run twice.
        "moved": (
            {"dates": ["2026-10-24"], "if_off": "next"},
            ["2026-10-23T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
    }
    for name, (calendar, _) in wanted.items():
        given = {"name": name, "type": "schedule", "schedule": {**schedule, "calendar": calendar}}
        await before.services.triggers.save(ANA, before.project, given, replace_existing=True)
    await before.server.database.write(lambda tx: tx.execute(update(triggers).values(last_tick=BEFORE)).rowcount)

    stand = await fresh_stand(database_url=url)
    told: dict[str, Any] = {}

    async def look() -> bool:
        for name in wanted:
            found, _ = await stand.services.event_history.listed(ANA, limit=200, cursor=None, trigger=f"sales/{name}")
            ticks = sorted(one.event.data["scheduled_at"] for one in found if one.event.type == "tick")
            told[name] = [tick for tick in ticks if tick < AFTER]
        return told == {name: ticks for name, (_, ticks) in wanted.items()}

    await eventually(look, lambda: f"{told}")
