"""A webhook delivery as it came in, read into the `data` that filters and handlers see, and kept without repetition."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from .delivery_bodies import fields_of, read_body
from .errors import AutomationError, Invalid, TooLarge
from .masking import MASK

MAX_HEADERS = 100
_KEPT = "delivery"
_BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request as the HTTP layer got it; header names in any case, repeated ones joined by a comma.

    ``url`` is the whole address, ``path`` what the sender appended to that of the webhook (decoded), ``query`` as it
    was sent. ``body`` is without the encoding that it was sent in. ``public_url`` is the address as others know it.
    """

    method: str
    url: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    public_url: str | None = None

    def without(self, header: str) -> Delivery:
        """Return it with the value of ``header`` hidden: a credential that has done its work."""
        name = header.lower()
        return replace(self, headers=[(one, MASK if one.lower() == name else value) for one, value in self.headers])

    @property
    def headers_by_name(self) -> dict[str, str]:
        """The headers by their names in lower case, repeated ones joined by a comma."""
        joined: dict[str, str] = {}
        for name, value in self.headers:
            lower = name.lower()
            joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
        return joined


def read_delivery(delivery: Delivery, *, as_bytes: bool = False) -> dict[str, Any]:
    """Return the event's ``data``; ``as_bytes`` for a body that is not what it says that it is.

    It has ``method``, ``headers`` (lower-case names), ``raw_url`` (the address as it was called), ``url`` (scheme,
    host, path, path_suffix, query by name, raw_query), ``trailers`` and ``body`` (see `read_body`); ``path``,
    ``query`` and ``json`` are short names of ``url.path_suffix``, ``url.query`` and ``body.json``. Raises Invalid
    (``body_invalid``, ``headers_invalid``), TooLarge.
    """
    headers = _headers(delivery)
    _check_text(delivery.method, delivery.url, delivery.path, delivery.query, *headers, *headers.values())
    body = read_body(_BYTES if as_bytes else headers.get("content-type", ""), delivery.body)
    query = fields_of(delivery.query, "query", errors="replace") if delivery.query else {}
    return {
        "method": delivery.method,
        "headers": headers,
        "raw_url": delivery.url,
        "url": _url(delivery, query),
        "path": delivery.path,
        "query": query,
        "trailers": {},
        "body": body,
        "json": body["json"],
    }


def kept_form(data: Any) -> Any:
    """Return the ``data`` of a delivery as it is stored: its body once, of which all else is read again."""
    body = data.get("body") if isinstance(data, Mapping) else None
    if not isinstance(body, Mapping) or "size" not in body:
        return data
    kept = {key: data[key] for key in ("method", "headers", "raw_url", "url", "path", "trailers")}
    text = body["text"]
    # Most are: then nothing is decoded again. A byte order mark makes a difference.
    if text is None or body["charset"] != "utf-8" or len(text.encode()) != body["size"]:
        try:
            text = base64.b64decode(body["bytes"] or "").decode("utf-8")
        except UnicodeDecodeError:
            return {_KEPT: {**kept, "bytes": body["bytes"]}}
    return {_KEPT: {**kept, "text": text}}


def whole_form(kept: Any) -> Any:
    """Return what ``kept_form`` was given; what was stored in another form stays as it is."""
    if not isinstance(kept, dict) or kept.keys() != {_KEPT}:
        return kept
    content: dict[str, Any] = dict(kept[_KEPT])
    raw = base64.b64decode(content.pop("bytes")) if "bytes" in content else content.pop("text").encode("utf-8")
    try:
        body = read_body(content["headers"].get("content-type", ""), raw)
    except AutomationError:
        # Taken by a version that read it in another way: what it was stays to be seen.
        body = read_body(_BYTES, raw)
    return {**content, "query": content["url"]["query"], "body": body, "json": body["json"]}


def _url(delivery: Delivery, query: Mapping[str, Any]) -> dict[str, Any]:
    try:
        address = urlsplit(delivery.url)
        scheme, host, path = address.scheme, address.netloc, unquote(address.path)
    except ValueError:
        scheme = host = path = ""
    return {
        "scheme": scheme,
        "host": host,
        "path": path,
        "path_suffix": delivery.path,
        "query": query,
        "raw_query": delivery.query,
    }


def _headers(delivery: Delivery) -> dict[str, str]:
    count = len(delivery.headers)
    if count > MAX_HEADERS:
        raise TooLarge(
            f"A delivery may have {MAX_HEADERS} headers, this one has {count}: send fewer.", code="headers_invalid"
        )
    return delivery.headers_by_name


def _check_text(*texts: str) -> None:
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid(
            "The request's address or headers are not valid text: send them in UTF-8.", code="headers_invalid"
        ) from None
