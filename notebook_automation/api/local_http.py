"""HTTP requests to programs on this machine, and to nothing else: no names are looked up, no redirect is followed."""

from __future__ import annotations

import socket
import time
from typing import Any

from notebook_automation.domain.local_replays import LOCALHOST, LocalAnswer, LocalRequest, TargetUnreachable, is_local

SECONDS = 15.0
"""How long the whole may take."""
SHOWN = 64 * 1024
"""Bytes of an answer that are kept."""
_READ = 16 * 1024 * 1024


async def send_locally(request: LocalRequest, seconds: float = SECONDS) -> LocalAnswer:
    """Send ``request`` and return its answer. Raises TargetUnreachable."""
    # Not at the top: sessions and commands, which import this module too, would wait for it.
    from tornado.httpclient import HTTPError, HTTPRequest
    from tornado.netutil import Resolver
    from tornado.simple_httpclient import SimpleAsyncHTTPClient

    class LoopbackResolver(Resolver):
        """Knows this machine only, whatever the host file or a name server says."""

        def initialize(self) -> None:
            """There is nothing to set."""

        async def resolve(self, host: str, port: int, family: Any = socket.AF_UNSPEC) -> list[tuple[int, Any]]:
            if not is_local(host):
                raise OSError(f"{host} is not this machine")
            found = ["127.0.0.1", "::1"] if host.lower() == LOCALHOST else [host]
            return [(socket.AF_INET6 if ":" in one else socket.AF_INET, (one, port)) for one in found]

    kept = bytearray()
    size = 0

    def take(chunk: bytes) -> None:
        nonlocal size
        size += len(chunk)
        kept.extend(chunk[: max(0, SHOWN - len(kept))])

    client = SimpleAsyncHTTPClient(force_instance=True, resolver=LoopbackResolver(), max_body_size=_READ)
    begun = time.monotonic()
    try:
        answer = await client.fetch(
            HTTPRequest(
                request.url, method=request.method, headers=dict(request.headers), body=request.body or None,
                follow_redirects=False, connect_timeout=seconds, request_timeout=seconds, decompress_response=False,
                allow_nonstandard_methods=True, streaming_callback=take,
            ),
            raise_error=False,
        )  # fmt: skip
    except (OSError, ValueError, HTTPError) as error:
        raise _unreachable(request.url, error) from error
    finally:
        client.close()
    if answer.code == 599:
        raise _unreachable(request.url, answer.error)
    return LocalAnswer(
        status=answer.code,
        headers={name.lower(): value for name, value in answer.headers.get_all()},
        text=bytes(kept).decode("utf-8", "replace").replace("\0", "\ufffd"),
        cut=size > len(kept),
        seconds=time.monotonic() - begun,
    )


def _unreachable(url: str, error: object) -> TargetUnreachable:
    return TargetUnreachable(
        f"Nobody answered at {url} ({error}): is the program there, and does it listen on this port?"
    )
