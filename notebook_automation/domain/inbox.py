"""The inbox: every delivery is looked through here, also those that no trigger waited for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from .deliveries import Delivery
from .errors import AutomationError, Invalid
from .events import Event
from .masking import MASK

TOKEN_HEADER = "X-Inbox-Token"
_TOKEN_FIELD = "token"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BEARER = re.compile(r"(?:bearer|token)\s+(\S+)", re.IGNORECASE)
_TYPE_HEADERS = (
    "x-github-event", "x-gitlab-event", "x-event-key", "x-shopify-topic", "linear-event", "x-gitea-event", "ce-type",
)  # fmt: skip
_TYPE_FIELDS = ("event_type", "type", "event", "eventType")
_LONGEST_TYPE = 200


class InboxClosed(AutomationError, PermissionError):
    """A delivery came without the token of its source."""

    code = "inbox_token_wrong"
    status = 401
    exit_code = 5

    def __init__(self) -> None:
        super().__init__(
            f"The delivery was not accepted: send it with the token of this source, as {TOKEN_HEADER}, as "
            "Authorization: Bearer …, or as ?token=… in the address that the page Inbox shows."
        )

    # PermissionError is an OSError, whose __str__ would format errno arguments.
    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSource:
    """One who sends to the inbox, by the ``name`` in the address; ``token`` is what it has to bring unless it is open.

    ``count`` deliveries of it are kept.
    """

    name: str
    token: str
    is_open: bool = False
    count: int = 0

    def __repr__(self) -> str:
        return f"InboxSource({self.name!r})"


def source_name(text: str) -> str:
    """Return ``text`` if a source may be called so. Raises Invalid (``inbox_source_invalid``)."""
    if _NAME.fullmatch(text) is None:
        raise Invalid(
            "A source of the inbox has a name of up to 64 letters, digits, dots, dashes and underscores, such as "
            "…/webhooks/inbox/github.",
            code="inbox_source_invalid",
            field="source",
        )
    return text


def admitted(delivery: Delivery, source: InboxSource) -> Delivery:
    """Return ``delivery`` without the token that it brought, which is never kept. Raises InboxClosed."""
    brought = any(_is_same(text, source.token) for text in _tokens(delivery))
    if not brought and not source.is_open:
        raise InboxClosed
    return _without(delivery, source.token) if brought else delivery


def type_of(data: Mapping[str, Any]) -> str:
    """Return what a delivery says that it is: ``event_type`` in its address, its sender's header, its JSON, its method.

    Unlike at a trigger, whose events are called after their method: a source sends many kinds to one address.
    """
    json = data.get("json")
    told = [data["query"].get("event_type")]
    told += [data["headers"].get(name) for name in _TYPE_HEADERS]
    told += [json.get(name) for name in _TYPE_FIELDS] if isinstance(json, Mapping) else []
    fitting = (one for one in told if isinstance(one, str) and _is_type(one))
    return next(fitting, str(data["method"]).lower())


def type_at_trigger(event: Event) -> str:
    """Return the type under which a trigger gets ``event``: that which it has when it is sent there."""
    if event.inbox_source is None or not isinstance(event.data, Mapping):
        return event.type
    return str(event.data.get("method") or event.type).lower()


def _tokens(delivery: Delivery) -> list[str]:
    """Return what may be the token: of the headers, and of the query."""
    headers = delivery.headers_by_name
    bearer = _BEARER.fullmatch(headers.get("authorization", ""))
    fields = parse_qsl(delivery.query, keep_blank_values=True, max_num_fields=None) if delivery.query else []
    told = [value for name, value in fields if name == _TOKEN_FIELD]
    return [headers.get(TOKEN_HEADER.lower(), ""), bearer[1] if bearer else "", *told]


def _without(delivery: Delivery, token: str) -> Delivery:
    """Return ``delivery`` without ``token``, also where a proxy repeats the address in a header."""
    parts = delivery.query.split("&") if delivery.query else []
    query = "&".join(part for part in parts if not _is_same(unquote_plus(part.partition("=")[2]), token))
    address = delivery.url.partition("?")[0]
    headers = [(name, value.replace(token, MASK)) for name, value in delivery.headers]
    return replace(
        delivery, query=query, url=f"{address}?{query}" if query else address, headers=headers, public_url=None
    )


def _is_same(text: str, token: str) -> bool:
    return hmac.compare_digest(text.encode("utf-8", "surrogatepass"), token.encode("utf-8"))


def _is_type(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST_TYPE and text.isprintable()
