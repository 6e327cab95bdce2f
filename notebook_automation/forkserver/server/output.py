"""How a forked kernel's output leaves it: by ipykernel's IOPub thread, without waits for what has left already."""

from __future__ import annotations

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

    def flush(self) -> None:
        """Return when all that was written has been handed to the socket."""
        thread = self.pub_thread
        if self._buffers or thread is None or thread.has_waiting:
            super().flush()
