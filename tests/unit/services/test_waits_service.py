"""What the code of a session waits for, and what reaches it: signals, events by name and by trigger, its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, NotFound, TooLarge
from notebook_automation.domain.requesters import NOBODY
from notebook_automation.domain.session_options import SessionOptions
from notebook_automation.domain.sessions import Origin, Session, requested_session
from notebook_automation.domain.waits import WaitKind
from notebook_automation.services.events import Tick
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.waits import Question, WaitView
from notebook_automation.services.wakes import Wakes
from notebook_automation.store import parking, session_claims, session_log, sessions

Post = Callable[..., Delivery]


class Running:
    """A session that runs, and what its code does."""

    def __init__(self, server: Any, session: Session) -> None:
        self.server, self.session, self.id = server, session, session.id
        self.caller = Caller(kind="session", login="sales/orders", session_id=session.id, project_id=session.project_id)
        self.calls = 0

    def position(self, at: int | None = None) -> tuple[int, int, int]:
        if at is None:
            at, self.calls = self.calls, self.calls + 1
        return 4, 0, at

    async def ask(self, kind: WaitKind, name: str | None = None, *, at: int | None = None, **more: Any) -> WaitView:
        question = Question(kind=kind, name=name, position=self.position(at), **more)
        return await self.server.waits.ask(self.caller, self.id, question)

    async def subscribe(self, source: str, filter: str | None = None, *, at: int | None = None) -> str:
        place = self.position(at)
        return (await self.server.subscriptions.subscribe(self.caller, self.id, place, source, filter)).id

    async def next_event(self, *subscriptions: str, **more: Any) -> WaitView:
        return await self.ask("next_event", subscriptions=subscriptions, **more)

    async def now(self, view: WaitView, seconds: float = 0.0) -> WaitView:
        return await self.server.waits.look(self.caller, self.id, view.wait.id, seconds)

    async def park(self, wake_at: float | None = None) -> None:
        assert await self.server.database.write(
            lambda tx: parking.park(tx, self.session, self.session.owner or "", wake_at=wake_at)
        )

    async def status(self) -> str:
        return (await self.server.database.read(lambda tx: sessions.get(tx, self.id))).status


@pytest.fixture
def running(server: Any) -> Callable[..., Any]:
    async def begin(owner: str = "runner", folder: str = "sales") -> Running:
        project = await server.project(folder)
        made = requested_session(
            project_id=project.id, project=project.name, call="wait.ipynb", started_by="ana", parameters={},
            options=SessionOptions(is_durable=True), origin=Origin(), behind=NOBODY,
        )  # fmt: skip

        def work(tx: Any) -> Session:
            sessions.add(tx, made)
            assert any(one.id == made.id for one in session_claims.claim(tx, owner, 100, 60))
            begun = session_claims.acquire(tx, made.id, owner, 1, token_hash=f"hash of {made.id}", lease=60)
            assert begun is not None
            return begun

        return Running(server, await server.database.write(work))

    return begin


async def test_a_signal_answers_the_wait_of_a_parked_session_and_queues_it(
    server: Any, ana: Caller, running: Any
) -> None:
    session = await running()
    view = await session.ask("signal", "approve", seconds=3600)
    await session.park(view.wait.wake_at)
    assert await server.signals.send(ana, session.id, "approve", {"by": "ana"}) == 1
    assert await session.status() == "requested"
    assert server.queued == [session.id]
    # The cell runs again and asks the same at the same place.
    again = await session.ask("signal", "approve", at=0, seconds=3600)
    assert again.wait.id == view.wait.id
    assert again.wait.answer == {"payload": {"by": "ana"}, "sender": "ana"}


async def test_what_a_session_waits_for_comes_to_who_looks_at_it(server: Any, ana: Caller, running: Any) -> None:
    await server.changes.start()
    session = await running()
    view = await session.ask("signal", "approve")
    looking = asyncio.create_task(session.now(view, 20.0))
    await server.signals.send(ana, session.id, "approve", None)
    assert (await looking).wait.answer == {"payload": None, "sender": "ana"}
    assert server.queued == []


async def test_a_wait_with_a_time_ends_by_itself_where_the_session_runs(running: Any) -> None:
    session = await running()
    view = await session.ask("signal", "approve", seconds=0.05)
    assert (await session.now(view, 20.0)).wait.status == "timeout"
    assert (await session.ask("sleep", seconds=0.0)).wait.status == "answered"
    assert (await session.ask("sleep", until=time.time() - 60)).wait.status == "answered"
    assert (await session.ask("sleep", seconds=0.05, at=7)).wait.status == "open"


async def test_sessions_whose_time_has_come_are_woken_the_earliest_first_in_portions(server: Any, running: Any) -> None:
    begun = [await running(f"runner{number}") for number in range(3)]
    for number, session in enumerate(begun):
        view = await session.ask("sleep", until=time.time() + 1000 + number)
        await session.park(view.wait.wake_at)
    wakes = Wakes(server.database, HeldSessions(server.database, server.filters))
    first = await wakes.next_time()
    assert first is not None
    assert await wakes.wake_due(first - 1, 2) == ([], False)
    assert await wakes.wake_due(first + 10, 2) == ([begun[0].id, begun[1].id], True)
    assert await wakes.wake_due(first + 10, 2) == ([begun[2].id], False)
    assert await wakes.next_time() is None
    assert (await begun[0].ask("sleep", at=0, seconds=5)).wait.status == "answered"


async def test_a_broadcast_reaches_who_waits_for_it_in_that_project_and_nobody_later(
    server: Any, ana: Caller, running: Any
) -> None:
    one, two, other, elsewhere = [await running("a"), await running("b"), await running("c"), await running("d", "hr")]
    for session in (one, two, elsewhere):
        await session.ask("signal", "ops:window_open")
    await other.ask("signal", "something else")
    await two.park()
    project = await server.project()
    assert await server.signals.broadcast(ana, project, "ops:window_open", {"foo": 1}) == 2
    assert server.queued == [two.id]
    assert (await one.ask("signal", "ops:window_open", at=0)).wait.answer == {"payload": {"foo": 1}, "sender": "ana"}
    assert await server.signals.broadcast(ana, project, "ops:window_open", None) == 0
    assert (await one.ask("signal", "ops:window_open")).wait.status == "open"
    assert (await elsewhere.ask("signal", "ops:window_open", at=0)).wait.status == "open"


async def test_a_signal_from_a_notebook_is_sent_once_for_each_place(server: Any, running: Any) -> None:
    sender, receiver = await running("a"), await running("b")

    async def send(at: int, name: str = "go") -> int:
        return await server.signals.send(sender.caller, receiver.id, name, at, position=(1, 0, at))

    assert [await send(0), await send(0), await send(1)] == [1, 1, 1]
    taken = [await receiver.ask("signal", "go") for _ in range(3)]
    assert [view.wait.answer and view.wait.answer["payload"] for view in taken] == [0, 1, None]
    assert taken[0].wait.answer["sender"] == sender.id
    with pytest.raises(Conflict) as caught:
        await send(0, "stop")
    assert caught.value.code == "wait_mismatch"


async def test_a_broadcast_that_reached_nobody_does_not_reach_somebody_later(server: Any, running: Any) -> None:
    sender, receiver = await running("a"), await running("b")
    project = await server.project()
    for _ in range(2):
        assert await server.signals.broadcast(sender.caller, project, "go", None, position=(1, 0, 0)) == 0
        await receiver.ask("signal", "go", at=0)


async def test_nobody_waits_for_another_session_and_no_session_signals_another_project(
    server: Any, ana: Caller, running: Any
) -> None:
    one, other = await running("a"), await running("b", "hr")
    question = Question(kind="signal", name="x", position=(0, 0, 0))
    for caller in (ana, other.caller):
        with pytest.raises(Forbidden):
            await server.waits.ask(caller, one.id, question)
        with pytest.raises(Forbidden):
            await server.subscriptions.subscribe(caller, one.id, (0, 0, 0), "paid", None)
    with pytest.raises(Forbidden):
        await server.signals.send(other.caller, one.id, "x", None)
    with pytest.raises(Forbidden):
        await server.signals.broadcast(other.caller, await server.project(), "x", None)
    view = await one.ask("signal", "x")
    with pytest.raises(Forbidden):
        await server.waits.look(other.caller, one.id, view.wait.id)


async def test_what_cannot_be_sent_or_asked_is_refused_with_words(server: Any, ana: Caller, running: Any) -> None:
    session = await running()
    with pytest.raises(TooLarge, match="artifact"):
        await server.signals.send(ana, session.id, "x", "y" * 300_000)
    with pytest.raises(NotFound, match=r"na\.subscribe"):
        await session.next_event("sub_of_nobody")
    await server.sessions.cancel(ana, session.id)
    await server.database.write(lambda tx: sessions.end(tx, session.id, "cancelled", owner="runner", attempt=1))
    for refused in (session.ask("signal", "x"), server.signals.send(ana, session.id, "x", None)):
        with pytest.raises(Conflict) as caught:
            await refused
        assert caught.value.code == "session_state"


async def test_another_question_at_the_same_place_is_refused(running: Any) -> None:
    session = await running()
    await session.ask("signal", "a", at=0)
    with pytest.raises(Conflict, match="signal a"):
        await session.ask("event", "a", at=0)


async def test_an_event_by_its_name_is_heard_from_now_on_and_once_however_many_triggers_listen(
    server: Any, ana: Caller, running: Any
) -> None:
    session = await running()
    project = await server.project()
    for name in ("a", "b"):
        await server.trigger(name, type="event", event_type="paid")
    await server.events.emit(ana, project, "paid", {"n": 0})
    first = await session.ask("event", "paid")
    assert first.wait.status == "open"
    subscription = await session.subscribe("paid")
    await server.events.emit(ana, project, "other", {"n": 1})
    await server.events.emit(ana, project, "paid", {"n": 2})
    await server.events.emit(ana, project, "paid", {"n": 3})
    found = await session.now(first)
    assert found.event is not None
    assert found.event.data == {"n": 2}
    heard = [await session.next_event(subscription) for _ in range(3)]
    assert [view.event and view.event.data["n"] for view in heard] == [2, 3, None]


async def test_a_signal_and_an_event_of_one_name_are_two_things(server: Any, ana: Caller, running: Any) -> None:
    session = await running()
    to_signal, to_event = await session.ask("signal", "x"), await session.ask("event", "x")
    await server.signals.send(ana, session.id, "x", None)
    assert [(await session.now(one)).wait.status for one in (to_signal, to_event)] == ["answered", "open"]
    await server.events.emit(ana, await server.project(), "x", None)
    assert (await session.now(to_event)).wait.status == "answered"


async def test_a_trigger_without_call_serves_subscriptions_alone_and_its_filter_counts(
    server: Any, running: Any, post: Post
) -> None:
    trigger = await server.trigger("inbox", call=None, filter="data.json.n > 1")
    one, two = await running("a"), await running("b")
    all_of_it, some = await one.subscribe("inbox"), await two.subscribe("inbox", "data.json.n > 2")
    view = await two.next_event(some)
    await two.park()
    for n in (1, 2, 3):
        assert (await server.events.deliver(trigger.slug, post({"n": n}))).session_ids == ()
    assert server.queued == [two.id]
    heard = [await one.next_event(all_of_it) for _ in range(3)]
    assert [got.event and got.event.data["json"]["n"] for got in heard] == [2, 3, None]
    assert (await two.next_event(some, at=1)).event.data["json"]["n"] == 3
    assert view.wait.status == "open"


async def test_of_several_sources_the_first_that_comes_is_given_and_the_rest_is_kept_in_order(
    server: Any, ana: Caller, running: Any, post: Post
) -> None:
    trigger = await server.trigger()
    session = await running()
    project = await server.project()
    subscriptions = [await session.subscribe("orders"), await session.subscribe("paid")]
    await server.events.emit(ana, project, "paid", {"n": 1})
    await server.events.deliver(trigger.slug, post({"n": 2}))
    await server.events.emit(ana, project, "paid", {"n": 3})
    only_large = "has(data.n) && data.n > 2"
    heard = [await session.next_event(*subscriptions, filter=only_large)]
    heard += [await session.next_event(*subscriptions) for _ in range(3)]
    assert [view.event and view.event.type for view in heard] == ["paid", "paid", "post", None]
    assert [view.event.data["n"] for view in heard[:2]] == [3, 1]


async def test_a_tick_of_a_schedule_reaches_who_subscribed_to_it_and_what_was_missed_does_not(
    server: Any, running: Any
) -> None:
    trigger = await server.trigger("clock", type="schedule", call=None, schedule={"every": "1h"})
    session = await running()
    subscription = await session.subscribe("clock")
    view = await session.next_event(subscription)
    await session.park()
    [missed, due] = [datetime(2026, 12, 1, hour, tzinfo=UTC) for hour in (6, 7)]
    await server.events.tick(
        [Tick(trigger_id=trigger.id, fire=(due,), missed=(missed,), cursor=due.timestamp(), next_fire=None)]
    )
    assert server.queued == [session.id]
    found = await server.waits.look(session.caller, session.id, view.wait.id)
    assert found.event.data == {"scheduled_at": "2026-12-01T07:00:00Z"}


async def test_a_delivery_that_comes_twice_is_handed_over_once(server: Any, running: Any, post: Post) -> None:
    trigger = await server.trigger()
    session = await running()
    subscription = await session.subscribe("orders")
    for _ in range(2):
        await server.events.deliver(trigger.slug, post({"n": 1}, headers={"X-GitHub-Delivery": "7"}))
    heard = [await session.next_event(subscription) for _ in range(2)]
    assert [view.wait.status for view in heard] == ["answered", "open"]


async def test_a_session_that_handles_an_event_sees_its_credentials_and_a_person_does_not(
    server: Any, ana: Caller, running: Any, post: Post
) -> None:
    trigger = await server.trigger()
    session = await running()
    subscription = await session.subscribe("orders", "data.headers.authorization == 'token s3cret-value'")
    await server.events.deliver(trigger.slug, post({}, headers={"Authorization": "token s3cret-value"}))
    view = await session.next_event(subscription)
    assert view.event.data["headers"]["authorization"] == "token s3cret-value"
    seen = await server.waits.look(ana, session.id, view.wait.id)
    assert "s3cret-value" not in str(seen)


async def test_a_filter_that_cannot_be_decided_leaves_the_event_out_and_says_so(
    server: Any, ana: Caller, running: Any
) -> None:
    session = await running()
    subscription = await session.subscribe("paid", "data.amount > 5")
    await server.events.emit(ana, await server.project(), "paid", {"other": 1})
    assert (await session.next_event(subscription)).wait.status == "open"
    log = await server.database.read(lambda tx: session_log.read(tx, session.id, 0, 10))
    assert any("data.amount > 5" in entry.text for entry in log)
    with pytest.raises(AutomationError):
        await session.subscribe("paid", "data.(")


async def test_who_unsubscribes_hears_no_more_and_a_cell_that_runs_again_does_not_listen_again(
    server: Any, ana: Caller, running: Any
) -> None:
    session, project = await running(), await server.project()
    subscription = await session.subscribe("paid", at=0)
    await server.events.emit(ana, project, "paid", 1)
    await server.subscriptions.unsubscribe(session.caller, session.id, subscription)
    assert await session.subscribe("paid", at=0) == subscription
    await server.events.emit(ana, project, "paid", 2)
    assert (await session.next_event(subscription, at=1)).wait.status == "open"
    with pytest.raises(Conflict):
        await session.subscribe("other", at=0)


async def test_a_session_that_is_cancelled_while_it_is_parked_ends_with_its_wait(
    server: Any, ana: Caller, running: Any
) -> None:
    session = await running()
    view = await session.ask("signal", "approve")
    await session.park()
    assert (await server.sessions.cancel(ana, session.id)).session.status == "cancelled"
    [listed] = await server.waits.listed(ana, session.id)
    assert (listed.wait.id, listed.wait.status) == (view.wait.id, "cancelled")


async def test_who_waits_for_a_trigger_that_is_deleted_goes_on_and_is_told(
    server: Any, ana: Caller, running: Any
) -> None:
    project = await server.project()
    for name in ("orders", "refunds"):
        await server.triggers.save(ana, project, {"name": name, "type": "webhook"}, replace_existing=False)
    alone, either = await running(), await running("other")
    only = await alone.next_event(await alone.subscribe("orders"))
    one_of_two = await either.next_event(await either.subscribe("orders"), await either.subscribe("refunds"))
    for session in (alone, either):
        await session.park()
    await server.triggers.remove(ana, "sales/orders")
    assert (await alone.status(), await either.status()) == ("requested", "waiting")
    assert ((await alone.now(only)).wait.status, (await either.now(one_of_two)).wait.status) == ("cancelled", "open")
    await server.triggers.remove(ana, "sales/refunds")
    assert await either.status() == "requested"
