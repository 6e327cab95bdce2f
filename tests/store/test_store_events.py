"""Events are accepted whole, once, and in bursts; their history outlives what made them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from samples import event_of, make_project, make_trigger, occurrence_of, trigger_of
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.events import Receipt
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.store import changes, events, sessions, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.tables.events import enforcements as enforcement_table
from notebook_automation.store.tables.events import events as event_table
from notebook_automation.store.tables.sessions import sessions as session_table


def accept(database: Database, *occurrences: Occurrence) -> list[Receipt]:
    return database.write_now(lambda tx: events.accept(tx, occurrences))


def counted(database: Database) -> tuple[int, int, int]:
    """Return how many events, enforcements and sessions there are."""
    tables = (event_table, enforcement_table, session_table)

    def work(tx: Connection) -> tuple[int, int, int]:
        found = [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
        return found[0], found[1], found[2]

    return database.read_now(work)


def test_an_occurrence_is_stored_whole_and_read_back_as_it_was(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    occurrence = occurrence_of(trigger, "id:1", data={"json": {"x": [1, 2.5, None, "ü\0"]}}, config={"trigger": {}})
    [receipt] = accept(database, occurrence)
    assert receipt == Receipt(event_id=occurrence.event.id, session_ids=(occurrence.sessions[0].id,))
    assert database.read_now(lambda tx: events.get(tx, receipt.event_id)) == occurrence.event
    assert database.read_now(lambda tx: events.enforcements_of(tx, receipt.event_id)) == [*occurrence.enforcements]
    assert database.read_now(lambda tx: sessions.get(tx, receipt.session_ids[0])) == occurrence.sessions[0]


def test_everything_that_is_stored_is_announced_once(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    accept(database, occurrence_of(trigger), occurrence_of(trigger))
    told = database.read_now(lambda tx: changes.after(tx, 0))
    assert (
        sorted((one.channel, one.activity) for one in told)
        == [("events", "created")] * 2 + [("sessions", "created")] * 2
    )


def signed_as(occurrence: Occurrence, digest: str) -> Occurrence:
    return replace(occurrence, event=replace(occurrence.event, signed_digest=digest))


def test_what_was_signed_comes_once_whatever_id_it_is_given(database: Database) -> None:
    project = make_project(database)
    trigger, other = make_trigger(database, project), make_trigger(database, project, name="other")
    [first] = accept(database, signed_as(occurrence_of(trigger, "id:1"), "a" * 64))
    again = signed_as(occurrence_of(trigger, "id:1"), "a" * 64)
    copy = signed_as(occurrence_of(trigger, "id:2"), "a" * 64)
    late = signed_as(occurrence_of(trigger, None), "a" * 64)
    assert accept(database, again, copy, late) == [
        replace(first, repeated=True), *[replace(first, repeated=True, replayed=True)] * 2
    ]  # fmt: skip
    elsewhere = [signed_as(occurrence_of(one, "id:9"), "b" * 64) for one in (trigger, other, trigger)]
    receipts = accept(database, *elsewhere)
    assert [(one.repeated, one.replayed) for one in receipts] == [(False, False), (False, False), (True, False)]
    assert counted(database)[0] == 3
    nameless = [signed_as(occurrence_of(trigger, None), "c" * 64) for _ in range(2)]
    assert [(one.repeated, one.replayed) for one in accept(database, *nameless)] == [(False, False), (True, False)]


def test_the_same_delivery_is_stored_once_and_gets_the_receipt_of_the_first(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    [first] = accept(database, occurrence_of(trigger, "id:1"))
    [again] = accept(database, occurrence_of(trigger, "id:1"))
    assert (again.event_id, again.session_ids, again.repeated) == (first.event_id, first.session_ids, True)
    assert counted(database) == (1, 1, 1)


def test_a_delivery_that_comes_twice_in_one_batch_is_stored_once(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    receipts = accept(
        database, occurrence_of(trigger, "id:1"), occurrence_of(trigger, "id:2"), occurrence_of(trigger, "id:1")
    )
    assert [receipt.repeated for receipt in receipts] == [False, False, True]
    assert receipts[2].event_id == receipts[0].event_id
    assert counted(database) == (2, 2, 2)


def test_events_without_a_key_are_never_taken_for_each_other(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    receipts = accept(database, *(occurrence_of(trigger) for _ in range(3)))
    assert len({receipt.event_id for receipt in receipts}) == 3
    assert counted(database) == (3, 3, 3)


def test_one_key_at_two_triggers_is_two_events(database: Database) -> None:
    project = make_project(database)
    orders, refunds = make_trigger(database, project, "orders"), make_trigger(database, project, "refunds")
    accept(database, occurrence_of(orders, "id:1"))
    receipts = accept(database, occurrence_of(refunds, "id:1"), occurrence_of(orders, "id:1"))
    assert [receipt.repeated for receipt in receipts] == [False, True]
    assert counted(database) == (2, 2, 2)


def test_the_same_delivery_a_hundred_times_at_once_is_one_session_and_one_receipt(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    start = threading.Barrier(100)

    def deliver(_: int) -> Receipt:
        occurrence = occurrence_of(trigger, "id:1")
        start.wait(30)
        return accept(database, occurrence)[0]

    with ThreadPoolExecutor(100) as pool:
        receipts = list(pool.map(deliver, range(100)))
    assert len({(receipt.event_id, receipt.session_ids) for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert counted(database) == (1, 1, 1)


def test_the_same_delivery_at_two_servers_at_once_is_stored_once(
    database: Database, open_database: Callable[[], Database]
) -> None:
    trigger = make_trigger(database, make_project(database))
    servers = [database, open_database(), open_database()]
    start = threading.Barrier(len(servers))

    def deliver(server: Database) -> list[Receipt | None]:
        receipts: list[Receipt | None] = []
        for number in range(30):
            start.wait(30)
            occurrence = occurrence_of(trigger, f"id:{number}")
            try:
                receipts.append(accept(server, occurrence)[0])
            except IntegrityError:
                # The other one was first, by less than this one could see; the service asks again.
                receipts.append(accept(server, occurrence)[0])
        return receipts

    with ThreadPoolExecutor(len(servers)) as pool:
        answers = list(pool.map(deliver, servers))
    for of_one_delivery in zip(*answers, strict=True):
        assert len({receipt.event_id for receipt in of_one_delivery if receipt is not None}) == 1
    assert counted(database) == (30, 30, 30)


def test_a_thousand_schedules_due_at_once_are_one_batch(database: Database) -> None:
    project = make_project(database)
    made = [trigger_of(project, f"t{number}") for number in range(1100)]

    def work(tx: Connection) -> list[Receipt]:
        for trigger in made:
            triggers.add(tx, trigger)
        events.accept(tx, [occurrence_of(trigger, "2026-11-21T06:00:00Z") for trigger in made])
        return events.accept(tx, [occurrence_of(trigger, "2026-11-21T06:00:00Z") for trigger in made])

    assert all(receipt.repeated for receipt in database.write_now(work))
    assert counted(database) == (1100, 1100, 1100)


def test_an_event_of_a_trigger_that_was_deleted_meanwhile_is_refused_and_stores_nothing(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    database.write_now(lambda tx: triggers.remove(tx, trigger.id))
    with pytest.raises(IntegrityError):
        accept(database, occurrence_of(trigger, "id:1"))
    assert counted(database) == (0, 0, 0)


def test_what_an_event_made_is_found_by_its_id(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    one, two, none = occurrence_of(trigger), occurrence_of(trigger), Occurrence(event=event_of(trigger))
    accept(database, one, two, none)
    ids = [one.event.id, two.event.id, none.event.id]
    made = database.read_now(lambda tx: events.session_ids(tx, ids))
    assert made == {one.event.id: [one.sessions[0].id], two.event.id: [two.sessions[0].id], none.event.id: []}


def test_pages_of_events_hold_each_once_while_new_ones_come_in(database: Database) -> None:
    project = make_project(database)
    orders, refunds = make_trigger(database, project, "orders"), make_trigger(database, project, "refunds")
    old = [occurrence_of(trigger) for trigger in (orders, refunds) * 10]
    accept(database, *old)
    wanted = sorted((one.event.id for one in old if one.event.trigger_id == orders.id), reverse=True)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        accept(database, occurrence_of(orders))
        page, cursor = database.read_now(
            lambda tx, cursor=cursor: events.listed(tx, limit=3, cursor=cursor, trigger_id=orders.id)
        )
        seen.extend(event.id for event in page)
        if cursor is None:
            break
    assert seen[1:] == wanted  # the first page met one newer event


@pytest.mark.parametrize(
    ("filters", "count"),
    [({"source": "webhook"}, 2), ({"source": "schedule"}, 0), ({"type": "POST"}, 2), ({"type": "post"}, 0)],
)
def test_events_are_filtered(database: Database, filters: dict[str, str], count: int) -> None:
    trigger = make_trigger(database, make_project(database))
    accept(database, occurrence_of(trigger), occurrence_of(trigger))
    found, more = database.read_now(lambda tx: events.listed(tx, limit=10, cursor=None, **filters))
    assert (len(found), more) == (count, None)
