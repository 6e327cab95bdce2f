"""HTTP connections: kept alive, direct to this machine, through the proxy of the environment to others."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import urllib.request
from urllib.parse import SplitResult, unquote, urlsplit

UNIX_SCHEME = "http+unix"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._seconds = timeout

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._seconds)
        try:
            self.sock.connect(self._path)
        except BaseException:
            self.sock.close()
            raise


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_connection(url: SplitResult, *, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    """Return a connection for ``url`` and what to write before each path (for a proxy: the scheme and host).

    ``timeout`` is seconds for connecting and for each read. Nothing is sent yet. ``http+unix://`` and the path of a
    socket, quoted, is a server on this machine that listens there.
    """
    if url.scheme == UNIX_SCHEME:
        return _UnixConnection(unquote(url.netloc), timeout), ""
    host = url.hostname or ""
    proxy = _proxy(url, host)
    if url.scheme == "https":
        context = _tls(host)
        if proxy is None:
            return http.client.HTTPSConnection(host, url.port, timeout=timeout, context=context), ""
        secure = http.client.HTTPSConnection(proxy.hostname or "", proxy.port or 3128, timeout=timeout, context=context)
        secure.set_tunnel(host, url.port or 443, headers=_proxy_headers(proxy))
        return secure, ""
    if proxy is None:
        return http.client.HTTPConnection(host, url.port, timeout=timeout), ""
    plain = http.client.HTTPConnection(proxy.hostname or "", proxy.port or 3128, timeout=timeout)
    return plain, f"http://{url.netloc}"


def _tls(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if is_loopback(host):
        # A Jupyter server on this machine has a self-signed certificate, and nothing leaves the machine.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _proxy(url: SplitResult, host: str) -> SplitResult | None:
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    address = urllib.request.getproxies().get(url.scheme)
    return urlsplit(address if "//" in address else f"http://{address}") if address else None


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    import base64

    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
