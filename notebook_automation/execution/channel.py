"""The two sockets that a run needs, shell and IOPub, drained by the event loop without futures or polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal

import zmq

from .wire import Message, Wanted, Wire

Line = Literal["shell", "iopub"]

_BATCH_BYTES = 4_000_000
"""Handled in one go before other work of the loop gets its turn."""
_BATCH_MESSAGES = 200
_RECONNECT_MS = 20
"""A kernel that has not bound yet refuses the connection; ZeroMQ's own pause before the next try is 100 ms."""


class KernelChannel:
    """Client side of one kernel's shell and IOPub, on the running event loop.

    ``info`` is a connection file's content (``key`` as text or bytes). ``deliver(line, message)`` is called for each
    message, ``wanted`` decides before its content is parsed. The loop must be able to watch descriptors
    (on Windows the selector loop).
    """

    def __init__(
        self,
        info: Mapping[str, Any],
        deliver: Callable[[Line, Message], None],
        *,
        wanted: Wanted | None = None,
    ) -> None:
        key = info.get("key") or b""
        self.wire = Wire(key if isinstance(key, bytes) else key.encode(), info.get("signature_scheme") or "hmac-sha256")
        self._deliver = deliver
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._again = False
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self._shell = context.socket(zmq.DEALER)
        self._shell.setsockopt(zmq.IDENTITY, self.wire.identity)
        self._iopub = context.socket(zmq.SUB)
        self._iopub.subscribe(b"")
        # IOPub first: what a cell printed is there before the reply that ends it
        self._sockets: tuple[tuple[zmq.Socket[bytes], Line], ...] = (
            (self._iopub, "iopub"),
            (self._shell, "shell"),
        )
        for socket, line in self._sockets:
            _prepare(socket, info)
            socket.connect(_url(info, line))
            self._loop.add_reader(_descriptor(socket), self._drain)
        self._drain_soon()

    def send(
        self,
        msg_type: str,
        content: Mapping[str, Any],
        *,
        parent: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Queue a request on the shell channel; returns its message id."""
        message = self.wire.compose(msg_type, content, parent, metadata)
        self.send_message(message)
        return str(message["msg_id"])

    def send_message(self, message: Message) -> None:
        if self._closed:
            return
        self._shell.send_multipart(self.wire.encode(message))
        # ZeroMQ's descriptor is edge-triggered: a send may swallow the edge of something that came meanwhile
        self._drain_soon()

    def close(self) -> None:
        """Let go of the sockets; nothing is delivered afterwards."""
        if self._closed:
            return
        self._closed = True
        for socket, _ in self._sockets:
            # before the descriptor's number can be used again: the loop would then ignore the new one
            self._loop.remove_reader(_descriptor(socket))
            socket.close(0)

    def _drain_soon(self) -> None:
        if not self._again:
            self._again = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        self._again = False
        messages = size = 0
        for socket, line in self._sockets:
            while not self._closed:
                try:
                    frames = socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                message = self.wire.decode(frames, self._wanted)
                if message is None:
                    continue
                self._deliver(line, message)
                messages += 1
                size += message["size"]
                if messages >= _BATCH_MESSAGES or size >= _BATCH_BYTES:
                    self._drain_soon()
                    return


def _prepare(socket: zmq.Socket[bytes], info: Mapping[str, Any]) -> None:
    socket.linger = 0
    # a publisher drops what does not fit its queue: read ahead without bound rather than lose the end of a cell
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.SNDHWM, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
    public, secret = info.get("curve_publickey"), info.get("curve_secretkey")
    if public and secret:
        socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
        socket.setsockopt(zmq.CURVE_SERVERKEY, public)


def _url(info: Mapping[str, Any], line: Line) -> str:
    port = info[f"{line}_port"]
    return f"tcp://{info['ip']}:{port}" if info["transport"] == "tcp" else f"ipc://{info['ip']}-{port}"


def _descriptor(socket: zmq.Socket[bytes]) -> int:
    return int(socket.getsockopt(zmq.FD))
