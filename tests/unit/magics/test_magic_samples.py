"""A sample may say as little as people write: the rest of an event is filled in."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.magics.samples import event_of

SAMPLE = {"action": "opened", "pull_request": {"number": 7}}


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (SAMPLE, "webhook", ("post", SAMPLE)),
        ({"method": "put", "json": [1]}, "webhook", ("put", [1])),
        ({"method": "POST", "body": {"json": {"a": 1}}}, "webhook", ("post", {"a": 1})),
        ({"type": "post", "data": {"method": "POST", "json": 1}}, "webhook", ("post", 1)),
        ({"type": "post", "data": {"json": {"n": 4}}}, "webhook", ("post", {"n": 4})),
        ({"type": "post", "data": {"n": 4}}, "webhook", ("post", {"n": 4})),
        ({"json": {"n": 4}}, "webhook", ("post", {"json": {"n": 4}})),
        ({"data": {"id": 1}}, "webhook", ("post", {"data": {"id": 1}})),
    ],
)
def test_a_webhooks_sample_may_say_as_little_as_its_body(content: Any, kind: str, expected: Any) -> None:
    event = event_of(content, kind, "orders")
    assert (event.type, event.data.json) == expected
    assert event.data.body.json == event.data.json
    assert set(event.data) >= {"method", "headers", "url", "path", "query", "body", "json"}


def test_other_samples_are_an_event_or_its_data() -> None:
    assert event_of({"type": "order", "data": {"id": 1}}, "event", "x").to_dict() == {
        "source": "manual",
        "trigger": "x",
        "id": "test",
        "type": "order",
        "data": {"id": 1},
    }
    assert event_of({"id": 1}, "event", "x").data == {"id": 1}
