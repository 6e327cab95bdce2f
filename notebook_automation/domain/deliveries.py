"""A webhook delivery as it came in, read into the `data` that filters and handlers see."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .errors import Invalid, TooLarge, UnsupportedMediaType

DELIVERY_ID_HEADERS = ("idempotency-key", "x-github-delivery", "webhook-id")
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Never stored: they are credentials of the sender, not part of the message."""

MAX_HEADERS = 100
MAX_JSON_DEPTH = 32
MAX_FORM_FIELDS = 1000
_MAX_INTEGER_DIGITS = 400
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request as the HTTP layer got it; header names in any case, repeated ones joined by a comma."""

    method: str
    url: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes


def read_delivery(delivery: Delivery) -> dict[str, Any]:
    """Return the event's ``data``: method, headers (lower-case names), url, path, query, body, json.

    ``body`` has ``text``, ``json``, ``form`` and ``bytes`` (base64 text where the body is no UTF-8; None otherwise);
    ``json`` is a short name of ``body.json``. One parser per declared content type. Raises Invalid
    (``body_invalid``, ``headers_invalid``), UnsupportedMediaType, TooLarge.
    """
    headers = _headers(delivery.headers)
    _check_text(delivery.method, delivery.url, delivery.path, delivery.query, *headers, *headers.values())
    body = _body(headers.get("content-type", ""), delivery.body)
    return {
        "method": delivery.method,
        "headers": headers,
        "url": delivery.url,
        "path": delivery.path,
        "query": _fields(delivery.query, "query", errors="replace"),
        "body": body,
        "json": body["json"],
    }


def delivery_key(headers: Mapping[str, str]) -> str | None:
    """Return the sender's id of a delivery, by which a repeated one is known; None if it gave none."""
    for name in DELIVERY_ID_HEADERS:
        value = headers.get(name)
        if value:
            # A long id is kept by its hash: cut off, two different ones could be taken for the same.
            return f"{name}:{value if len(value) <= 255 else hashlib.sha256(value.encode()).hexdigest()}"
    return None


def _headers(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    if len(pairs) > MAX_HEADERS:
        raise TooLarge(f"A delivery may have {MAX_HEADERS} headers, this one has {len(pairs)}.", code="headers_invalid")
    headers: dict[str, str] = {}
    for name, value in pairs:
        lower = name.lower()
        if lower not in SECRET_HEADERS:
            headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    return headers


def _body(content_type: str, raw: bytes) -> dict[str, Any]:
    body: dict[str, Any] = {"text": None, "json": None, "form": None, "bytes": None}
    if not raw:
        return body
    essence, _, options = content_type.partition(";")
    essence = essence.strip().lower()
    is_json = essence in ("application/json", "text/json") or essence.endswith("+json")
    is_form = essence == "application/x-www-form-urlencoded"
    is_text = essence.startswith("text/") or essence in ("application/xml", "application/yaml") or essence == ""
    is_binary = essence in ("application/octet-stream",) or essence.startswith(("image/", "audio/", "video/"))
    if not (is_json or is_form or is_text or is_binary or essence.endswith("+xml")):
        raise UnsupportedMediaType(
            f"A webhook does not read {essence!r}: send application/json, application/x-www-form-urlencoded, text/* "
            "or application/octet-stream."
        )
    text = _text(raw, options, required=is_json or is_form)
    if text is None:
        body["bytes"] = base64.b64encode(raw).decode("ascii")
        return body
    body["text"] = text
    if is_json:
        body["json"] = parse_json(text)
    elif is_form:
        body["form"] = _fields(text, "form", errors="strict")
    return body


def _text(raw: bytes, options: str, *, required: bool) -> str | None:
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"
    if charset not in ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"):
        raise UnsupportedMediaType(f"A webhook does not read the charset {charset!r}: send UTF-8.")
    try:
        text = raw.decode(charset)
    except UnicodeDecodeError:
        if required:
            raise Invalid(f"The body is not valid {charset}.", code="body_invalid") from None
        return None
    return None if "\0" in text and not required else text


def _fields(text: str, what: str, *, errors: str) -> dict[str, Any]:
    if text.count("&") >= MAX_FORM_FIELDS:
        raise TooLarge(f"A {what} may have {MAX_FORM_FIELDS} fields.", code="body_invalid")
    try:
        return _flat(parse_qsl(text, keep_blank_values=True, errors=errors))
    except ValueError as error:
        raise Invalid(f"The {what} could not be read: {error}.", code="body_invalid") from None


def _check_text(*texts: str) -> None:
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("The request's address or headers are not valid text.", code="headers_invalid") from None


def _flat(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return fields by name; one that came several times has the list of its values."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields


def parse_json(text: str) -> Any:
    """Return the JSON value of ``text``, read strictly: no duplicate keys, NaN, lone surrogates or NUL, bounded depth.

    What two parsers may read differently is refused, so that a filter and a handler always see the same. Raises
    Invalid (``body_invalid``).
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"The body is not JSON: {error}.", code="body_invalid") from None
    _check_depth(text, value)
    # \u0000 and \ud800 are legal escapes that neither PostgreSQL nor UTF-8 can hold.
    if "\\u" in text:
        _check_escapes(json.dumps(value, ensure_ascii=False))
    return value


def _check_depth(text: str, value: Any) -> None:
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            item
            for container in level
            if isinstance(container, (dict, list))
            for item in (container.values() if isinstance(container, dict) else container)
        ]
    if any(isinstance(item, (dict, list)) for item in level):
        raise _too_deep()


def _too_deep() -> Invalid:
    return Invalid(f"The JSON is nested more than {MAX_JSON_DEPTH} deep.", code="body_invalid")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Invalid("The JSON has a key twice in one object: say which counts.", code="body_invalid")
    return value


def _no_constant(name: str) -> Any:
    raise Invalid(f"{name} is not JSON.", code="body_invalid")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise Invalid("The JSON holds a number that is too long.", code="body_invalid")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Invalid("The JSON holds a number that is too large.", code="body_invalid")
    return number


def _check_escapes(text: str) -> None:
    if _NUL.search(text):
        raise Invalid("The JSON holds a NUL character.", code="body_invalid")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("The JSON holds half of a surrogate pair.", code="body_invalid") from None
