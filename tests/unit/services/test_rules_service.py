"""Rules beside a trigger's own call: each event meets all of them, and each leaves an enforcement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid, NotFound
from notebook_automation.domain.retries import RetryPolicy
from notebook_automation.domain.rules import Enforcement
from notebook_automation.domain.sessions import Session
from notebook_automation.services.trigger_retries import follow, try_again
from notebook_automation.store import parking, sessions, triggers

Post = Callable[..., Delivery]
REFUND = {"name": "refunds", "call": "report.ipynb", "conditions": ["data.json.kind == 'refund'"]}


async def met(
    server: Any, trigger: Any, ana: Caller, delivery: Delivery
) -> dict[str, tuple[Enforcement, Session | None]]:
    """Deliver; return by rule its enforcement and the session that it made."""
    receipt = await server.events.deliver(trigger.slug, delivery)
    _, decided, session_ids = await server.event_history.get(ana, receipt.event_id)
    made = {one.id: one for one in [(await server.sessions.get(ana, session_id)).session for session_id in session_ids]}
    assert set(made) == set(receipt.session_ids)
    return {one.enforcement.rule_ref: (one.enforcement, made.get(one.enforcement.session_id or "")) for one in decided}


async def test_each_event_meets_every_rule_and_each_leaves_an_enforcement(server: Any, ana: Caller, post: Post):
    rules = [
        {**REFUND, "parameters": {"region": "apac"}, "mapping": {"count": "data.json.n + 1"}},
        {"name": "large", "call": "report.ipynb:pay", "condition": "any",
         "conditions": ["data.json.n > 100", "data.json.kind == 'refund'"]},
        {"name": "off", "call": "report.ipynb", "enabled": False},
        {"name": "broken", "call": "report.ipynb", "conditions": ["data.json.nothing.here == 1"]},
    ]  # fmt: skip
    trigger = await server.trigger(filter="data.json.n == 0", parameters={"region": "emea"}, rules=rules)
    found = await met(server, trigger, ana, post({"kind": "refund", "n": 7}))
    assert {ref: (one.status, one.matched) for ref, (one, _) in found.items()} == {
        "sales/orders": ("processed", False), "sales/orders/refunds": ("processed", True),
        "sales/orders/large": ("processed", True), "sales/orders/off": ("disabled", False),
        "sales/orders/broken": ("processed", False),
    }  # fmt: skip
    assert 'There is no "nothing" in data.json' in (found["sales/orders/broken"][0].reason or "")
    refund, large = found["sales/orders/refunds"][1], found["sales/orders/large"][1]
    assert (refund.call, refund.parameters) == ("report.ipynb", {"region": "apac", "count": 8})
    assert (large.call, large.parameters) == ("report.ipynb:pay", {})
    assert refund.config["rule"]["name"] == "refunds"
    assert refund.config == found["sales/orders/refunds"][0].config
    assert "rule" not in found["sales/orders"][0].config


async def test_a_transform_takes_the_place_of_the_data_that_is_mapped(server: Any, ana: Caller, post: Post):
    rule = {**REFUND, "transform": "data.json.items.filter(i, i.ok)", "mapping": {"count": "data.size()"}}
    trigger = await server.trigger(rules=[rule])
    body = {"kind": "refund", "items": [{"ok": True}, {"ok": False}, {"ok": True}]}
    _, session = (await met(server, trigger, ana, post(body)))["sales/orders/refunds"]
    assert session.parameters == {"count": 2}
    _, session = (await met(server, trigger, ana, post({"kind": "refund"})))["sales/orders/refunds"]
    assert session.status == "failed"
    assert "could not be made from the event" in session.reason


async def test_what_a_transform_takes_of_a_senders_credentials_is_stored_nowhere(server: Any, ana: Caller, post: Post):
    rule = {
        "name": "r",
        "call": "report.ipynb",
        "transform": "data.headers",
        "mapping": {"region": "data.authorization"},
    }
    trigger = await server.trigger(rules=[rule])
    delivery = post({}, headers={"Authorization": "Bearer canary-of-the-sender"})
    _, session = (await met(server, trigger, ana, delivery))["sales/orders/r"]
    assert "canary" not in session.parameters["region"]


async def test_a_trigger_may_have_rules_alone(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(call=None, rules=[REFUND])
    found = await met(server, trigger, ana, post({"kind": "refund"}))
    assert [*found] == ["sales/orders/refunds"]
    with pytest.raises(Conflict) as refused:
        await server.events.fire(ana, "sales/orders")
    assert "name one of its rules" in refused.value.message


async def test_rules_are_set_changed_and_deleted_one_by_one(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger()
    view, is_new = await server.rules.put(ana, trigger.id, "refunds", REFUND)
    assert is_new
    assert [rule.name for rule in view.trigger.rules] == ["refunds"]
    first = await server.database.read(lambda tx: triggers.rules_of(tx, trigger.id))
    view, is_new = await server.rules.put(ana, "sales/orders", "refunds", {"call": "report.ipynb:pay"})
    assert not is_new
    assert (view.trigger.rules[0].call, view.trigger.rules[0].conditions) == ("report.ipynb:pay", ())
    # What it was keeps its id, so that history stays linked.
    again = await server.database.read(lambda tx: triggers.rules_of(tx, trigger.id))
    assert [rule.id for rule in again] == [rule.id for rule in first]
    view = await server.rules.change(ana, "sales/orders", "refunds", {"enabled": False})
    assert (view.trigger.rules[0].call, view.trigger.rules[0].enabled) == ("report.ipynb:pay", False)
    assert (await met(server, trigger, ana, post({})))["sales/orders/refunds"][0].status == "disabled"
    await server.rules.remove(ana, "sales/orders", "refunds")
    assert [*await met(server, trigger, ana, post({}))] == ["sales/orders"]
    for act in (server.rules.change(ana, trigger.id, "refunds", {}), server.rules.remove(ana, trigger.id, "refunds")):
        with pytest.raises(NotFound) as refused:
            await act
        assert refused.value.code == "rule_not_found"


async def test_of_two_who_add_a_rule_in_the_same_moment_none_takes_the_others_away(
    server: Any, make_server: Callable[..., Any], ana: Caller
):
    trigger, other = await server.trigger(), make_server()
    await asyncio.gather(
        *(one.rules.put(ana, trigger.id, f"r{number}", REFUND) for number, one in enumerate([server, other] * 4))
    )
    view = await server.trigger_views.get(ana, trigger.id)
    assert sorted(rule.name for rule in view.trigger.rules) == [f"r{number}" for number in range(8)]


async def test_the_code_of_a_session_sets_no_rule(server: Any):
    trigger = await server.trigger()
    code = Caller(kind="session", login="x", session_id="ses_1", project_id=trigger.project_id)
    for act in (
        server.rules.put(code, trigger.id, "r", REFUND),
        server.rules.change(code, trigger.id, "r", {}),
        server.rules.remove(code, trigger.id, "r"),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_a_filter_of_a_rule_that_cannot_be_read_says_where(server: Any, ana: Caller):
    trigger = await server.trigger()
    for field, rule in {
        "rules.r.conditions.1": {"conditions": ["true", "data.("]},
        "rules.r.transform": {"transform": "data.("},
        "rules.r.mapping.n": {"mapping": {"n": "data.("}},
    }.items():
        with pytest.raises(Invalid) as refused:
            await server.rules.put(ana, trigger.id, "r", {"call": "report.ipynb", **rule})
        assert (refused.value.code, refused.value.details["field"]) == ("filter_invalid", field)
        assert refused.value.details["column"]


async def test_registering_the_trigger_again_keeps_its_rules_unless_it_names_others(server: Any):
    await server.trigger(rules=[REFUND])
    assert [rule.name for rule in (await server.trigger()).rules] == ["refunds"]
    assert (await server.trigger(rules=[])).rules == ()


async def test_a_person_runs_the_own_call_or_the_rule_that_they_name(server: Any, ana: Caller):
    await server.trigger(filter="false", rules=[{**REFUND, "call": "report.ipynb:pay", "enabled": False}])
    for rule, call in ((None, "report.ipynb"), ("refunds", "report.ipynb:pay")):
        receipt = await server.events.fire(ana, "sales/orders", rule=rule)
        _, decided, [session_id] = await server.event_history.get(ana, receipt.event_id)
        assert (await server.sessions.get(ana, session_id)).session.call == call
        assert sorted(one.enforcement.matched for one in decided) == [False, True]
    with pytest.raises(NotFound):
        await server.events.fire(ana, "sales/orders", rule="none")


async def test_a_rules_session_is_tried_again_by_what_the_rule_calls(server: Any, ana: Caller, post: Post):
    rule = {"name": "r", "call": "report.ipynb:pay"}
    trigger = await server.trigger(filter="false", retry=RetryPolicy(base_delay=600.0), rules=[rule])
    _, session = (await met(server, trigger, ana, post({})))["sales/orders/r"]

    def end(tx: Any) -> Session | None:
        return try_again(tx, sessions.end(tx, session.id, "failed", reason="It broke."))

    following = await server.database.write(end)
    assert following.call == "report.ipynb:pay"
    renamed = replace(trigger, rules=(replace(trigger.rules[0], call="report.ipynb:other"),))
    await server.database.write(lambda tx: follow(tx, [renamed]))
    [held] = await server.database.read(lambda tx: parking.held_back(tx, [trigger.id]))
    assert held.call == "report.ipynb:other"
    await server.database.write(lambda tx: follow(tx, [replace(trigger, rules=())]))
    assert await server.database.read(lambda tx: parking.held_back(tx, [trigger.id])) == []


async def test_rules_follow_a_file_that_is_renamed_and_say_when_it_is_gone(server: Any, ana: Caller):
    trigger = await server.trigger(rules=[{**REFUND, "call": "other.ipynb:pay"}])
    view = await server.trigger_views.get(ana, trigger.id)
    assert [problem.code for problem in view.problems] == ["call_not_found"]
    assert view.problems[0].message.startswith("Rule 'refunds': ")
    old = server.notebook("sales/other.ipynb")
    new = old.rename(old.with_name("moved.ipynb"))
    await server.file_moves.moved(ana, old, new)
    view = await server.trigger_views.get(ana, trigger.id)
    assert (view.trigger.call, view.trigger.rules[0].call) == ("report.ipynb", "moved.ipynb:pay")
    rows = await server.database.read(lambda tx: triggers.rules_of(tx, trigger.id))
    assert {row.ref: row.call for row in rows}["sales/orders/refunds"] == "moved.ipynb:pay"
