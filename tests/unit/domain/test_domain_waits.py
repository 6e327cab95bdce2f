"""What answers a wait, when it is the same one again, and when it ends by itself."""

from __future__ import annotations

import math
from typing import Any

import pytest

from notebook_automation.domain.errors import Conflict, Invalid
from notebook_automation.domain.events import MISSED, Event, Refusal, Source
from notebook_automation.domain.waits import (
    Wait,
    WaitKind,
    asks_the_same,
    check_same,
    describe,
    keys_of,
    listened_as,
    may_be_listened_to,
    validate_signal_name,
    wake_time,
)


def wait_of(kind: WaitKind, **question: Any) -> Wait:
    return Wait(
        id="wai_1", session_id="ses_1", cell_index=0, piece=0, nth=0, kind=kind, question=question, created_at=0
    )


def event_of(type: str, source: Source, **fields: Any) -> Event:
    return Event(id="evt_1", type=type, source=source, project_id="prj_1", received_at=0, **fields)


@pytest.mark.parametrize(
    ("wait", "keys"),
    [
        (wait_of("sleep"), []),
        (wait_of("signal", name="a:b"), ["signal:a:b"]),
        (wait_of("event", name="paid"), ["event:prj_1:paid", "event:*"]),
        (wait_of("next_event", subscriptions=["sub_1", "sub_2"]), ["sub_1", "sub_2"]),
    ],
)
def test_a_signal_and_an_event_of_the_same_name_have_other_keys(wait: Wait, keys: list[str]) -> None:
    assert list(keys_of(wait, "prj_1")) == keys


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (wait_of("sleep", until=2.0), wait_of("sleep", until=1.0)),
        (wait_of("signal", name="a"), wait_of("signal", name="a")),
        (
            wait_of("next_event", subscriptions=["sub_1"], filter=None, of=["orders"]),
            wait_of("next_event", subscriptions=["sub_1"], filter=None, of=["renamed"]),
        ),
    ],
)
def test_the_same_question_is_the_same_whatever_its_time(now: Wait, before: Wait) -> None:
    assert asks_the_same(now, before)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (wait_of("signal", name="a"), wait_of("signal", name="b")),
        (wait_of("signal", name="a"), wait_of("event", name="a")),
        (wait_of("next_event", subscriptions=["sub_1"]), wait_of("next_event", subscriptions=["sub_2"])),
        (wait_of("sleep"), wait_of("send", to=None, name="a")),
    ],
)
def test_another_question_at_the_same_place_is_said(now: Wait, before: Wait) -> None:
    with pytest.raises(Conflict, match=r"na\.step") as caught:
        check_same(now, before)
    assert caught.value.code == "wait_mismatch"
    assert describe(before) in caught.value.message


def test_a_wait_ends_at_its_time_or_never() -> None:
    assert wake_time(100.0, None) is None
    assert wake_time(100.0, 5.0) == 105.0
    assert wake_time(100.0, 0.0) == 100.0
    assert wake_time(100.0, None, 40.0) == 40.0


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan, 1e12])
def test_a_length_that_nobody_can_wait_is_refused(seconds: float) -> None:
    with pytest.raises(Invalid, match="century"):
        wake_time(100.0, seconds)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_is_a_line(name: str) -> None:
    with pytest.raises(Invalid, match="signal needs a name"):
        validate_signal_name(name)


def test_only_events_of_a_name_are_listened_to_by_it() -> None:
    assert listened_as(event_of("paid", "emit")) == "paid"
    assert listened_as(event_of("paid", "replay", config={"trigger": {"type": "event"}})) == "paid"
    assert listened_as(event_of("post", "webhook", config={"trigger": {"type": "webhook"}})) is None


def test_what_was_refused_or_only_recorded_reaches_nobody() -> None:
    refusal = Refusal(status=413, code="too_large", message="too large", size=9)
    assert may_be_listened_to(event_of("post", "webhook"))
    assert not may_be_listened_to(event_of("post", "webhook", refusal=refusal))
    assert not may_be_listened_to(event_of(MISSED, "schedule"))
