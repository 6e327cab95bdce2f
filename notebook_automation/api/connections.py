"""Connections to the server: how long one may say nothing, and how much before its request is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebook_automation.domain.errors import AutomationError

if TYPE_CHECKING:
    from tornado.httpserver import HTTPServer
    from tornado.httputil import HTTPServerRequest

HEADERS_READ = 128 * 1024
"""Bytes of headers that are read: more than are taken, so that their sender gets an answer."""
HEADERS_TAKEN = 64 * 1024
"""Bytes of headers of a request that is taken."""


class HeadersTooLarge(AutomationError):
    """The headers of a request are larger than anything that is taken."""

    code = "headers_too_large"
    status = 431
    exit_code = 2


def bound_connections(server: HTTPServer, idle: float) -> None:
    """Let ``server`` end connections that send no whole request head within ``idle`` seconds (0: as Jupyter has it).

    Jupyter has no setting for either, and waits for an hour.
    """
    parameters = server.conn_params
    parameters.max_header_size = max(parameters.max_header_size, HEADERS_READ)
    if idle > 0:
        parameters.header_timeout = idle


def check_headers(request: HTTPServerRequest) -> None:
    """Raise HeadersTooLarge unless the headers of ``request`` are of a size that is taken."""
    size = sum(len(name) + len(value) + 4 for name, value in request.headers.get_all())
    if size > HEADERS_TAKEN:
        raise HeadersTooLarge(f"The headers are larger than {HEADERS_TAKEN // 1024} KiB: send less with the request.")
