"""Calls of HTTP APIs: what a trigger sends to a URL instead of running a notebook."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from .credentials import SECRET_HEADERS
from .errors import Invalid
from .parameters import check_json

ApiMethod = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ApiCallKind = Literal["api_call", "webhook"]
"""``webhook`` tells a URL that something happened: a POST, which has a usual body."""
PlaceholderKind = Literal["secret", "var", "param"]

LONGEST_TIMEOUT = 300.0
"""Seconds."""
LARGEST_REQUEST = 1024 * 1024
"""Bytes of a body that is sent."""
_LARGEST_DEFINITION = 256 * 1024
_MOST_HEADERS = 50
_LONGEST_TEXT = 8000
PLACEHOLDER = re.compile(r"\{\{\s*(secret|var|param):([A-Za-z0-9_][A-Za-z0-9._-]{0,99})\s*\}\}")
_TEXT = re.compile(rf"(?:{'|'.join(get_args(ApiMethod))}) (?:https?://|\{{\{{)")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "te", "trailer", "upgrade",
        "accept-encoding", "proxy-connection",
    }
)  # fmt: skip
"""Headers that belong to the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """What is sent: ``timeout`` is seconds (None: as set), ``body`` a JSON value, or a text that is sent as it is.

    URL, header values and texts of the body may have placeholders: ``{{secret:NAME}}`` and ``{{var:NAME}}`` are
    variables of the project, ``{{param:NAME}}`` is a parameter of the session.
    """

    url: str
    kind: ApiCallKind = "api_call"
    method: ApiMethod = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    timeout: float | None = None

    @property
    def call(self) -> str:
        """The call of its sessions: ``GET https://api.example.com/report``, without a query, which may be long."""
        return f"{self.method} {self.url.partition('?')[0].partition('#')[0][:300]}"

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_api_call` reads them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def changed_fields(self) -> dict[str, Any]:
        """Return what `parse_api_call` would not take by itself."""
        usual = parse_api_call({"url": self.url, "kind": self.kind}).to_dict()
        given = self.to_dict()
        return {name: value for name, value in given.items() if name == "url" or value != usual[name]}

    def names(self, kind: PlaceholderKind) -> list[str]:
        """Return which secrets, variables or parameters it needs, each once."""
        texts = [self.url, *self.headers.values(), *_texts_of(self.body)]
        found = (one for text in texts for one in PLACEHOLDER.finditer(text))
        return list(dict.fromkeys(one[2] for one in found if one[1] == kind))


def is_api_call(call: str) -> bool:
    """Return whether what a session calls is an API, and no file."""
    return _TEXT.match(call) is not None


def api_call_of(call: str, config: Mapping[str, Any]) -> ApiCall | None:
    """Return what a session sends whose ``call`` and snapshot of definitions these are; None where it runs a file."""
    definition = config.get("trigger")
    given = definition.get("api_call") if isinstance(definition, Mapping) else None
    return parse_api_call(given) if is_api_call(call) and isinstance(given, Mapping) else None


def idempotency_key(session_id: str, event_id: str | None, call: ApiCall) -> str:
    """Return by what the other side may know that a request was made before: the same for all tries of one event.

    A call that was changed meanwhile is another request.
    """
    definition = json.dumps(call.to_dict(), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{event_id or session_id}\n{definition}".encode()).hexdigest()[:32]


def parse_api_call(given: Mapping[str, Any]) -> ApiCall:
    """Return the call that ``given`` describes by the fields of ApiCall.

    Raises Invalid (``api_call_invalid``; ``secret_in_clear`` for a credential that is written out) with the field
    ``api_call.<name>``.
    """
    known = [one.name for one in fields(ApiCall)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise _wrong(f"A call of an API has no {', '.join(unknown)}: it has {', '.join(known)}.", "")
    values = {name: value for name, value in given.items() if value is not None}
    kind = values.get("kind", "api_call")
    if kind not in get_args(ApiCallKind):
        raise _wrong(f"kind is {' or '.join(get_args(ApiCallKind))}, not {kind!r:.60}.", "kind")
    method = values.get("method", "POST" if kind == "webhook" else "GET")
    if not isinstance(method, str) or method.upper() not in get_args(ApiMethod):
        raise _wrong(f"method is one of {', '.join(get_args(ApiMethod))}, not {method!r:.60}.", "method")
    values["method"] = method.upper()
    _check_url(values.get("url"))
    values["headers"] = _headers(values.get("headers", {}))
    _check_body(values.get("body"), values["method"])
    if "timeout" in values:
        values["timeout"] = _timeout(values["timeout"])
    return ApiCall(**values)


def split_url(text: str) -> SplitResult:
    """Return the parts of a whole URL. Raises Invalid (``api_call_invalid``), which does not name its path."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not text.isascii() or any(one <= " " or one in '\x7f\\"<>' for one in text):
        raise _wrong("url is a whole address, such as https://api.example.com/report, without blanks.", "url")
    if "@" in parts.netloc:
        raise _wrong("The URL has a user or password in front of its host: send a header Authorization instead.", "url")
    return parts


def _check_url(url: Any) -> None:
    if not isinstance(url, str) or not url:
        raise _wrong("A call of an API needs a url, such as https://api.example.com/report.", "url")
    if len(url) > _LONGEST_TEXT:
        raise _wrong(f"The URL has more than {_LONGEST_TEXT} characters.", "url")
    _check_placeholders(url, "url")
    if (whole := PLACEHOLDER.match(url)) and whole[1] != "param":
        # What the variable holds is looked at when it is called.
        split_url(PLACEHOLDER.sub("x", f"https://x/{url[whole.end() :]}"))
        return
    host = re.match(r"https?://([^/?#]*)", url)
    if host is not None and any(one[1] == "param" for one in PLACEHOLDER.finditer(host[1])):
        raise _wrong(
            "The host cannot come from a parameter: whoever sends an event would say where the secrets go. Write the "
            "host out, or take a variable of the project: {{var:NAME}}.",
            "url",
        )
    split_url(PLACEHOLDER.sub("x", url))


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > _MOST_HEADERS:
        raise _wrong(f"headers is a mapping of at most {_MOST_HEADERS} names to texts.", "headers")
    for name, value in given.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise _wrong(f"{name!r:.60} cannot be the name of a header.", "headers")
        if name.lower() in _OURS:
            raise _wrong(f"The header {name} belongs to the connection and cannot be set: leave it out.", "headers")
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not is_header_value(value):
            raise _wrong(f"The header {name} has to be a text in one line, of Latin letters.", "headers")
        _check_placeholders(value, "headers")
        if name.lower() in SECRET_HEADERS and not any(one[1] == "secret" for one in PLACEHOLDER.finditer(value)):
            raise Invalid(
                f"The header {name} is a credential, and definitions are shown: set a secret of the project, and write "
                "{{secret:NAME}} in its place.",
                code="secret_in_clear", field="api_call.headers",
            )  # fmt: skip
    if len({name.lower() for name in given}) < len(given):
        raise _wrong("A header is given twice: its name means the same in large and small letters.", "headers")
    return dict(given)


def is_header_value(text: str) -> bool:
    """Return whether a header can have this value."""
    return all(one == "\t" or (one.isprintable() and ord(one) < 256) for one in text)


def _check_placeholders(text: str, name: str) -> None:
    if "{{" in PLACEHOLDER.sub("", text):
        raise _wrong(
            f"{name} has {{{{ without a known name behind it: write {{{{secret:NAME}}}}, {{{{var:NAME}}}} or "
            "{{param:NAME}}.",
            name,
        )


def _check_body(body: Any, method: str) -> None:
    if body is None:
        return
    if method in ("GET", "HEAD"):
        raise _wrong(f"A {method} has no body: leave it out, or choose another method.", "body")
    check_json("body", body)
    if len(json.dumps(body)) > _LARGEST_DEFINITION:
        raise _wrong(f"The body has more than {_LARGEST_DEFINITION // 1024} KiB.", "body")


def _timeout(value: Any) -> float:
    # Written so that NaN is refused, too.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST_TIMEOUT:
        raise _wrong(f"timeout is more than 0 and at most {LONGEST_TIMEOUT:g} seconds.", "timeout")
    return float(value)


def _texts_of(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, Mapping):
        for value in body.values():
            yield from _texts_of(value)
    elif isinstance(body, (list, tuple)):
        for value in body:
            yield from _texts_of(value)


def _wrong(message: str, name: str) -> Invalid:
    return Invalid(message, code="api_call_invalid", field=f"api_call.{name}" if name else "api_call")
