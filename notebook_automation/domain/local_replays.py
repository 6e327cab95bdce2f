"""An event is sent to a program on this machine: to which addresses it may go, and what of it is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .credentials import SECRET_HEADERS
from .errors import AutomationError, Invalid
from .events import Event

LOCALHOST = "localhost"
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_NOT_PASSED_ON = SECRET_HEADERS | {
    "host", "content-length", "transfer-encoding", "content-encoding", "accept-encoding", "connection", "keep-alive",
    "proxy-connection", "te", "trailer", "upgrade", "expect", "forwarded", "via", "x-inbox-token",
}  # fmt: skip
"""Of the connection on which it came, or what would let others act in its sender's name."""


class TargetUnreachable(AutomationError):
    """A program did not answer, or not in time: it may have got what was sent."""

    code = "target_unreachable"
    status = 502
    exit_code = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRequest:
    """What is sent to ``url``, an address that `local_url` has let through."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAnswer:
    """What came back after ``seconds``: ``text`` is its body, or the beginning of that where it is ``cut``."""

    status: int
    headers: Mapping[str, str]
    text: str
    cut: bool
    seconds: float


def local_url(text: str) -> str:
    """Return ``text`` without its fragment if it leads to this machine and nowhere else.

    A name is no proof: what ``example.org`` means is said by others, and may change between two looks. So only
    ``localhost`` and loopback addresses in digits are taken. Raises Invalid (``target_not_local``).
    """
    if len(text) > _LONGEST or any(char.isspace() or not char.isprintable() or char == "\\" for char in text):
        raise _not_local()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _not_local() from None
    if parts.scheme not in _PORTS or "@" in parts.netloc or port == 0 or not is_local(host):
        raise _not_local()
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))


def is_local(host: str) -> bool:
    """Return whether ``host`` is this machine, by its text alone."""
    if host.lower() == LOCALHOST:
        return True
    try:
        return "%" not in host and ip_address(host).is_loopback
    except ValueError:
        return False


def request_of(event: Event, url: str) -> LocalRequest:
    """Return what sends ``event`` to ``url``: a delivery as it came without credentials, another event's data as JSON.

    Raises Invalid (``target_not_local``).
    """
    target = local_url(url)
    data: Mapping[str, Any] = event.data if isinstance(event.data, Mapping) else {}
    if not isinstance(data.get("body"), Mapping) or "method" not in data:
        content = json.dumps(event.data, ensure_ascii=False).encode()
        return LocalRequest(url=target, method="POST", headers={"Content-Type": "application/json"}, body=content)
    headers = {
        name: value
        for name, value in data["headers"].items()
        if name not in _NOT_PASSED_ON and not name.startswith(("x-forwarded-", "proxy-", "sec-")) and _fits(value)
    }
    body = base64.b64decode(data["body"].get("bytes") or "")
    return LocalRequest(url=target, method=str(data["method"]), headers=headers, body=body)


def _fits(value: str) -> bool:
    return value.isprintable() and all(ord(char) < 256 for char in value)


def _not_local() -> Invalid:
    return Invalid(
        "An event is sent to this machine alone: give an address such as http://localhost:8000/hook, or one with "
        "127.0.0.1 or [::1]. For others, make a trigger whose notebook sends it on.",
        code="target_not_local",
        field="url",
    )
