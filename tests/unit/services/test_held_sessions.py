"""Events that are collected: one session gets them all, at its time, by whichever server leads then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.sessions import Session
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.wakes import Wakes
from notebook_automation.store import events, sessions

Post = Callable[..., Delivery]
LATER = 3600.0


async def read(server: Any, session_id: str) -> Session:
    found = await server.database.read(lambda tx: sessions.get(tx, session_id))
    assert found is not None
    return found


async def deliver(server: Any, trigger: Any, *deliveries: Delivery) -> list[str]:
    """Deliver; return the session that each was for."""
    receipts = [await server.events.deliver(trigger.slug, one) for one in deliveries]
    for receipt in receipts:
        assert len(receipt.session_ids) == 1
    return [receipt.session_ids[0] for receipt in receipts]


async def test_one_session_gets_all_events_of_a_batch_when_its_time_has_come(server: Any, ana: Caller, post: Post):
    mapping = {"count": "events.size()", "region": "data.json.r"}
    trigger = await server.trigger(collect={"batch": "30s"}, mapping=mapping)
    bodies = [{"n": number, "r": f"r{number}"} for number in range(3)]
    first, *others = await deliver(server, trigger, *map(post, bodies))
    assert set(others) == {first}
    waiting = await read(server, first)
    assert (waiting.status, waiting.parameters) == ("scheduling", {})
    assert waiting.reason == "Collects events for one run: 3 events so far."
    assert waiting.wake_at is not None
    assert 29 < waiting.wake_at - waiting.created_at < 31
    held = HeldSessions(server.database, server.filters)
    assert await held.next_time() == waiting.wake_at
    assert await held.wake_due(waiting.wake_at - 1, 9) == ([], False)
    assert await held.wake_due(waiting.wake_at, 9) == ([first], False)
    started = await read(server, first)
    assert (started.status, started.wake_at, started.reason) == ("requested", None, None)
    assert started.parameters == {"count": 3, "region": "r2"}
    # The last event is its event, and each event tells of it.
    collected = await server.database.read(lambda tx: events.collected_for(tx, started))
    assert [one.data["json"] for one in collected] == bodies
    assert started.event_id == collected[-1].id
    for one in collected:
        _, [decided], made = await server.event_history.get(ana, one.id)
        assert (made, decided.enforcement.session_id) == ([first], first)
    # What comes now is for another.
    [following] = await deliver(server, trigger, post({"n": 9, "r": "x"}))
    assert following != first


async def test_a_debounce_waits_for_quiet_and_each_key_for_its_own(server: Any, post: Post):
    trigger = await server.trigger(collect={"debounce": "20s", "key": "data.json.id"})
    one, other, again = await deliver(server, trigger, post({"id": 1}), post({"id": 2}), post({"id": 1}))
    assert one == again != other
    assert ((await read(server, one)).wake_at or 0) > ((await read(server, other)).wake_at or 0)
    # Where the key has no value nothing is lost.
    [nameless, *_] = await deliver(server, trigger, post({}), post([1]))
    assert nameless not in (one, other)


async def test_a_full_batch_starts_at_once_and_the_next_event_opens_another(server: Any, post: Post):
    trigger = await server.trigger(collect={"batch": "1h", "max_events": 2}, mapping={"count": "events.size()"})
    made = await deliver(server, trigger, *(post({"n": number}) for number in range(5)))
    assert [made.count(one) for one in dict.fromkeys(made)] == [2, 2, 1]
    held = HeldSessions(server.database, server.filters)
    woken, _ = await held.wake_due(time.time(), 9)
    assert woken == [*dict.fromkeys(made)][:2]
    assert [(await read(server, one)).parameters for one in woken] == [{"count": 2}] * 2


async def test_events_go_on_being_collected_by_another_server_and_after_a_restart(
    server: Any, make_server: Callable[..., Any], post: Post
):
    trigger = await server.trigger(collect={"batch": "30s"})
    other = make_server()
    made = [*await deliver(server, trigger, post({})), *await deliver(other, trigger, post({"n": 1}))]
    assert len(set(made)) == 1
    woken, _ = await HeldSessions(make_server().database, server.filters).wake_due(time.time() + LATER, 9)
    assert woken == made[:1]


async def test_what_was_cancelled_collects_no_more_and_a_person_may_start_it_at_once(
    server: Any, ana: Caller, post: Post
):
    trigger = await server.trigger(collect={"batch": "1h"})
    [first] = await deliver(server, trigger, post({}))
    await server.sessions.cancel(ana, first)
    [second] = await deliver(server, trigger, post({}))
    assert second != first
    held = HeldSessions(server.database, server.filters)
    await Wakes(server.database, held, queued=server.queued.extend).wake_now(ana, second)
    assert (await read(server, second)).status == "requested"
    [third] = await deliver(server, trigger, post({}))
    assert third != second


async def test_a_rule_collects_for_itself_and_what_is_started_by_hand_does_not_wait(
    server: Any, ana: Caller, post: Post
):
    rule = {"name": "r", "call": "report.ipynb", "collect": {"batch": 60}, "transform": "data.json",
            "mapping": {"region": "events.map(e, e.data.r).join('+')"}}  # fmt: skip
    trigger = await server.trigger(rules=[rule])
    receipts = [await server.events.deliver(trigger.slug, post({"r": name})) for name in "ab"]
    assert receipts[0].session_ids[0] != receipts[1].session_ids[0]
    assert receipts[0].session_ids[1] == receipts[1].session_ids[1]
    await HeldSessions(server.database, server.filters).wake_due(time.time() + LATER, 9)
    assert (await read(server, receipts[0].session_ids[1])).parameters == {"region": "a+b"}
    fired = await server.events.fire(ana, "sales/orders", data={"json": {"r": "z"}}, rule="r")
    by_hand = await read(server, fired.session_ids[0])
    assert (by_hand.status, by_hand.parameters) == ("requested", {"region": "z"})


async def test_parameters_that_cannot_be_made_fail_the_session_with_the_reason(server: Any, post: Post):
    trigger = await server.trigger(collect={"batch": 60}, mapping={"count": "events.map(e, e.data.json.n)[5]"})
    [made] = await deliver(server, trigger, post({"n": 1}))
    assert await HeldSessions(server.database, server.filters).wake_due(time.time() + LATER, 9) == ([], False)
    failed = await read(server, made)
    assert failed.status == "failed"
    assert (failed.reason or "").startswith("The parameters could not be made from the events collected (1): ")


async def test_a_delivery_that_comes_twice_is_collected_once(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(collect={"batch": 60}, mapping={"count": "events.size()"})
    delivery = post({}, headers={"X-GitHub-Delivery": "one"})
    first, again = [await server.events.deliver(trigger.slug, delivery) for _ in range(2)]
    assert (first.session_ids, again.repeated) == (again.session_ids, True)
    await HeldSessions(server.database, server.filters).wake_due(time.time() + LATER, 9)
    assert (await read(server, first.session_ids[0])).parameters == {"count": 1}


async def test_the_code_of_the_session_gets_every_event_and_its_senders_credentials(server: Any, post: Post):
    trigger = await server.trigger(collect={"batch": 60})
    [made, _] = await deliver(
        server, trigger, *(post({"n": n}, headers={"Authorization": f"Bearer canary-{n}"}) for n in range(2))
    )
    code = Caller(kind="session", login="x", session_id=made, project_id=trigger.project_id)
    *_, collected = await server.session_code.context(code, made)
    assert [one.data["headers"]["authorization"] for one in collected] == ["Bearer canary-0", "Bearer canary-1"]
    *_, shown = await server.session_code.context(Caller(kind="user", login="ana"), made)
    assert "canary" not in str(shown)


async def test_a_caller_who_waits_is_not_let_wait_for_other_events(server: Any):
    for fields in (
        {"collect": {"batch": 60}},
        {"rules": [{"name": "r", "call": "report.ipynb", "collect": {"batch": 60}}]},
    ):
        with pytest.raises(Invalid) as refused:
            await server.trigger(is_sync=True, **fields)
        assert refused.value.details["field"] == "collect"


async def test_a_key_that_cannot_be_read_says_where_and_only_collected_mappings_read_events(server: Any):
    for field, fields in {
        "collect.key": {"collect": {"batch": 60, "key": "data.("}},
        "mapping.count": {"mapping": {"count": "events.size()"}},
        "rules.r.collect.key": {"rules": [{"name": "r", "call": "a.ipynb", "collect": {"batch": 1, "key": "x.("}}]},
    }.items():
        with pytest.raises(Invalid) as refused:
            await server.trigger(**fields)
        assert refused.value.details["field"] == field


async def test_a_policy_looks_at_what_was_collected_when_the_session_starts(server: Any, post: Post):
    trigger = await server.trigger(
        collect={"batch": 60, "key": "data.json.r"}, mapping={"region": "data.json.r"}, policy="1 by region",
    )  # fmt: skip
    [first] = await deliver(server, trigger, post({"r": "emea"}))
    held = HeldSessions(server.database, server.filters)
    assert (await held.wake_due(time.time() + LATER, 9))[0] == [first]
    made = await deliver(server, trigger, post({"r": "emea"}), post({"r": "apac"}))
    # Of each region one may run: who has come second waits for its turn, not for its time.
    assert (await held.wake_due(time.time() + LATER, 9))[0] == [made[1]]
    waits = await read(server, made[0])
    assert (waits.status, waits.wake_at, waits.parameters) == ("scheduling", None, {"region": "emea"})
    await server.database.write(lambda tx: sessions.end(tx, first, "cancelled"))
    assert (await read(server, made[0])).status == "requested"
