"""What a trigger may say, and what changing its fields does."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from notebook_automation.domain import schedules
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.trigger_definitions import with_fields
from notebook_automation.domain.triggers import Trigger

NOW = 1_795_000_000.0
BLANK = Trigger(
    id="trg_1", project_id="prj_1", project="sales", name="x", type="manual", created_at=NOW - 100, updated_at=NOW - 100
)
WEBHOOK = {"name": "orders", "type": "webhook", "call": "report.ipynb"}


def test_the_named_fields_change_and_the_others_stay() -> None:
    trigger = with_fields(BLANK, {**WEBHOOK, "parameters": {"a": [1]}, "keep": "5 versions"}, NOW)
    assert (trigger.ref, trigger.updated_at, trigger.created_at) == ("sales/orders", NOW, NOW - 100)
    changed = with_fields(trigger, {"report": "html"}, NOW + 1)
    assert changed == replace(trigger, report="html", updated_at=NOW + 1)


def test_a_schedule_begins_now_and_again_when_it_changes_or_is_enabled() -> None:
    fields = {"name": "nightly", "type": "schedule", "schedule": "@every 1h", "call": "report.ipynb"}
    trigger = with_fields(BLANK, fields, NOW)
    assert trigger.last_tick == NOW
    assert trigger.next_fire == BLANK.created_at + 3600  # the grid is that of the trigger's creation
    later = with_fields(trigger, {"report": "html"}, NOW + 50)
    assert (later.last_tick, later.next_fire) == (trigger.last_tick, trigger.next_fire)
    same = with_fields(trigger, {"schedule": "@every 1h"}, NOW + 50)
    assert (same.last_tick, same.next_fire) == (trigger.last_tick, trigger.next_fire)
    other = with_fields(trigger, {"schedule": {"cron": "0 6 * * *", "timezone": "Europe/Berlin"}}, NOW + 50)
    assert other.last_tick == NOW + 50
    off = with_fields(trigger, {"enabled": False}, NOW + 50)
    assert (off.last_tick, off.next_fire) == (None, None)
    on = with_fields(off, {"enabled": True}, NOW + 9000)
    assert on.last_tick == NOW + 9000
    assert on.next_fire is not None
    assert on.next_fire > NOW + 9000


def test_a_schedule_of_any_shape_keeps_the_grid_of_the_trigger() -> None:
    shapes: list[Any] = ["@every 90s", {"every": "90s"}, schedules.parse(every="90s"), {"every": "90s", "cron": None}]
    fields = {"name": "often", "type": "schedule", "call": "report.ipynb"}
    made = [with_fields(BLANK, {**fields, "schedule": shape}, NOW) for shape in shapes]
    assert {trigger.schedule for trigger in made} == {made[0].schedule}
    assert {trigger.next_fire for trigger in made} == {BLANK.created_at + 180}


def test_a_schedule_whose_time_has_passed_never_fires() -> None:
    fields = {"name": "once", "type": "schedule", "schedule": "2020-01-01T00:00:00Z", "call": "report.ipynb"}
    assert with_fields(BLANK, fields, NOW).next_fire is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"colour": "red"}, "trigger_invalid"),
        ({"slug": "chosen"}, "trigger_invalid"),
        ({"id": "trg_2"}, "trigger_invalid"),
        ({"success_count": 3}, "trigger_invalid"),
        ({"name": "../etc"}, "name_invalid"),
        ({"name": ""}, "name_invalid"),
        ({"name": "a" * 101}, "name_invalid"),
        ({"name": "a\n"}, "name_invalid"),
        ({"name": 7}, "trigger_invalid"),
        ({"type": "telepathy"}, "trigger_invalid"),
        ({"type": "entity"}, "trigger_invalid"),
        ({"type": "schedule"}, "trigger_invalid"),
        ({"schedule": "0 6 * * *"}, "trigger_invalid"),
        ({"schedule": "0 6 * *", "type": "schedule"}, "schedule_invalid"),
        ({"schedule": {"colour": 1}, "type": "schedule"}, "schedule_invalid"),
        ({"schedule": 5, "type": "schedule"}, "schedule_invalid"),
        ({"schedule": [1], "type": "schedule"}, "schedule_invalid"),
        ({"type": "event"}, "trigger_invalid"),
        ({"type": "event", "event_type": ""}, "trigger_invalid"),
        ({"event_type": "a\0b"}, "trigger_invalid"),
        ({"event_type": "x" * 201}, "trigger_invalid"),
        ({"type": "manual", "is_sync": True}, "trigger_invalid"),
        ({"report": "docx"}, "run_invalid"),
        ({"keep": "a while"}, "retention_invalid"),
        ({"keep": 5}, "trigger_invalid"),
        ({"time_limit": 0}, "run_invalid"),
        ({"time_limit": -1}, "run_invalid"),
        ({"time_limit": float("nan")}, "run_invalid"),
        ({"time_limit": float("inf")}, "run_invalid"),
        ({"time_limit": "60"}, "trigger_invalid"),
        ({"time_limit": True}, "trigger_invalid"),
        ({"call": "../other/report.ipynb"}, "call_invalid"),
        ({"call": 5}, "trigger_invalid"),
        ({"filter": 5}, "trigger_invalid"),
        ({"enabled": "no"}, "trigger_invalid"),
        ({"is_sync": "yes"}, "trigger_invalid"),
        ({"parameters": None}, "trigger_invalid"),
        ({"parameters": ["a"]}, "trigger_invalid"),
        ({"parameters": {1: 2}}, "trigger_invalid"),
        ({"parameters": {"a b": 1}}, "parameter_name_invalid"),
        ({"parameters": {"import": 1}}, "parameter_name_invalid"),
        ({"parameters": {"x=1;import os;y": 1}}, "parameter_name_invalid"),
        ({"parameters": {"day": date(2026, 11, 21)}}, "parameter_type"),
        ({"parameters": {"x": float("nan")}}, "parameter_type"),
        ({"parameters": {"x": {"y": {1: 2}}}}, "parameter_type"),
        ({"parameters": {"x": [{"y": {3}}]}}, "parameter_type"),
        ({"mapping": {"x": 5}}, "trigger_invalid"),
        ({"mapping": {"a-b": "data.x"}}, "parameter_name_invalid"),
    ],
    ids=repr,
)
def test_what_cannot_be_done_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        with_fields(BLANK, {**WEBHOOK, **fields}, NOW)
    assert refused.value.code == code
    assert refused.value.message


@pytest.mark.parametrize(
    ("given", "size"), [(1, 1), ("25MB", 25_000_000), ("25 MiB", 25 * 2**20), ("1.5k", 1500), ("100 mib", 100 * 2**20)]
)
def test_the_largest_body_of_a_webhook_is_a_size_as_people_write_it(given: Any, size: int) -> None:
    fields = {**WEBHOOK, "max_body": given}
    assert with_fields(BLANK, fields, NOW).max_body == size


@pytest.mark.parametrize(
    "fields", [{"max_body": given} for given in (0, -1, True, "much", "1 TB", "101 MiB", 2**63)]
    + [{"max_body": 10, "type": "manual"}],
)  # fmt: skip
def test_a_largest_body_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        with_fields(BLANK, {**WEBHOOK, **fields}, NOW)
    assert refused.value.status == 400


@pytest.mark.parametrize("given", [0.5, 30, 3600])
def test_a_webhook_may_let_its_caller_wait_for_up_to_an_hour(given: float) -> None:
    assert with_fields(BLANK, {**WEBHOOK, "is_sync": True, "sync_time": given}, NOW).sync_time == given


@pytest.mark.parametrize(
    "fields",
    [*({"sync_time": given} for given in (0, -1, True, "30s", 3601, math.inf, math.nan)),
     {"sync_time": 30, "type": "manual"}],
)  # fmt: skip
def test_a_wait_for_an_answer_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        with_fields(BLANK, {**WEBHOOK, **fields}, NOW)
    assert (refused.value.code, refused.value.details["field"]) == ("trigger_invalid", "sync_time")
