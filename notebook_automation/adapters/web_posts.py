"""A POST to an address that a user gave: never into this machine's own networks, whatever its name resolves to."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse
from collections.abc import Callable, Collection

from notebook_automation.domain.errors import AutomationError, Unavailable

from .outbound import OutboundRefused, connected, shown_problem

SECONDS = 15.0
"""How long the other side may take, for each step."""
_ANSWER = 2000
"""Bytes of an answer that are read."""


class PostRefused(AutomationError):
    """The message was not taken, and would not be taken later."""

    code = "message_refused"


class PostUncertain(AutomationError):
    """The message was handed over, and no answer came: it may have arrived."""

    code = "message_uncertain"


def post(
    url: str, body: bytes, content_type: str, *, allowed: Collection[str] = (),
    before: Callable[[], None] = lambda: None, tls: ssl.SSLContext | None = None, seconds: float = SECONDS,
) -> None:  # fmt: skip
    """Send ``body`` to ``url``; blocks. ``before`` is called when the other side has been reached.

    Only to public addresses, and by HTTPS, except to ``allowed`` hosts (see `outbound.connected`). A redirect is not
    followed. No error names the path or query, which may be secret.
    Raises Unavailable (``message_delayed``: it certainly did not arrive, try again), PostRefused, PostUncertain, and
    what ``before`` raises.
    """
    parts = _parts(url)
    host, port = parts.hostname or "", _port(parts)
    try:
        connection = connected(
            parts.scheme, host, port, seconds=seconds, setting="notify_hosts", allowed=allowed, tls=tls
        )
    except OutboundRefused as error:
        raise PostRefused(error.message) from error
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{host} cannot be reached: {shown_problem(error)}", code="message_delayed") from error
    try:
        before()
        status, reason = _answer(connection, parts, body, content_type)
    except (http.client.HTTPException, OSError) as error:
        raise PostUncertain(f"{host} did not say whether it has the message: {shown_problem(error)}") from error
    finally:
        connection.close()
    _check(host, status, reason)


def _answer(
    connection: http.client.HTTPConnection, parts: urllib.parse.SplitResult, body: bytes, content_type: str
) -> tuple[int, str]:
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    headers = {"Content-Type": content_type, "User-Agent": "notebook-automation", "Connection": "close"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    text = answer.read(_ANSWER).decode("utf-8", "replace")
    return answer.status, " ".join("".join(one if one.isprintable() else " " for one in text).split())[:200]


def _check(host: str, status: int, said: str) -> None:
    if 200 <= status < 300:
        return
    answered = f"{host} answered {status}" + (f": {said}" if said else ".")
    if status in (408, 425, 429) or status >= 500:
        raise Unavailable(answered, code="message_delayed")
    if 300 <= status < 400:
        raise PostRefused(f"{host} answered {status}: it sends elsewhere, and that is not followed. Use the new URL.")
    raise PostRefused(answered)


def _parts(url: str) -> urllib.parse.SplitResult:
    text = url.strip()
    try:
        parts = urllib.parse.urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and _port(parts) > 0
    except ValueError:
        usable = False
    if not usable or not text.isascii() or any(one <= " " or one == "\x7f" for one in text):
        raise PostRefused("The secret holds no URL: set it to the https://… address that the other side gives.")
    if parts.username or parts.password:
        raise PostRefused("The URL has a user or password in front of its host: leave that out.")
    return parts


def _port(parts: urllib.parse.SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
