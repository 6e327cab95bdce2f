"""Events as they come in: delivered, fired, emitted, replayed; stored once, whole, and explained."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from notebook_automation.store import session_pages
from notebook_automation.store.database import sqlite_module
from notebook_automation.store.tables import described_schema
from notebook_automation.store.tables.events import events as event_table
from notebook_automation.store.tables.sessions import sessions as session_table

Post = Callable[..., Delivery]


def counted(server: Any) -> tuple[int, int]:
    """Return how many events and sessions there are."""

    def work(tx: Connection) -> tuple[int, int]:
        events, sessions = (select(func.count()).select_from(table) for table in (event_table, session_table))
        return tx.execute(events).scalar_one(), tx.execute(sessions).scalar_one()

    return server.database.read_now(work)


async def test_a_delivery_becomes_an_event_with_its_data_and_a_session_to_run(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(parameters={"region": "apac"}, mapping={"count": "data.json.n"}, report="html")
    receipt = await server.events.deliver(trigger.slug, post({"n": 3}, headers={"X-Shop": "7", "Cookie": "secret"}))
    event, [decided], session_ids = await server.event_history.get(ana, receipt.event_id)
    assert (event.type, event.source, event.trigger_ref) == ("post", "webhook", "sales/orders")
    assert event.data["json"] == {"n": 3}
    assert event.data["headers"]["x-shop"] == "7"
    assert event.data["headers"]["cookie"] == "***"
    assert event.config["trigger"]["call"] == "report.ipynb"
    assert (decided.enforcement.status, decided.enforcement.matched) == ("processed", True)
    assert decided.enforcement.config == event.config
    assert session_ids == [*receipt.session_ids]
    session = (await server.sessions.get(ana, session_ids[0])).session
    assert (session.status, session.call, session.report) == ("requested", "report.ipynb", "html")
    assert session.parameters == {"region": "apac", "count": 3}
    assert (session.trigger_ref, session.event_id, session.config) == ("sales/orders", event.id, event.config)
    assert server.queued


@pytest.mark.parametrize("state", ["unknown", "disabled", "deleted", "other type"])
async def test_a_webhook_that_is_not_there_is_refused_the_same_whatever_the_cause(
    server: Any, ana: Caller, post: Post, state: str
):
    trigger = await server.trigger()
    slug = trigger.slug if state != "unknown" else "0" * 26
    await server.events.deliver(trigger.slug, post({}))  # what is kept at hand must not outlive the change
    if state == "disabled":
        await server.triggers.change(ana, trigger.id, {"enabled": False})
    elif state == "deleted":
        await server.triggers.remove(ana, trigger.id)
    elif state == "other type":
        await server.triggers.change(ana, trigger.id, {"type": "manual"})
    with pytest.raises(NotFound) as refused:
        await server.events.deliver(slug, post({}))
    assert (refused.value.code, refused.value.message) == ("webhook_not_found", "There is no such webhook.")


async def test_a_trigger_deleted_by_another_server_is_found_out_by_the_delivery(
    server: Any, ana: Caller, post: Post, make_server: Callable[..., Any]
):
    trigger, kept = await server.trigger(), await server.trigger("refunds")
    await server.events.deliver(trigger.slug, post({}))
    await server.events.deliver(kept.slug, post({}))
    await make_server().triggers.remove(ana, trigger.id)
    answers = await asyncio.gather(
        *(server.events.deliver(slug, post({})) for slug in (kept.slug, trigger.slug, kept.slug)),
        return_exceptions=True,
    )
    assert [type(answer).__name__ for answer in answers] == ["Receipt", "NotFound", "Receipt"]
    assert answers[1].code == "webhook_not_found"
    assert counted(server) == (4, 4)


async def test_the_same_delivery_a_hundred_times_at_once_makes_one_session_and_one_receipt(server: Any, post: Post):
    trigger = await server.trigger()
    delivery = post({"n": 1}, headers={"X-GitHub-Delivery": "72d3162e"})
    receipts = await asyncio.gather(*(server.events.deliver(trigger.slug, delivery) for _ in range(100)))
    assert len({(receipt.event_id, receipt.session_ids) for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert counted(server) == (1, 1)


async def test_a_burst_is_stored_whole(server: Any, post: Post):
    trigger = await server.trigger()
    receipts = await asyncio.gather(*(server.events.deliver(trigger.slug, post({"n": n})) for n in range(700)))
    assert len({receipt.event_id for receipt in receipts}) == 700
    assert counted(server) == (700, 700)


async def test_a_sender_that_goes_away_takes_nobody_else_along(server: Any, post: Post):
    trigger = await server.trigger()
    await server.events.deliver(trigger.slug, post({}))
    gate, begun = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        assert gate.wait(30)

    held = asyncio.create_task(server.database.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    first = asyncio.create_task(server.events.deliver(trigger.slug, post({"n": 1})))
    await asyncio.sleep(0)
    others = [asyncio.create_task(server.events.deliver(trigger.slug, post({"n": n}))) for n in range(2, 5)]
    for _ in range(5):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    await held
    receipts = await asyncio.gather(*others)
    assert len({receipt.event_id for receipt in receipts}) == 3
    assert (await server.events.deliver(trigger.slug, post({}))).event_id


async def test_while_the_database_is_locked_senders_are_told_so_and_served_again_afterwards(server: Any, post: Post):
    trigger = await server.trigger()
    await server.events.deliver(trigger.slug, post({}))
    lock = sqlite_module().connect(server.database.url.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    answers = await asyncio.gather(
        *(server.events.deliver(trigger.slug, post({"n": n})) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, Unavailable) and answer.status == 503 for answer in answers)
    lock.execute("ROLLBACK")
    lock.close()
    assert (await server.events.deliver(trigger.slug, post({}))).event_id
    assert counted(server) == (2, 2)


async def test_after_the_end_senders_are_told_so(server: Any, post: Post):
    trigger = await server.trigger()
    await server.events.deliver(trigger.slug, post({}))
    server.database.close()
    with pytest.raises(Unavailable):
        await server.events.deliver(trigger.slug, post({}))


async def test_an_event_that_cannot_be_stored_fails_alone(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger()
    project = await server.project()
    answers = await asyncio.gather(
        server.events.deliver(trigger.slug, post({})),
        server.events.emit(ana, project, "order_paid", object()),
        server.events.deliver(trigger.slug, post({})),
        return_exceptions=True,
    )
    assert [type(answer).__name__ for answer in answers] == ["Receipt", "StatementError", "Receipt"]
    assert counted(server) == (2, 2)


@pytest.mark.parametrize(
    ("text", "body", "matched", "reason"),
    [
        ("data.json.n > 2", {"n": 3}, True, None),
        ("data.json.n > 2", {"n": 1}, False, "The conditions did not hold."),
        ("data.json.n > 2", {}, False, "could not be decided"),
        ("event_type == 'post' && data.headers['X-Shop'] == '7'", {}, True, None),
    ],
)
async def test_a_filter_decides_and_the_reason_is_kept(
    server: Any, ana: Caller, post: Post, text: str, body: Any, matched: bool, reason: str | None
):
    trigger = await server.trigger(filter=text)
    receipt = await server.events.deliver(trigger.slug, post(body, headers={"X-Shop": "7"}))
    _, [decided], session_ids = await server.event_history.get(ana, receipt.event_id)
    assert decided.enforcement.matched is matched
    assert len(session_ids) == matched
    assert (reason or "") in (decided.enforcement.reason or "")
    assert decided.explanations[0].outcome.matched is matched
    assert decided.enforcement.conditions == (text,)


async def test_another_method_than_the_trigger_listens_to_is_recorded_and_runs_nothing(
    server: Any, ana: Caller, post: Post
):
    trigger = await server.trigger(event_type="post")
    unwanted = await server.events.deliver(trigger.slug, post(method="GET"))
    wanted = await server.events.deliver(trigger.slug, post({}))
    _, [decided], _ = await server.event_history.get(ana, unwanted.event_id)
    assert (unwanted.session_ids, len(wanted.session_ids)) == ((), 1)
    assert "'get'" in decided.enforcement.reason


async def test_parameters_that_cannot_be_made_give_a_failed_session_that_says_so(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(mapping={"count": "data.json.order.id"})
    receipt = await server.events.deliver(trigger.slug, post({}))
    session = (await server.sessions.get(ana, receipt.session_ids[0])).session
    assert session.status == "failed"
    assert session.finished_at is not None
    assert "parameters could not be made" in session.reason


async def test_a_run_by_hand_maps_neither_what_it_is_given_nor_from_no_data(server: Any, ana: Caller):
    await server.trigger(parameters={"region": "apac"}, mapping={"count": "data.json.n", "region": "data.json.region"})
    given = {"count": 5, "region": "latam"}
    for data, parameters, expected in (
        (None, {}, {"region": "apac"}),
        (None, {"count": 5}, {"region": "apac", "count": 5}),
        ({"json": {"region": "emea"}}, {"count": 5}, {"region": "emea", "count": 5}),
        ({}, given, given),
        # What a person typed goes over what the mapping would make of the same data.
        ({"json": {"n": 9, "region": "emea"}}, {"count": 5}, {"region": "emea", "count": 5}),
        ({"json": {"n": 9, "region": "emea"}}, given, given),
    ):
        receipt = await server.events.fire(ana, "sales/orders", data=data, parameters=parameters)
        session = (await server.sessions.get(ana, receipt.session_ids[0])).session
        assert (session.status, session.parameters) == ("requested", expected)
    missing = await server.events.fire(ana, "sales/orders", data={}, parameters={"count": 5})
    assert (await server.sessions.get(ana, missing.session_ids[0])).session.status == "failed"


async def test_a_trigger_that_calls_nothing_only_records(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(call=None)
    receipt = await server.events.deliver(trigger.slug, post({}))
    assert receipt.session_ids == ()
    with pytest.raises(Conflict) as refused:
        await server.events.fire(ana, trigger.id)
    assert refused.value.code == "trigger_calls_nothing"


async def test_history_keeps_the_definition_that_made_it(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(filter="data.json.n == 1")
    before = await server.events.deliver(trigger.slug, post({"n": 1}))
    await server.triggers.change(ana, trigger.id, {"filter": "data.json.n == 2", "parameters": {"region": "latam"}})
    after = await server.events.deliver(trigger.slug, post({"n": 2}))
    assert len(after.session_ids) == 1
    event, [decided], [session_id] = await server.event_history.get(ana, before.event_id)
    assert event.config["trigger"]["filter"] == "data.json.n == 1"
    assert decided.enforcement.conditions == ("data.json.n == 1",)
    assert (await server.sessions.get(ana, session_id)).session.parameters == {}


async def test_firing_by_hand_ignores_filter_and_switch_and_lays_parameters_over_all(server: Any, ana: Caller):
    trigger = await server.trigger(
        filter="false", enabled=False, parameters={"region": "apac"}, mapping={"count": "data.n"}
    )
    receipt = await server.events.fire(ana, "sales/orders", data={"n": 5}, parameters={"region": "latam"})
    event, _, [session_id] = await server.event_history.get(ana, receipt.event_id)
    assert (event.type, event.source, event.trigger_id) == ("manual", "manual", trigger.id)
    session = (await server.sessions.get(ana, session_id)).session
    assert (session.parameters, session.started_by) == ({"region": "latam", "count": 5}, "ana")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"regoin": "x"}, "parameter_unknown"),
        ({"count": "x"}, "parameter_type"),
        ({"a b": 1}, "parameter_name_invalid"),
    ],
)
async def test_parameters_given_by_hand_are_checked(server: Any, ana: Caller, parameters: Any, code: str):
    trigger = await server.trigger()
    with pytest.raises(Invalid) as refused:
        await server.events.fire(ana, trigger.id, parameters=parameters)
    assert refused.value.code == code
    assert counted(server) == (0, 0)


async def test_an_emitted_event_runs_every_trigger_of_its_project_that_listens(server: Any, ana: Caller):
    for name in ("a", "b"):
        await server.trigger(name, type="event", event_type="order_paid")
    await server.trigger("c", type="event", event_type="order_paid", enabled=False)
    await server.trigger("d", type="event", event_type="other")
    await server.trigger("e", type="event", event_type="order_paid", folder="elsewhere")
    receipts = await server.events.emit(ana, await server.project(), "order_paid", {"id": 1})
    assert sum(len(receipt.session_ids) for receipt in receipts) == 2
    assert counted(server) == (2, 2)


async def test_an_emitted_event_to_which_nobody_listens_is_recorded(server: Any, ana: Caller):
    project = await server.project()
    [receipt] = await server.events.emit(ana, project, "order_paid", [1])
    event, decided, session_ids = await server.event_history.get(ana, receipt.event_id)
    assert (event.type, event.source, event.project_id, event.data) == ("order_paid", "emit", project.id, [1])
    assert (decided, session_ids) == ([], [])


@pytest.mark.parametrize("type", ["", "  ", "x" * 201, "a\0b", "half \ud800"])
async def test_an_emitted_event_needs_a_readable_type(server: Any, ana: Caller, type: str):
    with pytest.raises(Invalid) as refused:
        await server.events.emit(ana, await server.project(), type, None)
    assert refused.value.code == "event_invalid"


async def test_a_replayed_event_happens_again_by_the_trigger_as_it_is_now(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(filter="data.json.n == 2")
    old = await server.events.deliver(trigger.slug, post({"n": 1}, headers={"Idempotency-Key": "k"}))
    await server.triggers.change(ana, trigger.id, {"filter": "data.json.n == 1"})
    new = await server.events.replay(ana, old.event_id)
    event, _, _ = await server.event_history.get(ana, new.event_id)
    assert (old.session_ids, len(new.session_ids)) == ((), 1)
    assert (event.source, event.replay_of, event.data["json"]) == ("replay", old.event_id, {"n": 1})


async def test_an_event_whose_trigger_is_gone_is_readable_and_cannot_be_replayed(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger()
    receipt = await server.events.deliver(trigger.slug, post({}))
    await server.triggers.remove(ana, trigger.id)
    event, [decided], [session_id] = await server.event_history.get(ana, receipt.event_id)
    assert (event.trigger_id, event.trigger_ref, decided.enforcement.rule_ref) == (None, "sales/orders", "sales/orders")
    session = (await server.sessions.get(ana, session_id)).session
    assert (session.trigger_id, session.trigger_ref) == (None, "sales/orders")
    with pytest.raises(Conflict) as refused:
        await server.events.replay(ana, receipt.event_id)
    assert refused.value.code == "trigger_gone"


async def test_the_code_of_a_session_reaches_the_events_of_its_own_project_only(server: Any, ana: Caller, post: Post):
    ours, theirs = await server.trigger(), await server.trigger(folder="payroll")
    mine = await server.events.deliver(ours.slug, post({}))
    other = await server.events.deliver(theirs.slug, post({}))
    code = Caller(kind="session", login="sales/orders", session_id=mine.session_ids[0], project_id=ours.project_id)
    assert (await server.event_history.get(code, mine.event_id))[0].id == mine.event_id
    assert (await server.events.fire(code, ours.id)).session_ids
    attempts = [
        server.event_history.get(code, other.event_id),
        server.events.fire(code, theirs.id),
        server.events.replay(code, other.event_id),
        server.events.emit(code, await server.project("payroll"), "x", None),
        server.event_history.listed(code, limit=5, cursor=None),
        server.event_history.listed(code, limit=5, cursor=None, project="payroll"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            await attempt


async def test_events_are_listed_with_their_sessions_by_project_trigger_type_and_source(
    server: Any, ana: Caller, post: Post
):
    trigger = await server.trigger()
    receipts = [await server.events.deliver(trigger.slug, post({"n": n})) for n in range(3)]
    await server.events.emit(ana, await server.project("other"), "x", None)
    found, more = await server.event_history.listed(ana, limit=2, cursor=None, trigger="sales/orders")
    assert [(one.event.id, one.session_ids) for one in found] == [
        (receipt.event_id, receipt.session_ids) for receipt in receipts[:0:-1]
    ]
    found, more = await server.event_history.listed(
        ana, limit=2, cursor=more, project="sales", source="webhook", type="post"
    )
    assert ([one.event.id for one in found], more) == ([receipts[0].event_id], None)


async def test_an_event_that_ran_nothing_is_listed_with_the_reason(server: Any, ana: Caller, post: Post):
    trigger = await server.trigger(filter="data.json.n > 1")
    small = await server.events.deliver(trigger.slug, post({"n": 1}))
    large = await server.events.deliver(trigger.slug, post({"n": 2}))
    [alone] = await server.events.emit(ana, await server.project("other"), "x", None)
    found, _ = await server.event_history.listed(ana, limit=5, cursor=None, ran=False)
    assert [(one.event.id, one.reason) for one in found] == [
        (alone.event_id, "No trigger listens to this event."), (small.event_id, "The conditions did not hold."),
    ]  # fmt: skip
    found, _ = await server.event_history.listed(ana, limit=5, cursor=None, ran=True)
    assert [(one.event.id, one.reason) for one in found] == [(large.event_id, None)]


async def test_explaining_a_filter_that_cannot_be_read_says_so(server: Any, ana: Caller):
    explanation = server.event_history.explain("data.n > 1 && data.m", {"n": 0}, "POST")
    assert explanation.outcome.matched is False
    with pytest.raises(AutomationError) as refused:
        server.event_history.explain("data.n >", {}, "POST")
    assert refused.value.code == "filter_invalid"


async def test_a_session_is_stored_with_its_event_or_not_at_all(server: Any, post: Post, monkeypatch):
    trigger = await server.trigger()

    def broken(*_: Any) -> None:
        raise OSError("the machine stopped here")

    monkeypatch.setattr("notebook_automation.store.events.announce_many", broken)
    with pytest.raises(OSError, match="stopped here"):
        await server.events.deliver(trigger.slug, post({}))
    assert counted(server) == (0, 0)
    assert server.database.read_now(lambda tx: session_pages.listed(tx, limit=5, cursor=None)) == ([], None)
    assert isinstance(server.filters, Filters)


async def test_credentials_of_a_sender_are_seen_by_filter_and_handler_and_by_nobody_else(
    server: Any, ana: Caller, post: Post
):
    text = 'data.headers.Authorization.endsWith("-t0ken") && data.headers["X-Shop"] == "7"'
    trigger = await server.trigger(filter=text)
    headers = {"Authorization": "Bearer s3cr3t-t0ken", "Cookie": "sid=0123456789", "X-Shop": "7"}
    receipt = await server.events.deliver(trigger.slug, post({}, headers=headers))
    event, [decided], [session_id] = await server.event_history.get(ana, receipt.event_id)
    assert decided.enforcement.matched
    assert decided.explanations[0].outcome.matched, "explained as it was decided"
    assert event.data["headers"]["authorization"] == event.data["headers"]["cookie"] == "***"
    listed, _ = await server.event_history.listed(ana, limit=10, cursor=None)
    _, shown, *_ = await server.session_code.context(ana, session_id)
    own = Caller(kind="session", login="x", session_id=session_id, project_id=event.project_id)
    _, handed, *_ = await server.session_code.context(own, session_id)
    assert handed.data["headers"]["authorization"] == "Bearer s3cr3t-t0ken"
    again = await server.events.replay(ana, receipt.event_id)
    _, [replayed], _ = await server.event_history.get(ana, again.event_id)
    assert replayed.enforcement.matched
    tables = described_schema().sorted_tables
    dump = server.database.read_now(lambda tx: "".join(str(tx.execute(select(table)).all()) for table in tables))
    for seen in (repr(event), repr(decided), repr(listed), repr(shown), repr(replayed), dump):
        assert "s3cr3t" not in seen
        assert "0123456789" not in seen


async def test_no_parameter_holds_a_credential(server: Any, ana: Caller, post: Post):
    mapping = {
        "token": 'data.headers["Authorization"]', "words": "data.headers.authorization.split(' ')",
        "part": "data.headers.authorization.substring(7, 13)", "all": "data.headers",
        "bound": "cel.bind(d, data, d.headers)",
        "is_bearer": "data.headers.authorization.startsWith('Bearer')", "shop": "data.headers['x-shop']",
        "named": "data.json.name",
    }  # fmt: skip
    trigger = await server.trigger(mapping=mapping)
    headers = {"Authorization": "Bearer s3cr3t-t0ken", "X-Shop": "s3cr3t-t0ken"}
    receipt = await server.events.deliver(trigger.slug, post({"name": "s3cr3t-t0ken"}, headers=headers))
    session = (await server.sessions.get(ana, receipt.session_ids[0])).session
    assert (session.status, session.reason) == ("requested", None)
    given = session.parameters
    assert (given["token"], given["part"], given["words"]) == ("***", "***", ["Bearer", "***"])
    assert given["all"]["authorization"] == given["bound"]["authorization"] == "***"
    assert (given["is_bearer"], given["shop"], given["named"]) == (True, "s3cr3t-t0ken", "s3cr3t-t0ken")


async def test_a_reason_that_quotes_a_credential_hides_it(server: Any, ana: Caller, post: Post):
    quoting = "data.headers[data.headers.authorization]"
    headers = {"Authorization": "s3cr3t-t0ken"}
    trigger = await server.trigger(mapping={"count": quoting})
    receipt = await server.events.deliver(trigger.slug, post({}, headers=headers))
    session = (await server.sessions.get(ana, receipt.session_ids[0])).session
    assert session.status == "failed"
    assert "***" in session.reason
    assert "s3cr3t" not in session.reason
    filtered = await server.trigger("filtered", filter=f'{quoting} == "x"')
    receipt = await server.events.deliver(filtered.slug, post({}, headers=headers))
    _, [decided], _ = await server.event_history.get(ana, receipt.event_id)
    assert "***" in decided.enforcement.reason
    assert "s3cr3t" not in repr(decided)
