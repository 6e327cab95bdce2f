"""A burst through a policy with real kernels, on both databases: to two servers, and never more than it says run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
POSTED = Delivery(method="POST", url="http://x/w", path="", query="", headers=[], body=b"{}")


async def registered(stand: Stand, name: str, policy: str, call: str) -> Any:
    given = {"name": name, "type": "webhook", "call": call, "policy": policy}
    view, _ = await stand.services.triggers.save(ANA, stand.project, given, replace_existing=True)
    return view.trigger


async def deliver(stand: Stand, slug: str, times: int) -> list[str]:
    receipts = await asyncio.gather(*(stand.services.events.deliver(slug, POSTED) for _ in range(times)))
    return [receipt.session_ids[0] for receipt in receipts]  # type: ignore[union-attr]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_a_burst_runs_two_at_a_time_and_a_newer_one_ends_what_runs(
    request: pytest.FixtureRequest, fresh_stand: MakeStand, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    stand = await fresh_stand(database_url=url, max_sessions=4)
    other = await fresh_stand(database_url=url, max_sessions=4)
    stand.notebook("quick.ipynb", "import time; time.sleep(0.2)")
    stand.notebook("long.ipynb", "import time; time.sleep(600)")
    burst = await registered(stand, "burst", "2", "quick.ipynb")
    both = await asyncio.gather(deliver(stand, burst.slug, 4), deliver(other, burst.slug, 4))
    ended = [await stand.ended(session_id) for some in both for session_id in some]
    assert [one.status for one in ended] == ["completed"] * 8
    spans = [(one.started_at or 0.0, one.finished_at or 0.0) for one in ended]
    assert max(sum(began <= at < over for began, over in spans) for at, _ in spans) <= 2

    newest = await registered(stand, "newest", "1, else cancel running", "long.ipynb")
    [first] = await deliver(stand, newest.slug, 1)
    await stand.running_cell(first, 1)
    [second] = await deliver(other, newest.slug, 1)
    outdated = await stand.ended(first)
    assert outdated.status == "cancelled"
    assert "a newer one came" in (outdated.reason or "")
    await stand.running_cell(second, 1)
    await stand.services.sessions.cancel(ANA, second)
    assert (await stand.ended(second)).status == "cancelled"
