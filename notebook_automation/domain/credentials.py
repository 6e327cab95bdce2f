"""A sender's credentials in the headers of a delivery: seen by filters and handlers, masked wherever they are shown."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Any

from .masking import MASK, SHORTEST, SHORTEST_LINE

SECRET_HEADERS = frozenset(
    {
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token", "x-access-token",
        "x-gitlab-token", "x-telegram-bot-api-secret-token", "x-goog-channel-token",
    }
)  # fmt: skip
_NAMED = re.compile(rf"""headers\s*(?:\.\s*\??\s*|\[\s*\??\s*["'])({"|".join(SECRET_HEADERS)})\b(?!-)""", re.IGNORECASE)


def credentials_of(data: Any) -> dict[str, str]:
    """Return the headers of a delivery that are credentials, by name; none for other data."""
    headers = data.get("headers") if isinstance(data, Mapping) else None
    if not isinstance(headers, Mapping) or SECRET_HEADERS.isdisjoint(headers):
        return {}
    return {name: headers[name] for name in SECRET_HEADERS & headers.keys()}


def may_read(fields: Collection[str]) -> bool:
    """Return whether an expression that reads these dotted paths of an event may read credentials of its sender."""
    whole = ("data", "data.headers")
    return any(path in whole or path.removeprefix("data.headers.") in SECRET_HEADERS for path in fields)


def named_in(expression: str) -> list[str]:
    """Return the credentials that an expression names as headers."""
    return sorted({found[1].lower() for found in _NAMED.finditer(expression)})


def with_headers(data: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``data`` of a delivery with ``headers`` in place of those of the same names."""
    return {**data, "headers": {**data["headers"], **headers}}


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what is shown of credentials."""
    return dict.fromkeys(headers, MASK)


def secret_texts(headers: Mapping[str, str]) -> list[str]:
    """Return what is to be hidden where it appears in a text: whole values, tokens, passwords, values of cookies."""
    texts: list[str] = []
    for name, value in headers.items():
        texts.append(value)
        if name == "cookie":
            cookies = (part.partition("=")[2].strip() for part in value.split(";"))
            # Short ones are settings, such as "true", and words of any text.
            texts += [cookie for cookie in cookies if len(cookie) >= SHORTEST_LINE]
        else:
            scheme, _, token = value.partition(" ")
            texts += [token.strip()] if token.strip() else []
            texts += _password(token) if scheme.lower() == "basic" else []
    return [text for text in texts if len(text) >= SHORTEST]


def _password(token: str) -> list[str]:
    try:
        text = base64.b64decode(token, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return []
    return [text, text.partition(":")[2]]
