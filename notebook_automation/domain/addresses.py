"""The address under which others reach a server that stands behind a proxy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
_PAIR = re.compile(
    r"""\s*(?P<name>[\w!#$%&'*+.^`|~-]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s",;]*))\s*(?P<end>[;,]|$)"""
)
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_USUAL_PORTS = {"http": "80", "https": "443"}


def forwarded_address(headers: Mapping[str, str], base_url: str) -> str | None:
    """Return the address that a request was sent to, by what the proxy says that passed it on, with a slash at its end.

    The standard's header (`Forwarded`, RFC 7239) goes before those that proxies have had for longer (`X-Forwarded-…`).
    ``headers`` find a name in any case. None where no proxy says anything, or nothing that is an address. The path is
    ``base_url``: Jupyter itself works behind no proxy that changes it.
    """
    standard = _first_hop(str(headers.get("Forwarded") or ""))
    told = standard.get("proto") or _first(headers, "X-Forwarded-Proto") or _first(headers, "X-Scheme")
    host = standard.get("host") or _first(headers, "X-Forwarded-Host")
    if not told and not host:
        return None
    scheme = _SCHEMES.get(told.lower() or "http")
    host = host or _first(headers, "Host")
    if scheme is None or not _HOST.fullmatch(host):
        return None
    port = _first(headers, "X-Forwarded-Port")
    if port.isdecimal() and port != _USUAL_PORTS[scheme] and not re.search(r":\d+$", host):
        host = f"{host}:{port}"
    return f"{scheme}://{host}{base_url}"


def displayed_address(url: str, base_url: str) -> str:
    """Return Jupyter's ``custom_display_url`` as the address of the server itself: without query and page.

    One that names a host alone stands for the whole server there.
    """
    parts = urlsplit(url)
    path = re.sub(r"/(?:lab|tree)/?$", "/", parts.path)
    path = base_url if path in ("", "/") else path
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}/"


def with_and_without_port(url: str) -> list[str]:
    """Return ``url`` and how else it is written: with the usual port of its scheme, and without any port."""
    parts = urlsplit(url)
    try:
        port, host = parts.port, parts.netloc
    except ValueError:
        return [url]
    usual = _USUAL_PORTS.get(parts.scheme)
    bare = host.removesuffix(f":{port}") if port is not None else host
    forms = [url, parts._replace(netloc=bare).geturl()]
    return forms if usual is None else [*forms, parts._replace(netloc=f"{bare}:{usual}").geturl()]


def _first(headers: Mapping[str, str], name: str) -> str:
    # Each proxy adds to the end: the first is what the caller's own proxy said.
    return str(headers.get(name) or "").split(",")[0].strip()


def _first_hop(forwarded: str) -> dict[str, str]:
    """Return what the caller's own proxy said in a `Forwarded` header: its names in lower case, with their values.

    As far as it can be read (RFC 7239, section 4).
    """
    told: dict[str, str] = {}
    at = 0
    while pair := _PAIR.match(forwarded, at):
        quoted = pair["quoted"]
        told[pair["name"].lower()] = pair["token"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if pair["end"] != ";":
            break
        at = pair.end()
    return told
