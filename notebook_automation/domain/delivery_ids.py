"""Senders' own ids of deliveries, by which one that comes again is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

HEADERS = (
    "idempotency-key",
    "x-github-delivery",
    "x-gitea-delivery",
    "x-forgejo-delivery",
    "x-gogs-delivery",
    # Standard Webhooks, and Svix before it: Clerk, Resend, OpenAI, Supabase and many more.
    "webhook-id",
    "svix-id",
    # Not X-Shopify-Event-Id, which deliveries on several topics share.
    "x-shopify-webhook-id",
    "shopify-webhook-id",
    "i-twilio-idempotency-token",
    "x-atlassian-webhook-identifier",
    "linear-delivery",
    "x-wc-webhook-delivery-id",
    "x-contentful-idempotency-key",
    "x-cio-delivery-id",
    "x-pandadoc-webhook-event-id",
    "x-gr4vy-webhook-id",
    "x-amz-sns-message-id",
)
"""Headers that are the same whenever a delivery is tried again, and in no other."""

_PAIRED = (
    # (the id, a header that shows whose it is): the name of the id alone is used by others for other things.
    ("x-request-uuid", "x-hook-uuid"),  # Bitbucket
    ("request-id", "sentry-hook-resource"),
)
_IN_BODY: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    # (the name, a header of the sender, where in its JSON the id is)
    (
        "stripe",
        "stripe-signature",
        lambda json: json["id"] if json.get("object") in ("event", "v2.core.event") else None,
    ),
    ("slack", "x-slack-signature", lambda json: json.get("event_id")),
    ("paddle", "paddle-signature", lambda json: json.get("event_id")),
    ("square", "x-square-hmacsha256-signature", lambda json: json.get("event_id")),
    ("typeform", "typeform-signature", lambda json: json.get("event_id")),
    ("paypal", "paypal-transmission-id", lambda json: json.get("id")),
    ("pagerduty", "x-pagerduty-signature", lambda json: json["event"]["id"]),
    ("vercel", "x-vercel-signature", lambda json: json.get("id")),
    ("circleci", "circleci-event-type", lambda json: json.get("id")),
    ("notion", "x-notion-signature", lambda json: json.get("id")),
    ("telegram", "x-telegram-bot-api-secret-token", lambda json: str(json["update_id"])),
)
_EVENT_GRID = "aeg-event-type"


_TOLD = frozenset({*HEADERS, *(whose for _, whose in _PAIRED), *(header for _, header, _ in _IN_BODY)}) | {
    "x-gitlab-event-uuid", "ce-id", _EVENT_GRID,
}  # fmt: skip
"""Headers without which only the body may have an id."""


def delivery_key(data: Mapping[str, Any]) -> str | None:
    """Return the sender's id of the delivery that is ``data``; None if it gave none."""
    headers = data["headers"]
    read_headers = not _TOLD.isdisjoint(headers)
    found = _id_in_headers(headers, data) if read_headers else _id_in_body(headers, data["json"])
    if found is None:
        return None
    name, value = found
    # A long id is kept by its hash: cut off, two different ones could be taken for the same.
    return f"{name}:{value if len(value) <= 255 else hashlib.sha256(value.encode()).hexdigest()}"


def _id_in_headers(headers: Mapping[str, str], data: Mapping[str, Any]) -> tuple[str, str] | None:
    for name in HEADERS:
        if headers.get(name):
            return name, headers[name]
    for name, whose in _PAIRED:
        if headers.get(name) and whose in headers:
            return name, headers[name]
    if "x-gitlab-event-uuid" in headers:
        # What a hook sets off by calling GitLab carries the same id with another body.
        digest = hashlib.sha256((data["body"]["bytes"] or "").encode()).hexdigest()
        return "x-gitlab-event-uuid", f"{headers['x-gitlab-event-uuid']} {headers.get('x-gitlab-event', '')} {digest}"
    if headers.get("ce-id") and headers.get("ce-source"):
        return "cloudevents", f"{headers['ce-source']} {headers['ce-id']}"
    return _id_in_body(headers, data["json"])


def _id_in_body(headers: Mapping[str, str], json: Any) -> tuple[str, str] | None:
    if isinstance(json, list):
        return _ids_in_batch(headers, json)
    if not isinstance(json, Mapping):
        return None
    if headers.get("content-type", "").lower().startswith("application/cloudevents+json"):
        source, number = json.get("source"), json.get("id")
        return ("cloudevents", f"{source} {number}") if isinstance(source, str) and isinstance(number, str) else None
    for name, header, read in _IN_BODY:
        if header in headers:
            try:
                value = read(json)
            except (KeyError, TypeError):
                continue
            if isinstance(value, str) and value:
                return name, value
    return _id_in_body_alone(json)


def _id_in_body_alone(json: Mapping[str, Any]) -> tuple[str, str] | None:
    """The id of those who say who they are in the body alone."""
    message, event = json.get("message"), json.get("event-data")
    if isinstance(json.get("subscription"), str) and isinstance(message, Mapping):
        name, value = "pubsub", message.get("messageId")
    elif isinstance(json.get("signature"), Mapping) and isinstance(event, Mapping):
        name, value = "mailgun", event.get("id")
    else:
        return None
    return (name, value) if isinstance(value, str) and value else None


def _ids_in_batch(headers: Mapping[str, str], batch: list[Any]) -> tuple[str, str] | None:
    """The ids of all events in a batch, which is tried again as a whole."""
    if headers.get("content-type", "").lower().startswith("application/cloudevents-batch+json"):
        name, source = "cloudevents", "source"
    elif _EVENT_GRID in headers:
        name, source = "eventgrid", "topic"
    else:
        return None
    ids = [
        part for one in batch for part in ((one.get(source), one.get("id")) if isinstance(one, Mapping) else (None,))
    ]
    if not ids or not all(isinstance(part, str) and part for part in ids):
        return None
    return name, "\n".join(map(str, ids))
