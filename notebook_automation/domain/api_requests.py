"""The request that a call of an API becomes for one session: placeholders are filled in; what is shown of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .api_calls import LARGEST_REQUEST, PLACEHOLDER, ApiCall, PlaceholderKind, is_header_value, split_url
from .errors import Invalid

KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlaceholderValues:
    """What placeholders stand for, by name; ``usual_body`` is what a webhook sends that has no body of its own."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    usual_body: Any = None

    def of(self, kind: PlaceholderKind, name: str) -> Any:
        """Return a value. Raises Invalid (``api_call_value_missing``)."""
        if kind == "param":
            if name in self.parameters:
                return self.parameters[name]
            raise _missing(f"The session has no parameter {name!r}: give it a value, or a mapping that makes one.")
        known, others = (self.secrets, self.variables) if kind == "secret" else (self.variables, self.secrets)
        if name in known:
            return known[name]
        if name in others:
            right = "var" if kind == "secret" else "secret"
            is_one = "no secret" if kind == "secret" else "a secret"
            raise _missing(f"The variable {name!r} is {is_one}: write {{{{{right}:{name}}}}}, or set it anew.")
        raise _missing(
            f"The project has no {'secret' if kind == 'secret' else 'variable'} {name!r}: set it under Variables, or "
            f"by jupyter automation {'secret' if kind == 'secret' else 'variable'} set {name}."
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ApiRequest:
    """What is sent: it holds secrets. ``shown`` is the same for people, with the secrets' names in their places."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes | None
    shown: Mapping[str, Any]


def filled(call: ApiCall, values: PlaceholderValues, key: str) -> ApiRequest:
    """Return the request of ``call``; it names ``key``, by which the other side may know it again.

    What a placeholder stands for is never looked at for others: an event cannot ask for a secret. Raises Invalid
    (``api_call_value_missing``, ``api_call_invalid``).
    """
    url, shown_url = _both(call.url, values, _in_url)
    parts = split_url(url)
    if any(part in (".", "..") for part in parts.path.split("/")) and not _has_dots(call.url):
        raise _invalid("A value that is put into the path of the URL is . or .., which leads to another one.")
    headers, shown_headers = {}, {}
    for name, text in call.headers.items():
        headers[name], shown_headers[name] = _both(text, values, _as_text)
        if not is_header_value(headers[name]):
            raise _invalid(f"The header {name} would have more than one line, or letters that no header can have.")
    body = values.usual_body if call.body is None and call.kind == "webhook" else call.body
    content, media_type = _content(_filled_value(body, values, with_secrets=True))
    given = {name.lower() for name in headers}
    ours = {KEY_HEADER: key} | ({"Content-Type": media_type} if content is not None else {})
    ours = {name: value for name, value in ours.items() if name.lower() not in given}
    shown = {
        "url": shown_url, "method": call.method, "headers": {**shown_headers, **ours},
        "body": _filled_value(body, values, with_secrets=False),
    }  # fmt: skip
    return ApiRequest(url=url, method=call.method, headers={**headers, **ours}, body=content, shown=shown)


def _both(text: str, values: PlaceholderValues, written: Callable[[str, Any], str]) -> tuple[str, str]:
    """Return ``text`` filled in, and with the names of secrets."""
    return _put(text, values, written, with_secrets=True), _put(text, values, written, with_secrets=False)


def _put(text: str, values: PlaceholderValues, written: Callable[[str, Any], str], *, with_secrets: bool) -> str:
    def one(found: re.Match[str]) -> str:
        kind: PlaceholderKind = found[1]  # type: ignore[assignment]
        value = values.of(kind, found[2])
        return found[0] if kind == "secret" and not with_secrets else written(kind, value)

    return PLACEHOLDER.sub(one, text)


def _filled_value(value: Any, values: PlaceholderValues, *, with_secrets: bool) -> Any:
    if isinstance(value, str):
        whole = PLACEHOLDER.fullmatch(value)
        if whole is not None and whole[1] == "param":
            # The value itself, not its text: a number stays one.
            return values.of("param", whole[2])
        return _put(value, values, _as_text, with_secrets=with_secrets)
    if isinstance(value, Mapping):
        return {name: _filled_value(one, values, with_secrets=with_secrets) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled_value(one, values, with_secrets=with_secrets) for one in value]
    return value


def _as_text(kind: str, value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_url(kind: str, value: Any) -> str:
    # A variable may be a whole address, or several parts of a path; what comes from elsewhere is one part.
    return quote(_as_text(kind, value), safe="") if kind == "param" else _as_text(kind, value).strip()


def _has_dots(url: str) -> bool:
    return any(part in (".", "..") for part in url.partition("?")[0].split("/"))


def _content(body: Any) -> tuple[bytes | None, str]:
    if body is None:
        return None, ""
    if isinstance(body, str):
        content, media_type = body.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    else:
        content, media_type = json.dumps(body, ensure_ascii=True).encode(), "application/json"
    if len(content) > LARGEST_REQUEST:
        raise _invalid(f"The body that would be sent has more than {LARGEST_REQUEST // 1024} KiB.")
    return content, media_type


def _missing(message: str) -> Invalid:
    return Invalid(message, code="api_call_value_missing")


def _invalid(message: str) -> Invalid:
    return Invalid(message, code="api_call_invalid")
