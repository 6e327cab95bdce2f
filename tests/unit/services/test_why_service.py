"""Why something ran, or did not: each clause with its value, the queue, what collects, the errors, what came near."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import Forbidden, NotFound
from notebook_automation.store import sessions

Post = Callable[..., Delivery]


def kinds(why: Any) -> list[tuple[str, bool | None]]:
    return [(step.kind, step.ok) for step in why.steps]


async def test_an_event_tells_of_every_rule_with_the_values_that_its_clauses_saw(server: Any, ana: Caller, post: Post):
    rules = [{"name": "small", "call": "report.ipynb", "conditions": ["data.json.n < 5", "data.json.ok"]}]
    trigger = await server.trigger(filter="data.json.n > 100", rules=rules)
    receipt = await server.events.deliver(trigger.slug, post({"n": 3, "ok": True}))
    why = await server.why.tell(ana, receipt.event_id)
    assert why.ran
    assert kinds(why) == [("cause", None), ("rule", False), ("rule", True), ("session", None)]
    assert why.steps[0].text == "A delivery came to the webhook sales/orders: POST."
    own, small = why.steps[1], why.steps[2]
    assert own.text == "Rule sales/orders ran nothing: The conditions did not hold."
    assert [(one.text, one.result, one.values) for one in own.clauses] == [
        ("data.json.n > 100", False, {"data.json.n": 3})
    ]
    assert [one.result for one in small.clauses] == [True, True]
    [session_id] = receipt.session_ids
    assert why.answer == f"It started {session_id} (requested)."
    of_session = await server.why.tell(ana, session_id)
    assert kinds(of_session) == [("cause", None), ("rule", True), ("session", None)]
    assert (of_session.ran, of_session.answer) == (None, "It has not begun: it is requested.")


async def test_a_filter_that_errs_says_at_which_line_and_column_on_the_trigger_too(
    server: Any, ana: Caller, post: Post
):
    trigger = await server.trigger(filter='data.method == "POST" &&\n  data.json.missing.deep == 1')
    receipt = await server.events.deliver(trigger.slug, post({"n": 1}))
    why = await server.why.tell(ana, receipt.event_id)
    assert not why.ran
    [_, step] = why.steps
    assert (step.errs_at.line, step.errs_at.column) == (2, 3)
    assert "could not be decided" in why.answer
    [notice] = [one for one in (await server.trigger_views.get(ana, trigger.id)).warnings if one.code == "filter_error"]
    assert "(line 2, column 3)" in notice.message
    assert 'There is no "missing" in data.json' in notice.message
    # What was mended is not held against it, nor what a newer event decided.
    await server.triggers.change(ana, trigger.id, {"filter": "data.json.n == 1"})
    assert not (await server.trigger_views.get(ana, trigger.id)).warnings


async def test_a_trigger_tells_what_came_nearest_what_was_refused_and_what_is_in_its_way(
    server: Any, ana: Caller, post: Post
):
    trigger = await server.trigger(filter='data.json.kind == "order" && data.json.n > 10')
    assert (await server.why.tell(ana, "sales/orders")).answer == "Nothing has come for it yet."
    for body in ({"kind": "order", "n": 7}, {"kind": "other", "n": 1}, {"kind": "other", "n": 2}):
        await server.events.deliver(trigger.slug, post(body))
    why = await server.why.tell(ana, trigger.id)
    assert not why.ran
    assert why.answer == "It ran nothing for its newest event. The conditions did not hold."
    near = [step for step in why.steps if step.kind == "event"]
    assert near[0].text.endswith("1 of 2 tests held.")
    assert near[0].clauses[1].values == {"data.json.n": 7}
    await server.triggers.change(ana, trigger.id, {"enabled": False, "call": "gone.ipynb"})
    why = await server.why.tell(ana, trigger.id)
    assert why.answer == "It does not run: it is off."
    assert kinds(why)[:2] == [("state", False), ("problem", False)]


async def test_a_session_that_waits_says_for_what(server: Any, ana: Caller, post: Post):
    limited = await server.trigger(policy=1)
    [first] = (await server.events.deliver(limited.slug, post({"n": 1}))).session_ids
    [second] = (await server.events.deliver(limited.slug, post({"n": 2}))).session_ids
    why = await server.why.tell(ana, second)
    [place] = [step for step in why.steps if step.kind == "policy"]
    assert place.text == "It waits for its turn, number 1 in the queue of sales/orders."
    assert why.ran is None
    let_in = await server.why.tell(ana, first)
    assert ("policy", True) in kinds(let_in)
    collecting = await server.trigger("collects", collect={"batch": "1h"})
    for n in range(2):
        [session_id] = (await server.events.deliver(collecting.slug, post({"n": n}))).session_ids
    why = await server.why.tell(ana, session_id)
    [step] = [step for step in why.steps if step.kind == "collecting"]
    assert step.text == "It collects events until its time: 2 events so far."
    assert step.at is not None


async def test_what_people_start_and_try_again_says_so(server: Any, ana: Caller):
    await server.trigger(filter="false")
    receipt = await server.events.fire(ana, "sales/orders")
    why = await server.why.tell(ana, receipt.session_ids[0])
    assert why.steps[0].text == "Somebody ran sales/orders by hand."
    project = await server.project()
    started = (await server.sessions.start(ana, project, "report.ipynb")).session
    assert (await server.why.tell(ana, started.id)).steps[0].text == "ana started it."
    await server.database.write(lambda tx: sessions.end(tx, started.id, "cancelled", reason="Not now."))
    why = await server.why.tell(ana, started.id)
    assert (why.ran, why.answer) == (False, "It did not run: it is cancelled. Not now.")
    again = (await server.sessions.retry(ana, started.id)).session
    assert (await server.why.tell(ana, again.id)).steps[0].text.startswith(f"It does again what {started.id} did")


async def test_credentials_of_senders_are_in_no_answer(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(filter='data.headers.authorization == "x"')
    receipt = await server.events.deliver(trigger.slug, post({}, headers={"Authorization": "Bearer canary-secret"}))
    assert "canary" not in str(await server.why.tell(ana, receipt.event_id))
    assert "canary" not in str(await server.why.tell(ana, trigger.id))


async def test_nobody_asks_why_of_what_is_not_there_or_not_theirs(server: Any, ana: Caller, post: Post):
    for key in ("evt_none", "ses_none", "trg_none", "sales/none"):
        with pytest.raises(NotFound):
            await server.why.tell(ana, key)
    trigger = await server.trigger()
    receipt = await server.events.deliver(trigger.slug, post({}))
    code = Caller(kind="session", login="x", session_id="ses_1", project_id="prj_other")
    for key in (receipt.event_id, receipt.session_ids[0], trigger.id):
        with pytest.raises(Forbidden):
            await server.why.tell(code, key)
