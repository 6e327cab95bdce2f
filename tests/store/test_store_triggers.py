"""Triggers and their rules, and what stays when one is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from samples import artifact_of, make_project, make_trigger, occurrence_of, rule_of, trigger_of
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain import schedules
from notebook_automation.domain.retries import RetryPolicy
from notebook_automation.store import artifacts, events, sessions, triggers
from notebook_automation.store.database import Database


def test_a_trigger_is_read_back_as_it_was_written(database: Database) -> None:
    schedule = schedules.parse(cron="0 6 * * MON-FRI", timezone="Europe/Berlin", jitter=5, catch_up="all", anchor=7.0)
    full = trigger_of(
        make_project(database), type="schedule", schedule=schedule, enabled=False, event_type="x", filter="data.n > 1",
        parameters={"a": [1, None, {"b": 2.5}]}, mapping={"c": "data.c"}, report="html", keep="5 versions",
        time_limit=12.5, slug=None, last_tick=1.5, next_fire=2.5, connection="chat", is_durable=True,
        retry=RetryPolicy(max_attempts=5, on=("timeout",)),
    )  # fmt: skip
    database.write_now(lambda tx: triggers.add(tx, full))
    for key in (full.id, full.ref):
        assert database.read_now(lambda tx, key=key: triggers.get(tx, key)) == full
    assert database.read_now(lambda tx: triggers.get(tx, "sales/none")) is None
    with pytest.raises(IntegrityError):
        database.write_now(lambda tx: triggers.add(tx, replace(full, id="trg_2")))


def test_changing_a_trigger_keeps_its_counters(database: Database) -> None:
    trigger = make_trigger(database, make_project(database), slug="s" * 26)
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=True))
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=False))
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=True))
    database.write_now(lambda tx: triggers.change(tx, replace(trigger, name="renamed", enabled=False)))
    found = database.read_now(lambda tx: triggers.by_slug(tx, "s" * 26))
    assert found == replace(trigger, name="renamed", enabled=False, success_count=2, failure_count=1)


def test_a_rule_of_the_same_ref_keeps_its_id(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    [old] = database.read_now(lambda tx: triggers.rules_of(tx, trigger.id))
    changed = replace(rule_of(trigger), conditions=("data.n > 1",), enabled=False)
    database.write_now(lambda tx: triggers.set_rules(tx, trigger.id, [changed]))
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == [replace(changed, id=old.id)]
    database.write_now(lambda tx: triggers.set_rules(tx, trigger.id, []))
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == []


def test_triggers_are_listed_by_project_type_switch_and_text(database: Database) -> None:
    sales, payroll = make_project(database), make_project(database, "payroll")
    made = [
        make_trigger(database, sales, "Nightly_report", type="schedule", schedule=schedules.parse(cron="0 6 * * *")),
        make_trigger(database, sales, "orders", enabled=False),
        make_trigger(database, payroll, "orders", call="night%.ipynb"),
        make_trigger(database, payroll, "paid", type="event", event_type="order_paid"),
    ]

    def named(**filters: object) -> list[str]:
        found, more = database.read_now(lambda tx: triggers.listed(tx, limit=10, cursor=None, **filters))
        assert more is None
        return [trigger.ref for trigger in found]

    assert len(named()) == 4
    assert named(project_id=sales.id) == sorted((one.ref for one in made[:2]), key=_id_of(made), reverse=True)
    assert named(type="schedule") == ["sales/Nightly_report"]
    assert named(enabled=False) == ["sales/orders"]
    assert named(text="NIGHT") == ["payroll/orders", "sales/Nightly_report"]
    assert named(text="t%.") == ["payroll/orders"]
    assert named(text="y_r") == ["sales/Nightly_report"]
    assert named(text="_") == ["sales/Nightly_report"]
    assert [one.ref for one in database.read_now(triggers.scheduled)] == ["sales/Nightly_report"]
    assert [one.ref for one in database.read_now(lambda tx: triggers.listening(tx, payroll.id, "order_paid"))] == [
        "payroll/paid"
    ]
    assert database.read_now(lambda tx: triggers.listening(tx, sales.id, "order_paid")) == []


def _id_of(made: list) -> Callable[[str], str]:  # type: ignore[type-arg]
    return lambda ref: next(one.id for one in made if one.ref == ref)


def test_history_stays_readable_when_its_trigger_is_deleted(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    [rule] = database.read_now(lambda tx: triggers.rules_of(tx, trigger.id))
    occurrence = occurrence_of(trigger, "id:1", config={"trigger": {"name": "orders"}})
    occurrence = replace(occurrence, enforcements=(replace(occurrence.enforcements[0], rule_id=rule.id),))
    artifact = artifact_of(project, trigger_id=trigger.id, trigger_ref=trigger.ref)
    database.write_now(lambda tx: events.accept(tx, [occurrence]))
    database.write_now(lambda tx: artifacts.add(tx, artifact))
    database.write_now(lambda tx: triggers.remove(tx, trigger.id))
    event = database.read_now(lambda tx: events.get(tx, occurrence.event.id))
    session = database.read_now(lambda tx: sessions.get(tx, occurrence.sessions[0].id))
    [enforcement] = database.read_now(lambda tx: events.enforcements_of(tx, occurrence.event.id))
    kept = database.read_now(lambda tx: artifacts.get(tx, artifact.id))
    assert event == replace(occurrence.event, trigger_id=None)
    assert session == replace(occurrence.sessions[0], trigger_id=None)
    assert enforcement == replace(occurrence.enforcements[0], rule_id=None)
    assert kept == replace(artifact, trigger_id=None)
    assert {event.trigger_ref, session.trigger_ref, enforcement.rule_ref, kept.trigger_ref} == {"sales/orders"}
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == []
