"""The WebSocket of changes: everything that was committed, in order, without gaps, to whoever keeps up."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from notebook_automation.domain.access import EVERYTHING
from notebook_automation.services.changes import Listener
from notebook_automation.services.container import Services

from .access import KnownCaller
from .logged import Logged
from .models.changes import StreamQuery, message_of
from .routing import Route
from .wire import encode, read_query

GOING_AWAY = 1001
TRY_AGAIN = 1013
"""Close code for a client that did not keep up: it may come back and resume."""
SEND_SECONDS = 20.0
"""A message that a client has not taken after this time, in seconds, ends its stream."""


class StreamHandler(Logged, KnownCaller, JupyterHandler, WebSocketHandler):
    """`hello`, then every `change`; `reset` where the changes since `after` are no longer kept."""

    ping_interval = 30.0
    ping_timeout = 20.0
    _sending: asyncio.Task[None] | None = None

    def initialize(self, route: Route, **_more: Any) -> None:
        self.route = route

    def log_route(self) -> str:
        return f"/api/v1/{self.route.path}"

    def log_user(self) -> str | None:
        caller = getattr(self, "caller", None)
        return None if caller is None else caller.session_id or caller.login

    async def prepare(self) -> None:  # type: ignore[override]
        await self.identify()
        # Only people may listen: a session's token reaches its own session only, and this shows all.
        self.caller.require("read", EVERYTHING)
        await self.permit("read")
        self._services: Services = await self.services()
        self.query = read_query(self.request.query_arguments, StreamQuery)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(426, "This is a WebSocket.")
        opened = super().get(*args, **kwargs)
        if opened is not None:
            await opened

    def open(self, *args: str, **kwargs: str) -> None:
        # Now, and not when it ends: how long somebody listens says nothing of how fast we are.
        self.note_request()
        self._sending = asyncio.create_task(self._send_all(), name="na-stream")

    def on_message(self, message: str | bytes) -> None:
        """Clients have nothing to say here."""

    def on_close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def _send_all(self) -> None:
        with contextlib.suppress(WebSocketClosedError):
            async with self._services.changes.listening() as listener:
                try:
                    last = await self._catch_up()
                    await self._follow(listener, last)
                except TimeoutError:
                    self.close(TRY_AGAIN, "too slow")
                else:
                    too_slow = listener.lagging
                    self.close(TRY_AGAIN if too_slow else GOING_AWAY, "too slow" if too_slow else "server stops")

    async def _catch_up(self) -> int:
        """Say hello and send what came since ``after``; return the number of the last change sent."""
        changes, after = self._services.changes, self.query.after
        now = changes.seq
        await self._send({"type": "hello", "seq": now})
        if after is None:
            return now
        complete, missed = await changes.after(after)
        if not complete or after > max(now, missed[-1].seq if missed else 0):
            await self._send({"type": "reset", "seq": now})
            return now
        for change in missed:
            await self._send(message_of(change))
        return max(after, missed[-1].seq if missed else 0)

    async def _follow(self, listener: Listener, last: int) -> None:
        while not (listener.lagging and listener.queue.empty()):
            change = await listener.queue.get()
            if change is None:
                return
            # What was sent while catching up is in the queue as well.
            if change.seq > last:
                await self._send(message_of(change))
                last = change.seq

    async def _send(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self.write_message(encode(message).decode("utf-8"))
