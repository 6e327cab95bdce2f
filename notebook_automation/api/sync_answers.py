"""Answers of sync webhooks as they are sent: whole, or part by part; given up when the caller goes away."""

from __future__ import annotations

import asyncio
import contextlib
import http
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.responses import SyncResponse
from notebook_automation.services.responses import FirstResponse, Responses

_KNOWN = frozenset(http.HTTPStatus)
_WITHOUT_BODY = (204, 304)

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


class SyncAnswers(_Base):
    """For handlers whose caller waits for what a session says."""

    _answering: asyncio.Task[None] | None = None
    _caller_left = False

    async def answer(self, responses: Responses, session_ids: Sequence[str], seconds: float) -> None:
        """Send what the first of these sessions answers, each part within ``seconds``. Raises as `Responses.first`.

        Nothing is waited for any longer, nor kept, once the caller has gone; the sessions go on.
        """
        self._answering = asyncio.ensure_future(self._answer(responses, session_ids, seconds))
        try:
            await self._answering
        except asyncio.CancelledError:
            if not self._caller_left:
                raise

    def on_connection_close(self) -> None:
        self._caller_left = True
        if self._answering is not None:
            self._answering.cancel()
        super().on_connection_close()

    async def _answer(self, responses: Responses, session_ids: Sequence[str], seconds: float) -> None:
        first = await responses.first(session_ids, seconds)
        self._begin_answer(first.response)
        has_body = first.response.status not in _WITHOUT_BODY
        if has_body and first.response.body:
            self.write(first.response.body)
        if first.streamed and has_body and self.request.method != "HEAD":
            await self._stream(responses, first, seconds)
        else:
            self.finish()

    async def _stream(self, responses: Responses, first: FirstResponse, seconds: float) -> None:
        # A proxy in between that collected the parts would make a stream of no use.
        self.set_header("X-Accel-Buffering", "no")
        try:
            await self._flushed(seconds)
            async with contextlib.aclosing(responses.rest(first, seconds)) as parts:
                async for part in parts:
                    if part:
                        self.write(part)
                        await self._flushed(seconds)
        except (AutomationError, StreamClosedError, TimeoutError):
            self._break_off()
        else:
            self.finish()

    async def _flushed(self, seconds: float) -> None:
        """Wait until the caller's side has taken what was written: the next part is read only then."""
        async with asyncio.timeout(seconds):
            await self.flush()

    def _break_off(self) -> None:
        """Close the connection in the middle of the answer, by which its caller sees that something is missing."""
        stream = self.detach()
        stream.close()
        self.on_finish()

    def _begin_answer(self, answer: SyncResponse) -> None:
        self.set_status(answer.status, None if answer.status in _KNOWN else "Answer")
        self.clear_header("Content-Type")
        for name, value in answer.headers.items():
            self.set_header(name, value)
        # On the origin of the Jupyter server: no page that a session answers with may act there.
        self.set_header("Content-Security-Policy", "sandbox")
