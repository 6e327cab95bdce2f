"""Waits: one for each place, found by its key, ended once whatever comes together; messages in order; who listens."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually
from samples import add_session, make_project, make_trigger, running_session
from wait_races import ANA, Side, begun, chains, check, run

from notebook_automation.domain.access import Caller
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import (
    SUBSCRIPTION_ID,
    WAIT_ID,
    Message,
    Subscription,
    Wait,
    WaitKind,
    event_key,
    keys_of,
    signal_key,
)
from notebook_automation.services.waits import Question, WaitView
from notebook_automation.store import messages, parking, sessions, subscriptions, waits
from notebook_automation.store.database import Database


def any_message(_wait: Wait, _message: Message) -> bool:
    return True


def wait_of(session: Session, nth: int = 0, kind: WaitKind = "signal", **fields: Any) -> Wait:
    question = fields.pop("question", {"name": "approve"})
    return Wait(
        id=WAIT_ID.new(), session_id=session.id, cell_index=3, piece=0, nth=nth, kind=kind, question=question,
        created_at=time.time(), **fields,
    )  # fmt: skip


def ask(database: Database, wait: Wait, project_id: str | None = None) -> Wait:
    keys = keys_of(wait, project_id)

    def work(tx: Any) -> Wait:
        found = messages.take(tx, wait, keys, any_message)
        waits.add(tx, found, keys)
        return found

    return database.write_now(work)


def send(database: Database, session: Session, *payloads: Any, name: str = "approve") -> list[str]:
    sent = [
        Message(session_id=session.id, key=signal_key(name), payload=one, sender="ana", created_at=time.time())
        for one in payloads
    ]

    def work(tx: Any) -> list[str]:
        waits.hold(tx, [session.id])
        return messages.deliver(tx, sent, any_message)

    return database.write_now(work)


def stored(database: Database, wait: Wait) -> Wait:
    found = database.read_now(lambda tx: waits.get(tx, wait.session_id, wait.id))
    assert found is not None
    return found


def test_a_message_ends_the_wait_it_is_for_and_wakes_a_parked_session_once(database: Database) -> None:
    session = running_session(database, make_project(database))
    wait = ask(database, wait_of(session))
    assert database.read_now(lambda tx: waits.open_of(tx, session.id)) == wait
    database.write_now(lambda tx: parking.park(tx, session, "a", wake_at=None))
    assert send(database, session, "no", name="other") == []
    assert send(database, session, {"ok": True}) == [session.id]
    ended = stored(database, wait)
    assert (ended.status, ended.answer) == ("answered", {"payload": {"ok": True}, "sender": "ana"})
    assert database.read_now(lambda tx: waits.open_of(tx, session.id)) is None
    assert send(database, session, "later") == []


def test_messages_that_come_before_anybody_waits_are_taken_in_their_order(database: Database) -> None:
    session = running_session(database, make_project(database))
    assert send(database, session, 1, 2) == []
    taken = [ask(database, wait_of(session, nth)) for nth in range(3)]
    assert [wait.answer and wait.answer["payload"] for wait in taken] == [1, 2, None]
    # The session runs, so there is nothing to wake; its wait is over all the same.
    assert send(database, session, 3) == []
    assert stored(database, taken[2]).answer == {"payload": 3, "sender": "ana"}


def test_a_message_that_a_wait_refuses_stays_for_the_next(database: Database) -> None:
    session = running_session(database, make_project(database))
    send(database, session, 1, 2)
    picky = wait_of(session)
    key = signal_key("approve")
    taken = database.write_now(lambda tx: messages.take(tx, picky, [key], lambda _wait, one: one.payload == 2))
    assert taken.answer == {"payload": 2, "sender": "ana"}
    assert ask(database, wait_of(session, 1)).answer == {"payload": 1, "sender": "ana"}


@pytest.mark.parametrize(("kind", "status"), [("sleep", "answered"), ("signal", "timeout"), ("event", "timeout")])
def test_a_wait_whose_time_has_come_ends_and_no_message_finds_it(
    database: Database, kind: WaitKind, status: str
) -> None:
    session = running_session(database, make_project(database))
    wait = ask(database, wait_of(session, kind=kind, wake_at=50.0), session.project_id)
    assert database.write_now(lambda tx: waits.expire(tx, [session.id], 49.9)) == []
    assert [one.status for one in database.write_now(lambda tx: waits.expire(tx, [session.id], 50.0))] == [status]
    assert database.write_now(lambda tx: waits.expire(tx, [session.id], 60.0)) == []
    assert database.read_now(lambda tx: waits.open_by_keys(tx, keys_of(wait, session.project_id))) == []


def test_a_session_that_ends_waits_for_nothing_and_listens_to_nothing(database: Database) -> None:
    session = running_session(database, make_project(database))
    wait = ask(database, wait_of(session, kind="event"), session.project_id)
    send(database, session, 1)
    database.write_now(lambda tx: subscriptions.add(tx, subscription_of(session, event_type="paid")))
    assert database.read_now(subscriptions.anybody_listens)
    database.write_now(lambda tx: waits.end_open(tx, session.id, now=time.time()))
    assert stored(database, wait).status == "cancelled"
    assert not database.read_now(subscriptions.anybody_listens)
    assert database.read_now(lambda tx: subscriptions.of_session(tx, session.id)) == {}


def subscription_of(session: Session, nth: int = 0, **fields: Any) -> Subscription:
    return Subscription(
        id=SUBSCRIPTION_ID.new(), session_id=session.id, cell_index=1, piece=0, nth=nth,
        project_id=session.project_id or "", created_at=time.time(), **fields,
    )  # fmt: skip


def test_subscriptions_are_found_by_trigger_and_by_event_of_the_project_until_they_end(database: Database) -> None:
    project, other = make_project(database), make_project(database, "other")
    trigger = make_trigger(database, project)
    session = running_session(database, project)
    to_trigger = subscription_of(session, 0, trigger_id=trigger.id)
    to_event = subscription_of(session, 1, event_type="paid")
    for one in (to_trigger, to_event):
        database.write_now(lambda tx, one=one: subscriptions.add(tx, one))  # type: ignore[misc]

    def found(triggers: set[str], names: set[tuple[str, str]]) -> list[Subscription]:
        return database.read_now(lambda tx: subscriptions.to(tx, triggers, names))

    assert found({trigger.id}, set()) == [to_trigger]
    assert found(set(), {(project.id, "paid"), (other.id, "sent")}) == [to_event]
    assert found({"trg_none"}, {(other.id, "paid")}) == []
    database.write_now(lambda tx: subscriptions.end(tx, session.id, to_event.id, 5.0))
    assert found({trigger.id}, {(project.id, "paid")}) == [to_trigger]
    # A cell that runs again finds it at its place.
    again = database.read_now(lambda tx: subscriptions.at(tx, session.id, (1, 0, 1)))
    assert again is not None
    assert (again.id, again.ended_at) == (to_event.id, 5.0)


def test_a_wait_for_an_event_counts_as_listening(database: Database) -> None:
    session = running_session(database, make_project(database))
    ask(database, wait_of(session))
    assert not database.read_now(subscriptions.anybody_listens)
    asked = ask(database, wait_of(session, 1, "event", question={"name": "paid"}), session.project_id)
    assert database.read_now(subscriptions.anybody_listens)
    key = event_key(session.project_id or "", "paid")
    assert database.read_now(lambda tx: waits.open_by_keys(tx, [key])) == [asked]


def test_sessions_that_are_held_are_those_that_are_there(database: Database) -> None:
    session = running_session(database, make_project(database))
    assert database.write_now(lambda tx: waits.hold(tx, [session.id, "ses_none"])) == {session.id}
    assert database.read_now(lambda tx: sessions.get(tx, session.id)) is not None


async def test_whatever_comes_together_one_ends_the_wait_and_nothing_is_stuck(
    open_database: Callable[[], Database], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    sides = [Side(open_database(), tmp_path) for _ in range(2)]
    project = await asyncio.to_thread(make_project, sides[0].database)
    ended: dict[str, int] = {}
    for seed in range(int(pytestconfig.getoption("--races"))):
        chance = random.Random(seed)
        race = await begun(sides[0], project)
        await asyncio.gather(*(run(chain, side) for chain, side in zip(chains(race, chance), sides, strict=True)))
        wait = await sides[0].database.read(lambda tx, one=race: waits.get(tx, one.id, one.wait.id))  # type: ignore[misc]
        ended[wait.status] = ended.get(wait.status, 0) + 1
        await check(race, sides[0])
    # Else the orders would not be what they are meant to be.
    assert {"answered", "timeout", "cancelled"} <= set(ended), ended


def test_a_session_that_goes_on_finds_what_was_answered_after_its_last_checkpoint(database: Database) -> None:
    project = make_project(database)
    old, new = running_session(database, project), add_session(database, project)
    before = replace(wait_of(old), cell_index=1)
    answered, slept, timed_out = wait_of(old, 0), wait_of(old, 1, "sleep", question={}), wait_of(old, 2)

    def work(tx: Any) -> None:
        for one in (before, answered, slept, timed_out):
            waits.add(tx, one, [])
        waits.answer(tx, {one.id: {"payload": one.nth} for one in (before, answered, slept)}, 5.0)
        waits.end_open(tx, old.id, "timeout", now=6.0)
        waits.copy_answered(tx, old.id, new.id, (2, 0))

    database.write_now(work)
    found = database.read_now(lambda tx: waits.of_session(tx, new.id))
    assert [(one.nth, one.status, one.answer) for one in found] == [
        (0, "answered", {"payload": 0}), (1, "answered", {"payload": 1}),
    ]  # fmt: skip
    assert {one.id for one in found}.isdisjoint({answered.id, slept.id})


async def test_every_subscriber_gets_each_event_once_while_two_processes_emit_and_ask(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    sides = [Side(open_database(), tmp_path) for _ in range(2)]
    project = await asyncio.to_thread(make_project, sides[0].database)
    listening = [await asyncio.to_thread(running_session, sides[0].database, project, owner) for owner in ("a", "b")]

    async def listen(side: Side, session: Session) -> list[int]:
        caller = Caller(kind="session", login="x", session_id=session.id, project_id=project.id)
        subscription = await side.subscriptions.subscribe(caller, session.id, (0, 0, 0), "paid", "data.n % 3 != 0")
        ready.append(session.id)
        got: list[int] = []
        while len(got) < 2 * len(sides) * 4:
            question = Question(kind="next_event", position=(1, 0, len(got)), subscriptions=[subscription.id])
            view = await side.waits.ask(caller, session.id, question)
            view = await eventually(lambda asked=view: ended(side, caller, asked))  # type: ignore[misc]
            assert view.event is not None
            got.append(view.event.data["n"])
        return got

    async def ended(side: Side, caller: Caller, view: WaitView) -> WaitView | None:
        now = await side.waits.look(caller, view.wait.session_id, view.wait.id)
        return None if now.wait.status == "open" else now

    async def emit(number: int) -> None:
        await eventually(lambda: len(ready) == len(listening))
        for n in range(12):
            await sides[number].events.emit(ANA, project, "paid", {"n": 12 * number + n})

    ready: list[str] = []
    heard = [listen(side, session) for side, session in zip(sides, listening, strict=True)]
    found = await asyncio.gather(*heard, emit(0), emit(1))
    wanted = [n for n in range(24) if n % 3]
    for got in found[:2]:
        assert sorted(got) == wanted
        # Those of one sender come in the order in which it sent them.
        assert [n for n in got if n < 12] == [n for n in wanted if n < 12]
    assert found[0] == found[1]
