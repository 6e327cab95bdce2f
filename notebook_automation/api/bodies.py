"""Request bodies: read as they come, within a size and a time, never more in memory than was allowed."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import IO, TYPE_CHECKING

from tornado.web import RequestHandler

from notebook_automation.domain.errors import AutomationError, TooLarge, UnsupportedMediaType

from .problems import BodyTooSlow, disk_error

DRAIN_SECONDS = 10.0
"""Time for a body that is dropped, in seconds."""
DRAIN = 16 * 1024 * 1024
"""A refused body up to this size (bytes) is read and dropped, so that its sender gets to see the answer."""
IN_MEMORY = 64 * 1024
"""Bytes of a body that are held in memory while the rest comes, where it may go to a file."""

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
    _spool: str | None = None
    _spooled: IO[bytes] | None = None
    _limit = 0
    _limit_name = ""
    _received = 0
    _timer: asyncio.TimerHandle | None = None
    _chunks: list[bytes]

    @property
    def body(self) -> bytes:
        """The whole body, where there is no sink."""
        if self._spooled is None:
            return b"".join(self._chunks)
        self._spooled.seek(0)
        return self._spooled.read()

    @property
    def received(self) -> int:
        """Bytes that have come."""
        return self._received

    def expect(
        self, *, limit: int, seconds: float | None, limit_name: str, spool: str | None = None, packed: bool = False
    ) -> None:
        """Take a body of up to ``limit`` bytes, whole within ``seconds`` (None: no bound).

        What is more than a little of it waits in a file in the folder ``spool``, where one is given: senders that
        never come to an end cost no memory. It may come ``packed`` (with a Content-Encoding) where that is said.
        """
        self._chunks = []
        self._spool = spool
        self._limit, self._limit_name = limit, limit_name
        headers = self.request.headers
        if not packed and headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            self.refuse(UnsupportedMediaType("Send the body as it is, without a Content-Encoding."))
        if self._declared() > limit:
            self.refuse(self._too_large())
        if seconds is not None:
            self._start_timer(seconds)

    def refuse(self, error: AutomationError) -> None:
        """Answer with ``error`` once the body has been dropped; at once where that would take too long.

        Raises ``error`` in the second case.
        """
        self._refuse_rest(error)
        waits = self.request.headers.get("Expect", "").lower() == "100-continue"
        if waits or self._declared() > DRAIN:
            raise self.refusal or error

    def data_received(self, chunk: bytes) -> None:
        try:
            self._take(chunk)
        except OSError as error:
            # Tornado would close the connection without a word.
            self._refuse_rest(disk_error(error))

    def _take(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self.refusal is None and self._received > self._limit:
            self._refuse_rest(self._too_large())
        if self.refusal is not None:
            if self._received > self._limit + DRAIN:
                self.answer_now(self.refusal)
        elif self.sink is not None:
            self.sink.write(chunk)
        else:
            self._chunks.append(chunk)
            if self._spool is not None and self._received > IN_MEMORY:
                self._to_file(self._spool)

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
        self._drop_body()

    def on_connection_close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._drop_body()
        super().on_connection_close()

    def _refuse_rest(self, error: AutomationError) -> None:
        """Drop what has come; what still comes is read for a while, and not kept."""
        self.refusal = self.refusal or error
        self._drop_body()
        self._start_timer(DRAIN_SECONDS)

    def _drop_body(self) -> None:
        self._chunks = []
        if self._spooled is not None:
            self._spooled.close()
            self._spooled = self.sink = None

    def _to_file(self, folder: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Closed, and with that deleted, by _drop_body.
        self._spooled = self.sink = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self.sink.writelines(self._chunks)
        self._chunks = []

    def _start_timer(self, seconds: float) -> None:
        """Let the body end within ``seconds``, or sooner where that was said before."""
        if self._declared() == 0 and "Transfer-Encoding" not in self.request.headers:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._too_slow, seconds)

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
