"""One small thread that looks at everything shown live, each in its own rhythm, and ends when there is nothing."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from typing import Protocol

logger = logging.getLogger(__name__)

_FAREWELL = 0.5
"""Seconds that the end of Python waits for a look under way, so that it does not speak through closed sockets."""


class Followed(Protocol):
    """What is looked at. Two are the same only if they are one object."""

    def look(self) -> float | None:
        """Look once; return the seconds until the next look, or None when there is nothing more to see."""


class Follower:
    """Looks at what was added from a daemon thread of its own, which runs only while there is something to see."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[Followed, float] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether a thread of ours runs."""
        return self._thread is not None

    def look_soon(self, followed: Followed) -> None:
        """Look at ``followed`` at once, and go on for as long as it says."""
        with self._changed:
            if self._stopped:
                return
            self._due[followed] = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notebook-automation widgets", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drop(self, followed: Followed) -> None:
        """Look at ``followed`` no more."""
        with self._changed:
            self._due.pop(followed, None)
            self._changed.notify_all()

    def stop(self) -> None:
        """End for good: the kernel shuts down."""
        with self._changed:
            self._stopped = True
            self._due.clear()
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_FAREWELL)

    def _run(self) -> None:
        while (chosen := self._next()) is not None:
            followed, due = chosen
            try:
                pause = followed.look()
            except Exception:
                # What one of them cannot show must not end the others.
                logger.exception("A live widget could not be brought up to date: it stays as it is.")
                pause = None
            with self._changed:
                # Another number than before: it was asked for again while we looked, or dropped.
                if self._due.get(followed) != due:
                    continue
                if pause is None:
                    del self._due[followed]
                else:
                    self._due[followed] = time.monotonic() + pause

    def _next(self) -> tuple[Followed, float] | None:
        """Wait until something is due and return it and when it was; None ends the thread."""
        with self._changed:
            while self._due:
                followed, due = min(self._due.items(), key=lambda entry: entry[1])
                left = due - time.monotonic()
                if left <= 0:
                    return followed, due
                self._changed.wait(left)
            self._thread = None
            return None


follower = Follower()
atexit.register(follower.stop)
