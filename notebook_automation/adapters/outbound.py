"""Connections to hosts that a user gave: to public addresses alone, each looked up once and then connected to."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from notebook_automation.domain.errors import AutomationError

_SHORTEST = 0.1
"""Seconds that each address is tried for."""
_NAT64 = ip_network("64:ff9b::/96")


class OutboundRefused(AutomationError):
    """Nothing goes to this host, now or later."""

    code = "host_refused"


def connected(
    scheme: str, host: str, port: int, *, seconds: float, setting: str, allowed: Collection[str] = (),
    tls: ssl.SSLContext | None = None, reached: Callable[[socket.socket], None] = lambda one: None,
) -> http.client.HTTPConnection:  # fmt: skip
    """Return a connection to ``host``, made within about ``seconds``; each later step may take as long. Blocks.

    The host is looked up once, and that address is connected to: a name that changes meanwhile leads nowhere. Only
    public addresses, by HTTPS; ``allowed`` are the hosts (``host`` or ``host:port``) of the setting of that name, which
    may be in a private network, and may be reached in the clear. ``reached`` is given each socket, before TLS.
    Raises OutboundRefused, and OSError where nobody is reached.
    """
    is_allowed = host in allowed or f"{host}:{port}" in allowed
    if scheme == "http" and not is_allowed:
        raise OutboundRefused(
            f"The URL begins with http: only https is used, except to hosts of the setting {setting}."
        )
    problem: OSError | None = None
    until = time.monotonic() + seconds
    for family, kind, protocol, _, address in _looked_up(host, port, is_allowed, setting):
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(max(_SHORTEST, until - time.monotonic()))
            plain.connect(address)
            reached(plain)
            plain.settimeout(seconds)
            used = plain
            if scheme == "https":
                used = (tls or ssl.create_default_context()).wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise OutboundRefused(f"The certificate of {host} is not good: {error.verify_message}.") from error
        except OSError as error:
            plain.close()
            problem = error
            continue
        return _Connection(host, port, used, seconds)
    raise problem or OSError("it has no address")


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


def shown_problem(error: BaseException) -> str:
    """Return what an error of the network says, as the end of a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200].rstrip(".") + "."


class _Connection(http.client.HTTPConnection):
    """A connection to an address that has been looked at already."""

    def __init__(self, host: str, port: int, reached: socket.socket, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.sock = reached


def _looked_up(host: str, port: int, is_allowed: bool, setting: str) -> list[tuple[Any, ...]]:
    """Return the socket addresses of ``host``, as getaddrinfo gives them; blocks."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if not is_allowed and not is_public(str(address[0])):
            raise OutboundRefused(
                f"{host} is in a private network: nothing is sent there. Whoever runs the server can allow it by the "
                f"setting {setting}."
            )
    return found
