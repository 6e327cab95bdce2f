"""One small thread that polls for everything shown live, each at its own interval, and ends when nothing is left."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from typing import Protocol

from notebook_automation.sdk.threads import OwnThread

logger = logging.getLogger(__name__)

_STOP_TIMEOUT = 0.5
"""Seconds that the end of Python waits for a poll under way, so that it does not speak through closed sockets."""


class Polled(Protocol):
    """What is polled. Two are the same only if they are one object."""

    def poll(self) -> float | None:
        """Ask the server once; return the seconds until the next time, or None when there is nothing more to see."""


class Poller:
    """Polls what was added from a daemon thread of its own, which runs only while there is something to poll."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[Polled, float] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether a thread of ours runs."""
        return self._thread is not None

    def poll_soon(self, polled: Polled) -> None:
        """Poll ``polled`` at once, and go on for as long as it says."""
        with self._changed:
            if self._stopped:
                return
            self._due[polled] = time.monotonic()
            if self._thread is None:
                self._thread = OwnThread(self._run, "widgets")
                self._thread.start()
            self._changed.notify_all()

    def remove(self, polled: Polled) -> None:
        """Stop polling ``polled``."""
        with self._changed:
            self._due.pop(polled, None)
            self._changed.notify_all()

    def stop(self) -> None:
        """End for good: the kernel shuts down."""
        with self._changed:
            self._stopped = True
            self._due.clear()
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_TIMEOUT)

    def _run(self) -> None:
        while (chosen := self._next()) is not None:
            polled, due = chosen
            try:
                pause = polled.poll()
            except Exception:
                # What one of them cannot show must not end the others.
                logger.exception("A live widget could not be brought up to date: it stays as it is.")
                pause = None
            with self._changed:
                # Another number than before: it was asked for again while we polled, or removed.
                if self._due.get(polled) != due:
                    continue
                if pause is None:
                    del self._due[polled]
                else:
                    self._due[polled] = time.monotonic() + pause

    def _next(self) -> tuple[Polled, float] | None:
        """Wait until something is due and return it and when it was; None ends the thread."""
        with self._changed:
            while self._due:
                polled, due = min(self._due.items(), key=lambda entry: entry[1])
                left = due - time.monotonic()
                if left <= 0:
                    return polled, due
                self._changed.wait(left)
            self._thread = None
            return None


poller = Poller()
atexit.register(poller.stop)
