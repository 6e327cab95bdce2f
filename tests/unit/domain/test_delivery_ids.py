"""A delivery that comes again is known by the id that its sender gives it."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.delivery_ids import delivery_key


def key(headers: dict[str, str], json: Any = None, raw: str = "") -> str | None:
    return delivery_key({"headers": headers, "json": json, "body": {"bytes": raw}})


@pytest.mark.parametrize(
    ("headers", "json", "expected"),
    [
        ({"x-github-delivery": "72d3"}, None, "x-github-delivery:72d3"),
        ({"webhook-id": "msg_1"}, None, "webhook-id:msg_1"),
        ({"svix-id": "msg_1", "svix-timestamp": "1"}, None, "svix-id:msg_1"),
        ({"webhook-id": "msg_1", "idempotency-key": "k"}, None, "idempotency-key:k"),
        ({"x-shopify-webhook-id": "b1", "x-shopify-event-id": "e"}, None, "x-shopify-webhook-id:b1"),
        ({"i-twilio-idempotency-token": "t"}, None, "i-twilio-idempotency-token:t"),
        ({"x-request-uuid": "u", "x-hook-uuid": "h"}, None, "x-request-uuid:u"),
        ({"request-id": "r", "sentry-hook-resource": "issue"}, None, "request-id:r"),
        ({"ce-id": "1", "ce-source": "/orders"}, {"id": "other"}, "cloudevents:/orders 1"),
        ({"content-type": "application/cloudevents+json"}, {"id": "1", "source": "/orders"}, "cloudevents:/orders 1"),
        ({"stripe-signature": "t=1"}, {"object": "event", "id": "evt_1"}, "stripe:evt_1"),
        ({"x-slack-signature": "v0="}, {"event_id": "Ev1", "type": "event_callback"}, "slack:Ev1"),
        ({"x-pagerduty-signature": "v1="}, {"event": {"id": "E"}}, "pagerduty:E"),
        ({}, {"message": {"messageId": "7"}, "subscription": "projects/x"}, "pubsub:7"),
        ({"idempotency-key": ""}, None, None),
        ({"x-request-id": "1"}, None, None),
        ({"x-request-uuid": "1"}, None, None),
        ({"request-id": "1"}, None, None),
        ({"ce-id": "1"}, None, None),
        ({}, {"id": "evt_1", "object": "event"}, None),
        ({"x-pagerduty-signature": "v1="}, {"event": "x"}, None),
        ({"stripe-signature": "t=1"}, {"object": "event", "id": 7}, None),
        ({"stripe-signature": "t=1"}, {"object": "event"}, None),
        ({"x-slack-signature": "v0="}, [1], None),
        ({"content-type": "application/cloudevents+json"}, {"id": "1"}, None),
    ],
)
def test_the_senders_id_of_a_delivery_is_found_where_senders_put_it(
    headers: dict[str, str], json: Any, expected: str | None
) -> None:
    assert key(headers, json) == expected


def test_an_id_that_several_deliveries_share_counts_with_what_they_carry() -> None:
    headers = {"x-gitlab-event-uuid": "u", "x-gitlab-event": "Push Hook"}
    assert key(headers, raw="a") == key(headers, raw="a")
    assert len({key(headers, raw="a"), key(headers, raw="b"), key({**headers, "x-gitlab-event": "Note"}, raw="a")}) == 3


def test_long_ids_that_begin_alike_are_not_taken_for_each_other() -> None:
    one, other = (key({"idempotency-key": "k" * 300 + end}) for end in "ab")
    assert one != other
    assert len(one or "") < 300
