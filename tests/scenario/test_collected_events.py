"""Debounce and batch with real kernels, on both databases: one session gets all events, wherever they come in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
CELL = """import notebook_automation as na
print("SEEN", [one.data.json.n for one in na.events], na.event.data.json.n, count)"""


def posted(n: int) -> Delivery:
    headers = [("Content-Type", "application/json")]
    return Delivery(
        method="POST", url="http://x/w", path="", query="", headers=headers, body=json.dumps({"n": n}).encode()
    )


async def registered(stand: Stand, name: str, **fields: Any) -> Any:
    given = {"name": name, "type": "webhook", "call": "seen.ipynb", "mapping": {"count": "events.size()"}, **fields}
    view, _ = await stand.services.triggers.save(ANA, stand.project, given, replace_existing=True)
    return view.trigger


async def deliver(stand: Stand, slug: str, *numbers: int) -> set[str]:
    receipts = [await stand.services.events.deliver(slug, posted(n)) for n in numbers]
    return {session_id for receipt in receipts for session_id in receipt.session_ids}  # type: ignore[union-attr]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_one_session_gets_what_came_to_two_servers(
    request: pytest.FixtureRequest, fresh_stand: MakeStand, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    stand = await fresh_stand(database_url=url)
    stand.notebook("seen.ipynb", ("count = 0", "parameters"), CELL)
    batch = await registered(stand, "batch", collect={"batch": "1h"})
    quiet = await registered(stand, "quiet", collect={"debounce": "0.3s"})
    [collecting] = await deliver(stand, batch.slug, 1, 2)
    [debounced] = await deliver(stand, quiet.slug, 7, 8, 9)
    ended = await stand.ended(debounced)
    assert (ended.status, ended.parameters) == ("completed", {"count": 3})
    assert ("print", "SEEN [7, 8, 9] 9 3") in await stand.log(debounced)

    # Another server on the same database goes on with what the first has collected.
    other = await fresh_stand(database_url=url)
    assert await deliver(other, batch.slug, 3) == {collecting}
    await other.services.wakes.wake_now(ANA, collecting)
    assert (await stand.ended(collecting)).status == "completed"
    assert any("SEEN [1, 2, 3] 3 3" in text for _, text in await stand.log(collecting))
    why = await stand.services.why.tell(ANA, collecting)
    await eventually(lambda: "It was started with 3 events." in [step.text for step in why.steps])
