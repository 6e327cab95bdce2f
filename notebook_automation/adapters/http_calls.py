"""A request to an HTTP API that a user gave: within a time and a size, never redirected, never to private networks."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from notebook_automation.domain.errors import AutomationError, Unavailable

from .outbound import connected, shown_problem

SETTING = "api_call_hosts"
_CHUNK = 64 * 1024
_Cut = Literal["late", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What is sent to ``url``, which is a whole one; ``body`` None: it has none."""

    url: str
    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back after ``seconds``; headers by their names in lower case.

    ``body`` is the beginning of a longer one where it is ``cut``.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    seconds: float


class AnswerMissing(AutomationError):
    """The request was sent, and no whole answer came: what it asks for may have been done."""

    code = "answer_missing"


class AnswerLate(AnswerMissing):
    """The answer was not there in time."""

    code = "answer_late"


class CallStopped(AutomationError):
    """It was stopped from outside."""

    code = "call_stopped"


class HttpCall:
    """One request, sent once. ``allowed`` are hosts that may be in a private network: see `outbound.connected`.

    All of it, from the look-up of the name to the last byte of the answer, may take ``seconds``, however slowly the
    other side speaks; of the answer ``at_most`` bytes are read.
    """

    def __init__(
        self, request: HttpRequest, *, seconds: float, at_most: int, allowed: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self._request = request
        self._seconds = seconds
        self._at_most = at_most
        self._allowed = allowed
        self._tls = tls
        self._socket: socket.socket | None = None
        self._cut: _Cut | None = None
        self._lock = threading.Lock()

    def send(self) -> HttpAnswer:
        """Send it and return the answer, whatever its status; a redirect is an answer. Blocks.

        Raises OutboundRefused, Unavailable (``api_unreachable``: it certainly did not arrive), AnswerLate,
        AnswerMissing, CallStopped.
        """
        begun = time.monotonic()
        clock = threading.Timer(self._seconds, self._end, ("late",))
        clock.daemon = True
        clock.start()
        try:
            return self._answered(begun)
        finally:
            clock.cancel()
            with self._lock:
                self._close_kept()

    def stop(self) -> None:
        """Break it off; may be called in any thread, also before it is sent."""
        self._end("stopped")

    def _end(self, why: _Cut) -> None:
        with self._lock:
            self._cut = self._cut or why
            if self._socket is not None:
                _shut(self._socket)

    def _reached(self, plain: socket.socket) -> None:
        # Of a socket with TLS it is the descriptor that stays the same.
        with self._lock:
            self._close_kept()
            self._socket = socket.socket(fileno=socket.dup(plain.fileno()))
            if self._cut is not None:
                _shut(self._socket)

    def _close_kept(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answered(self, begun: float) -> HttpAnswer:
        parts = urllib.parse.urlsplit(self._request.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            connection = connected(
                parts.scheme, host, port, seconds=self._seconds, setting=SETTING, allowed=self._allowed,
                tls=self._tls, reached=self._reached,
            )  # fmt: skip
        except (OSError, UnicodeError) as error:
            self._raise_if_cut(host, sent=False)
            raise Unavailable(f"{host} cannot be reached: {shown_problem(error)}", code="api_unreachable") from error
        try:
            self._raise_if_cut(host, sent=False)
            return self._exchanged(connection, parts, host, begun)
        finally:
            connection.close()

    def _exchanged(
        self, connection: http.client.HTTPConnection, parts: urllib.parse.SplitResult, host: str, begun: float
    ) -> HttpAnswer:
        request = self._request
        path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        usual = {"Accept": "*/*", "User-Agent": "notebook-automation"}
        given = {name.lower() for name in request.headers}
        headers = {name: value for name, value in usual.items() if name.lower() not in given}
        # What is read is bounded by its bytes: a small answer must not unpack into a large one.
        headers |= {**request.headers, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            connection.request(request.method, path, request.body, headers)
            answer = connection.getresponse()
            body, whole = self._read(answer)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self._raise_if_cut(host, sent=True)
            raise AnswerMissing(f"{host} did not answer as it should: {shown_problem(error)}{_MAY}") from error
        self._raise_if_cut(host, sent=True)
        if not whole:
            raise AnswerMissing(f"{host} closed the connection in the middle of its answer.{_MAY}")
        return HttpAnswer(
            status=answer.status,
            reason=answer.reason,
            headers=_headers(answer),
            body=body[: self._at_most],
            cut=len(body) > self._at_most,
            seconds=time.monotonic() - begun,
        )

    def _read(self, answer: http.client.HTTPResponse) -> tuple[bytes, bool]:
        """Return the body, one byte more than is wanted where it is longer, and whether it came whole so far."""
        body = bytearray()
        while len(body) <= self._at_most:
            chunk = answer.read(min(_CHUNK, self._at_most + 1 - len(body)))
            if not chunk:
                return bytes(body), not answer.length
            body += chunk
        return bytes(body), True

    def _raise_if_cut(self, host: str, *, sent: bool) -> None:
        may = _MAY if sent else ""
        if self._cut == "stopped":
            raise CallStopped(f"The call of {host} was broken off.{may}")
        if self._cut == "late" and not sent:
            raise Unavailable(f"{host} was not reached within {self._seconds:g} seconds.", code="api_unreachable")
        if self._cut == "late":
            raise AnswerLate(f"{host} did not answer within {self._seconds:g} seconds.{may}")


_MAY = " What was asked for may have been done."


def _headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in answer.getheaders():
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _shut(one: socket.socket) -> None:
    # The other side may have been faster.
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
