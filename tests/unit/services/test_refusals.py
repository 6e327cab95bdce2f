"""Refused deliveries are kept in a bounded number, however fast they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import Invalid
from notebook_automation.services import refusals
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.refusals import Refusals

Post = Callable[..., Delivery]


async def refused(server: Any, ana: Caller) -> list[str]:
    found, _ = await server.event_history.listed(ana, limit=100, cursor=None)
    return [one.event.refusal["message"] for one in found if one.event.refusal is not None]


async def test_the_newest_are_kept_and_other_events_stay(
    server: Any, ana: Caller, post: Post, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(refusals, "KEPT", 3)
    trigger = await server.trigger()
    await server.events.deliver(trigger.slug, post({}))
    seconds = iter(range(0, 100, 2))
    kept = Refusals(server.database, Credentials(server.projects.cipher), clock=lambda: float(next(seconds)))
    for number in range(5):
        kept.note(trigger, post({}), Invalid(f"no {number}"), 2)
        await eventually(lambda number=number: _has(server, ana, f"no {number}"))
    assert await refused(server, ana) == ["no 4", "no 3", "no 2"]
    assert len((await server.event_history.listed(ana, limit=100, cursor=None))[0]) == 4
    assert (await server.trigger_views.get(ana, trigger.id)).last_refused.refusal["message"] == "no 4"


async def _has(server: Any, ana: Caller, message: str) -> bool:
    return message in await refused(server, ana)


async def test_a_storm_of_them_is_not_stored(server: Any, ana: Caller, post: Post):
    trigger, other = await server.trigger(), await server.trigger("refunds")
    kept = Refusals(server.database, Credentials(server.projects.cipher), clock=lambda: 0.0)
    for _ in range(1000):
        kept.note(trigger, post({}), Invalid("no"), 0)
    kept.note(other, post({}), Invalid("other"), 0)
    await eventually(lambda: _has(server, ana, "other"))
    assert len(await refused(server, ana)) <= 3
