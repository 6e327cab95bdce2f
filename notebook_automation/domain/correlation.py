"""Which request something comes from: its correlation id and its place in a trace, for as long as it is served.

They are kept beside the call, as the log of many web servers does: a request passes through every layer, and only the
first and the last of them need to know it.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass

from .ids import IdPrefix

CORRELATION_ID = IdPrefix("req")
"""Of requests whose sender names none: they sort by time, so that an index of them grows at its end."""
LONGEST = 128
"""Characters of a correlation id that is taken from outside."""

_SENT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:@=+/-]{{0,{LONGEST - 1}}}")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """``correlation_id`` is the request's name, ``traceparent`` what its spans hang on (W3C Trace Context)."""

    correlation_id: str | None = None
    traceparent: str | None = None


NO_REQUEST = RequestOrigin()
_served: ContextVar[RequestOrigin] = ContextVar("na_request", default=NO_REQUEST)


def serve(origin: RequestOrigin) -> None:
    """Say which request is served from now on, in this task and in what it awaits."""
    _served.set(origin)


def served() -> RequestOrigin:
    """Return the request that is served; `NO_REQUEST` where the engine acts by itself."""
    return _served.get()


def correlation_id_of(sent: str | None) -> str:
    """Return ``sent`` where it can be a correlation id: short, and of letters that are harmless everywhere.

    Else a new one: a request is not refused for what it is called.
    """
    return sent if sent is not None and _SENT.fullmatch(sent) else CORRELATION_ID.new()


def traceparent_of(sent: str | None) -> str | None:
    """Return ``sent`` where it is a ``traceparent`` of W3C Trace Context, as version 00 writes it; else None."""
    found = _TRACEPARENT.fullmatch(sent or "")
    if found is None:
        return None
    version, trace, span, flags = found.groups()
    if version == "ff" or set(trace) == {"0"} or set(span) == {"0"} or (version == "00" and len(sent or "") != 55):
        return None
    return f"00-{trace}-{span}-{flags}"
