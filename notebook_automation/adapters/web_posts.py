"""A POST to an address that a user gave: never into this machine's own networks, whatever its name resolves to."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.parse
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from notebook_automation.domain.errors import AutomationError, Unavailable

SECONDS = 15.0
"""How long the other side may take, for each step."""
_ANSWER = 2000
"""Bytes of an answer that are read."""
_NAT64 = ip_network("64:ff9b::/96")


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

    The host is looked up once, and that address is connected to: a name that changes meanwhile leads nowhere. Only
    public addresses, by HTTPS; ``allowed`` are hosts (``host`` or ``host:port``) that may be in a private network, and
    may be reached in the clear. A redirect is not followed. No error names the path or query, which may be secret.
    Raises Unavailable (``message_delayed``: it certainly did not arrive, try again), PostRefused, PostUncertain, and
    what ``before`` raises.
    """
    parts = _parts(url)
    host, port = parts.hostname or "", _port(parts)
    is_allowed = host in allowed or f"{host}:{port}" in allowed
    if parts.scheme == "http" and not is_allowed:
        raise PostRefused("Its URL begins with http: messages go by https alone, except to notify_hosts.")
    try:
        connection = _connected(host, port, parts.scheme, tls, seconds, private=is_allowed)
    except (OSError, UnicodeError) as error:
        if isinstance(error, ssl.SSLCertVerificationError):
            raise PostRefused(f"The certificate of {host} is not good: {error.verify_message}.") from error
        raise Unavailable(f"{host} cannot be reached: {_shown(error)}", code="message_delayed") from error
    try:
        before()
        status, reason = _answer(connection, parts, body, content_type)
    except (http.client.HTTPException, OSError) as error:
        raise PostUncertain(f"{host} did not say whether it has the message: {_shown(error)}") from error
    finally:
        connection.close()
    _check(host, status, reason)


def public_addresses(host: str, port: int, *, private: bool = False) -> list[tuple[Any, ...]]:
    """Return the socket addresses of ``host``, as getaddrinfo gives them; blocks.

    Raises PostRefused where one of them is not public, unless ``private`` ones are fine, and OSError.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if not private and not is_public(str(address[0])):
            raise PostRefused(
                f"{host} is in a private network: messages do not go there. Whoever runs the server can allow it by "
                "the setting notify_hosts."
            )
    return found


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the public internet, also where it wraps another."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return address.is_global and not address.is_multicast


class _Connection(http.client.HTTPConnection):
    """A connection to an address that has been looked at already."""

    def __init__(self, host: str, port: int, reached: socket.socket, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.sock = reached


def _connected(
    host: str, port: int, scheme: str, tls: ssl.SSLContext | None, seconds: float, *, private: bool
) -> _Connection:
    problem: OSError | None = None
    for family, kind, protocol, _, address in public_addresses(host, port, private=private):
        reached = socket.socket(family, kind, protocol)
        try:
            reached.settimeout(seconds)
            reached.connect(address)
            if scheme == "https":
                reached = (tls or ssl.create_default_context()).wrap_socket(reached, server_hostname=host)
        except OSError as error:
            reached.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                raise
            problem = error
            continue
        return _Connection(host, port, reached, seconds)
    raise problem or OSError("it has no address")


def _answer(
    connection: _Connection, parts: urllib.parse.SplitResult, body: bytes, content_type: str
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


def _shown(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200].rstrip(".") + "."
