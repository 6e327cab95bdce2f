"""A client of the WebSocket of changes, for tests that run in the server's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from serving import Server
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


@contextlib.asynccontextmanager
async def listening(server: Server, query: str = "", **headers: str) -> AsyncIterator[WebSocketClientConnection]:
    """Give a connection to the stream of ``server``, as its user unless ``headers`` say otherwise."""
    url = f"{server.api.base_url}stream{query}".replace("http://", "ws://")
    sent = {
        "Authorization": f"token {server.token}",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    socket = await websocket_connect(HTTPRequest(url, headers=sent))
    try:
        yield socket
    finally:
        socket.close()


async def next_message(socket: WebSocketClientConnection) -> dict[str, Any]:
    """Return the next message; fails where the server has closed the connection, or sends none."""
    async with asyncio.timeout(30):
        text = await socket.read_message()
    assert text is not None, f"closed: {socket.close_code} {socket.close_reason}"
    message: dict[str, Any] = json.loads(text)
    return message
