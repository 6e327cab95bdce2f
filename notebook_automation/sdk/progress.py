"""`na.progress`: how far this run is; made for loops that call it thousands of times."""

from __future__ import annotations

import atexit
import html
import sys
import threading
import time
from typing import Any

from . import location
from .client import connect, path_of
from .errors import Invalid, SdkError, for_people
from .threads import OwnThread

INTERVAL = 0.5
"""Seconds between two reports; the last value is always reported."""
_LONGEST = 5000
"""Characters of a message that are sent; the server shows fewer, after secrets are hidden in all of it."""


@for_people
def progress(value: float, message: str = "") -> None:
    """Say that this run has done ``value`` (0 to 1) of its work, and in ``message`` what it does now.

    It may be called in every turn of a loop: a session reports twice a second at most, in the background, and the
    last value at the end of the cell. An open notebook shows a bar. Raises Invalid when ``value`` is not 0 to 1.
    """
    if not 0.0 <= value <= 1.0:
        raise Invalid(f"Progress is a number from 0 to 1, not {value!r}: divide what is done by the whole.")
    reporter = _reporter or _begin()
    reporter.report(float(value), str(message)[:_LONGEST])


def flush() -> None:
    """Report the last value now."""
    if _reporter is not None:
        _reporter.flush()


class _InSession:
    """Sends from a thread of its own, so that the loop is not held up."""

    def __init__(self, session_id: str) -> None:
        self._path = path_of("sessions", session_id, "progress")
        self._waiting: tuple[float, str] | None = None
        self._changed = threading.Condition()
        self._sending = False
        self._urgent = False
        self._failed = False
        OwnThread(self._run, "progress").start()

    def report(self, value: float, message: str) -> None:
        with self._changed:
            self._waiting = (value, message)
            if not self._sending:
                self._changed.notify_all()

    def flush(self) -> None:
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            # One report is one short request, whose own time limit bounds this.
            self._changed.wait_for(lambda: self._waiting is None and not self._sending, timeout=10)
            self._urgent = False

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None)
                value, self._waiting, self._sending = self._waiting, None, True
            assert value is not None
            self._send(*value)
            with self._changed:
                self._sending = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._urgent, timeout=INTERVAL)

    def _send(self, value: float, message: str) -> None:
        try:
            connect().post(self._path, {"value": value, "message": message})
        except SdkError as error:
            # How far a run is matters less than the run: say it once and go on.
            if not self._failed:
                print(f"Progress is not reported: {error}", file=sys.stderr)
            self._failed = True


class _InNotebook:
    """Shows a bar under the cell and moves it."""

    def __init__(self) -> None:
        self._shown: Any = None
        self._last = 0.0
        self._waiting: tuple[float, str] | None = None

    def report(self, value: float, message: str) -> None:
        self._waiting = (value, message)
        if time.monotonic() - self._last >= INTERVAL:
            self._show()

    def flush(self) -> None:
        if self._waiting is not None:
            self._show()

    def end_cell(self, *_: Any) -> None:
        self.flush()
        self._shown = None
        self._last = 0.0

    def _show(self) -> None:
        assert self._waiting is not None
        (value, message), self._waiting = self._waiting, None
        self._last = time.monotonic()
        bar = _Bar(value, message)
        if "IPython" not in sys.modules:
            print(repr(bar), file=sys.stderr)
            return
        from IPython.display import display

        if self._shown is None:
            self._shown = display(bar, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._shown.update(bar)


class _Bar:
    def __init__(self, value: float, message: str) -> None:
        self._value = value
        self._message = message

    def __repr__(self) -> str:
        return f"{self._value:4.0%} {self._message}".rstrip()

    def _repr_html_(self) -> str:
        text = html.escape(self._message)
        return (
            f'<progress max="1" value="{self._value:.4f}" aria-label="Progress" '
            'style="width: 16em; accent-color: var(--jp-brand-color1, #1976d2)"></progress> '
            f'<span style="color: var(--jp-ui-font-color1, inherit)">{self._value:.0%} {text}</span>'
        )


_reporter: _InSession | _InNotebook | None = None


def _begin() -> _InSession | _InNotebook:
    """Start reporting, and report the last value at each cell's end and when Python ends."""
    global _reporter
    session_id = location.session_id()
    if session_id:
        connect()
    _reporter = _InSession(session_id) if session_id else _InNotebook()
    atexit.register(_reporter.flush)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        end = _reporter.flush if isinstance(_reporter, _InSession) else _reporter.end_cell
        shell.events.register("post_run_cell", lambda *_: end())
    return _reporter
