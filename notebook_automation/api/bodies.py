"""Request bodies: read as they come, within a size and a time, never more in memory than was allowed."""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING

from tornado.web import RequestHandler

from notebook_automation.domain.errors import AutomationError, TooLarge, UnsupportedMediaType

from .problems import BodyTooSlow

DRAIN_SECONDS = 10.0
"""Time for a body that is dropped, in seconds."""
DRAIN = 16 * 1024 * 1024
"""A refused body up to this size (bytes) is read and dropped, so that its sender gets to see the answer."""

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


class BoundedBody(_Base):
    """For handlers with ``stream_request_body``: collects the body in ``body``, or in the file ``sink``.

    ``expect`` is called in ``prepare``; what is wrong with the body, or was with the request before it, is in
    ``refusal``, and the handler raises it once the body has come to its end.
    """

    refusal: AutomationError | None = None
    sink: IO[bytes] | None = None
    _limit = 0
    _limit_name = ""
    _received = 0
    _timer: asyncio.TimerHandle | None = None
    _chunks: list[bytes]

    @property
    def body(self) -> bytes:
        """The whole body, where there is no sink."""
        return b"".join(self._chunks)

    @property
    def received(self) -> int:
        """Bytes that have come."""
        return self._received

    def expect(self, *, limit: int, seconds: float | None, limit_name: str) -> None:
        """Take a body of up to ``limit`` bytes, whole within ``seconds`` (None: no bound)."""
        self._chunks = []
        self._limit, self._limit_name = limit, limit_name
        headers = self.request.headers
        if headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            self.refuse(UnsupportedMediaType("Send the body as it is, without a Content-Encoding."))
        if self._declared() > limit:
            self.refuse(self._too_large())
        if seconds is not None:
            self._start_timer(seconds)

    def refuse(self, error: AutomationError) -> None:
        """Answer with ``error`` once the body has been dropped; at once where that would take too long.

        Raises ``error`` in the second case.
        """
        self.refusal = self.refusal or error
        self._chunks = []
        self._start_timer(DRAIN_SECONDS)
        waits = self.request.headers.get("Expect", "").lower() == "100-continue"
        if waits or self._declared() > DRAIN:
            raise self.refusal

    def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self.refusal is None and self._received > self._limit:
            self.refusal = self._too_large()
            self._chunks = []
        if self.refusal is not None:
            if self._received > self._limit + DRAIN:
                self.answer_now(self.refusal)
        elif self.sink is not None:
            self.sink.write(chunk)
        else:
            self._chunks.append(chunk)

    def body_ended(self) -> None:
        """Say that the body is whole. Raises what it, or the request before it, was refused for."""
        if self._timer is not None:
            self._timer.cancel()
        if self.refusal is not None:
            raise self.refusal

    def answer_now(self, error: AutomationError) -> None:
        """Answer with ``error`` while the body is still coming; the connection is closed after it."""
        if not self._finished:
            self.set_header("Connection", "close")
            self.send_error(error.status, exc_info=(type(error), error, None))

    def on_finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def on_connection_close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().on_connection_close()

    def _start_timer(self, seconds: float) -> None:
        if self._timer is None and (self._declared() > 0 or "Transfer-Encoding" in self.request.headers):
            self._timer = asyncio.get_running_loop().call_later(seconds, self._too_slow, seconds)

    def _declared(self) -> int:
        text = self.request.headers.get("Content-Length", "0")
        return int(text) if text.isascii() and text.isdigit() else 0

    def _too_large(self) -> TooLarge:
        size = f"{self._limit / 2**20:g} MiB"
        return TooLarge(f"The body is larger than {size} ({self._limit_name}).", code="body_too_large")

    def _too_slow(self, seconds: float) -> None:
        self.answer_now(
            BodyTooSlow(f"The body did not come within {seconds:g} s: send it faster, or in smaller parts.")
        )
