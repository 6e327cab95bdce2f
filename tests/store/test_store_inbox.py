"""Deliveries in the inbox: what became of them, and which of them go."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from samples import make_project, make_trigger, occurrence_of
from sqlalchemy import Connection

from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.store import changes, events, inbox, session_claims
from notebook_automation.store import sessions as session_rows
from notebook_automation.store.database import Database


def delivery(source: str = "github", **fields: object) -> Event:
    event = Event(
        id=EVENT_ID.new(), type="push", source="webhook", project_id=None, received_at=time.time(), inbox_source=source,
        data={"method": "POST"},
    )  # fmt: skip
    return replace(event, **fields)  # type: ignore[arg-type]


def keep(database: Database, *given: Event) -> None:
    database.write_now(lambda tx: events.accept(tx, [Occurrence(event=one) for one in given]))


def status_of(database: Database, event_id: str) -> str | None:
    found = database.read_now(lambda tx: inbox.one(tx, event_id))
    return None if found is None else found.status


def test_what_became_of_a_delivery_is_what_its_sessions_came_to(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    occurrence = occurrence_of(trigger)
    [session] = occurrence.sessions
    event_id = occurrence.event.id
    database.write_now(lambda tx: events.accept(tx, [occurrence]))
    assert status_of(database, event_id) == "received"

    def end(tx: Connection, session_id: str, status: str) -> None:
        session_claims.claim(tx, "runner", 10, 60.0)
        session_claims.acquire(tx, session_id, "runner", 1, token_hash="x" * 64, lease=60.0)
        assert session_rows.end(tx, session_id, status, owner="runner", attempt=1)  # type: ignore[arg-type]

    database.write_now(lambda tx: end(tx, session.id, "timeout"))
    assert status_of(database, event_id) == "failed"
    again = occurrence_of(trigger)
    again = replace(again, event=replace(again.event, source="replay", replay_of=event_id))
    database.write_now(lambda tx: events.accept(tx, [again]))
    assert status_of(database, event_id) == "failed"
    database.write_now(lambda tx: end(tx, again.sessions[0].id, "completed"))
    assert status_of(database, event_id) == "processed"
    database.write_now(lambda tx: inbox.change(tx, event_id, inbox_status="failed"))
    assert status_of(database, event_id) == "failed", "what somebody says counts"
    assert status_of(database, again.event.id) is None, "a replay is no delivery"


def test_deliveries_are_found_by_source_status_and_bookmark(database: Database) -> None:
    one, two, three = delivery(), delivery("stripe", inbox_status="failed"), delivery()
    keep(database, one, two, three)
    database.write_now(lambda tx: inbox.change(tx, three.id, bookmarked_at=5.0))

    def ids(**wanted: object) -> list[str]:
        found, _ = database.read_now(lambda tx: inbox.listed(tx, limit=10, cursor=None, **wanted))  # type: ignore[arg-type]
        return [each.event.id for each in found]

    assert ids() == [three.id, two.id, one.id]
    assert ids(source="github") == [three.id, one.id]
    assert ids(status="failed") == [two.id]
    assert ids(status="received") == [three.id, one.id]
    assert ids(bookmarked=True) == [three.id]
    assert ids(bookmarked=False) == [two.id, one.id]
    assert ids(event_type="pull") == []
    assert database.read_now(inbox.counts) == {"github": 2, "stripe": 1}


def test_two_deliveries_of_the_same_are_both_kept(database: Database) -> None:
    keep(database, delivery(), delivery())
    assert database.read_now(inbox.counts) == {"github": 2}


@pytest.mark.parametrize("most", [0, 2])
def test_old_deliveries_and_those_beyond_a_number_go_but_not_bookmarked_ones(database: Database, most: int) -> None:
    now = time.time()
    old, marked, *new = [delivery(received_at=now - (100 if number < 2 else 0)) for number in range(5)]
    keep(database, old, marked, *new)
    database.write_now(lambda tx: inbox.change(tx, marked.id, bookmarked_at=now))
    found = database.read_now(lambda tx: inbox.too_many(tx, before=now - 50, most=most, limit=10))
    assert [one.id for one in found] == ([old.id] if most == 0 else [old.id, new[0].id])
    assert database.read_now(lambda tx: inbox.too_many(tx, before=None, most=0, limit=10)) == []
    database.write_now(lambda tx: [inbox.remove(tx, one) for one in found])
    assert status_of(database, old.id) is None
    assert status_of(database, marked.id) == "received"


def test_changes_of_a_delivery_are_announced(database: Database) -> None:
    one = delivery()
    keep(database, one)
    database.write_now(lambda tx: inbox.change(tx, one.id, inbox_status="processed"))
    database.write_now(lambda tx: inbox.remove(tx, one))
    assert database.write_now(lambda tx: inbox.change(tx, one.id, inbox_status="failed")) is None
    found = database.read_now(lambda tx: changes.after(tx, 0))
    assert [(each.channel, each.activity) for each in found] == [
        ("events", "created"), ("events", "updated"), ("events", "deleted"),
    ]  # fmt: skip
