"""Finds out when a kernel is ready: it answers, and what it publishes from now on surely arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from .channel import KernelChannel, Line
from .failures import KernelStartError
from .wire import Message

_ASK_AGAIN_SECONDS = 0.1
"""The reply came but its idle status did not: the subscription was too late for it, ask once more."""


class ReadinessCheck:
    """Asks ``kernel_info``; calls ``ready`` with the reply, or ``failed`` after ``seconds`` (None: waits for ever).

    Ready = the reply is here, and so is the kernel's welcome on IOPub (ipykernel 7) or the idle status of that very
    request. nbclient waits instead until IOPub has been quiet for 200 ms.

    ``known`` is what the kernel would reply, where its fork server knows it: then its welcome is enough, and the
    limit holds on until `close`, since nothing has shown yet that it answers.
    """

    def __init__(
        self,
        channel: KernelChannel,
        *,
        seconds: float | None,
        ready: Callable[[Mapping[str, Any]], None],
        failed: Callable[[Exception], None],
        known: Mapping[str, Any] | None = None,
    ) -> None:
        self._channel = channel
        self._seconds = seconds
        self._ready = ready
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._limit = self._loop.call_later(seconds, self._too_late) if seconds else None
        self._again: asyncio.TimerHandle | None = None
        self._known = bool(known)
        self._reply: Mapping[str, Any] = known or {}
        self._subscribed = False
        self._request_id = ""
        if self._known:
            self._again = self._loop.call_later(_ASK_AGAIN_SECONDS, self._ask)
        else:
            self._ask()

    def take(self, line: Line, message: Message) -> None:
        if message["msg_type"] == "iopub_welcome":
            self._subscribed = True
        elif message["parent_header"].get("msg_id") == self._request_id:
            self._answer(line, message)
        if self._subscribed and self._reply:
            if self._again is not None:
                self._again.cancel()
            if not self._known:
                self.close()
            self._ready(self._reply)

    def close(self) -> None:
        """Ask no more, and let the limit be: the kernel has answered, or is not waited for any more."""
        for timer in (self._limit, self._again):
            if timer is not None:
                timer.cancel()

    def _answer(self, line: Line, message: Message) -> None:
        if line == "shell":
            self._reply = message["content"]
            if not self._subscribed:
                self._again = self._loop.call_later(_ASK_AGAIN_SECONDS, self._ask)
        elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            self._subscribed = True

    def _ask(self) -> None:
        self._request_id = self._channel.send("kernel_info_request", {})

    def _too_late(self) -> None:
        self._failed(KernelStartError(f"The kernel did not answer within {self._seconds:g} seconds of its start."))
