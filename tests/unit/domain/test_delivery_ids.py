"""A delivery that comes again is known by the id that its sender gives it."""

from __future__ import annotations

from typing import Any

from notebook_automation.domain.delivery_ids import delivery_key


def key(headers: dict[str, str], json: Any = None) -> str | None:
    return delivery_key({"headers": headers, "json": json})


def test_the_senders_id_of_a_delivery_is_found_by_the_headers_that_senders_use() -> None:
    assert key({"x-github-delivery": "72d3"}) == "x-github-delivery:72d3"
    assert key({"webhook-id": "msg_1"}) == "webhook-id:msg_1"
    assert key({"webhook-id": "msg_1", "idempotency-key": "k"}) == "idempotency-key:k"
    assert key({"idempotency-key": ""}) is None
    assert key({"x-request-id": "1"}) is None


def test_long_ids_that_begin_alike_are_not_taken_for_each_other() -> None:
    one, other = (key({"idempotency-key": "k" * 300 + end}) for end in "ab")
    assert one != other
    assert len(one or "") < 300
