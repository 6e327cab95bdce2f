"""How a forked kernel's output leaves it: by ipykernel's IOPub thread, without waits for what has left already."""

from __future__ import annotations

import sys
import threading
from typing import Any

from ipykernel.iostream import IOPubThread, OutStream

_Thread: Any = IOPubThread
_Stream: Any = OutStream  # they have no types


class OutputThread(_Thread):  # type: ignore[misc]
    """ipykernel's IOPub thread, which can say whether something still waits to be sent."""

    @property
    def has_waiting(self) -> bool:
        """Whether a message or another event is scheduled that has not been dealt with to its end."""
        return bool(self._events)

    def _handle_event(self, msg: Any) -> None:
        """As ipykernel's, but an event stays in the queue until it has been dealt with."""
        events = self._events
        for _ in range(len(events)):
            try:
                events[0]()
            finally:
                events.popleft()


class OutputStream(_Stream):  # type: ignore[misc]
    """ipykernel's stream, whose `flush` waits for the IOPub thread only when there is something to wait for.

    A kernel flushes both its streams twice for each cell, and each time waited for the thread to run.
    """

    _sending = False
    """Whether what was written is between the buffers and the thread's queue."""

    def flush(self) -> None:
        """Return when all that was written has been handed to the socket."""
        thread = self.pub_thread
        # In this order: the thread, which flushes by itself as well, says so before it empties the buffers.
        if not (self._buffers or self._sending or thread is None or thread.has_waiting):
            return
        if thread is None or not thread.thread.is_alive() or thread.thread is threading.current_thread():
            super().flush()
            return
        sent = threading.Event()
        thread.schedule(self._flush)
        # What that flush sends is queued in turn: ipykernel's own does not wait for it.
        thread.schedule(lambda: thread.schedule(sent.set))
        if not sent.wait(self.flush_timeout):
            print("The output could not be flushed in time.", file=sys.__stderr__)

    def _flush(self) -> None:
        self._sending = True
        try:
            super()._flush()
        finally:
            self._sending = False
