"""`na.start`: start another notebook or function of this project, and wait for what it returns."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from . import location
from .client import connect, path_of
from .errors import Missing, SessionFailed, for_people
from .notebook import home
from .records import Record

if TYPE_CHECKING:
    from notebook_automation.widgets import SessionWidget

ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")
_FIRST_LOOK, _LONGEST_LOOK = 0.1, 2.0
"""Seconds between two looks at a session that is waited for: they grow from the first to the longest."""


class Session:
    """A session that was started; ``id``, ``status``, ``result`` and every field that the server tells."""

    def __init__(self, told: Record) -> None:
        self._told = told
        self._widget: SessionWidget | None = None

    @property
    def id(self) -> str:
        """Its id, ``ses_…``."""
        return str(self._told["id"])

    @property
    def status(self) -> str:
        """Its status now: asked anew until it has ended."""
        return str(self.refresh()._told["status"])

    @property
    def result(self) -> Any:
        """What it returned. Raises SessionFailed when it did not complete, Missing while it has not ended."""
        status = self.status
        if status == "completed":
            return self._told["result"]
        if status in ENDED:
            raise SessionFailed(self._failure())
        raise Missing(f"The session is {status}: call .wait() before you take its result.", code="session_not_ended")

    def refresh(self) -> Session:
        """Ask the server for its state, unless it has ended."""
        if self._told["status"] not in ENDED:
            self._told = connect().get(path_of("sessions", self.id))
        return self

    def wait(self, timeout: float | None = None) -> Session:
        """Wait until it has ended, ``timeout`` seconds at most, and return this session.

        Raises TimeoutError when it has not ended by then; it goes on. How it ended is in ``status`` and ``result``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_LOOK
        while self.refresh()._told["status"] not in ENDED:
            left = _LONGEST_LOOK if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Session {self.id} has not ended after {timeout} seconds; it goes on.")
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_LOOK)
        return self

    def cancel(self) -> Session:
        """Ask for its end; the kernel is ended, the output so far is kept."""
        told = connect().post(path_of("sessions", self.id, "cancel"))
        if isinstance(told, Record) and "status" in told:
            self._told = told
        return self

    def retry(self) -> Session:
        """Start once more what an ended session did, from the same files, and return the new session.

        Raises Refused (``session_state``) while this one has not ended.
        """
        return type(self)(connect().post(path_of("sessions", self.id, "retry")))

    def widget(self) -> SessionWidget:
        """Return the widget that shows it live; it is the same at each call, until it is closed.

        Raises ImportError where ipywidgets is not installed.
        """
        from notebook_automation.widgets import SessionWidget

        if self._widget is None or self._widget.is_closed:
            self._widget = SessionWidget(self)
        return self._widget

    def to_dict(self) -> dict[str, Any]:
        """Return everything that the server last told of it."""
        return self._told.to_dict()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._told, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._told})

    def __repr__(self) -> str:
        return f"<session {self.id}, {self._told.get('call')}: {self._told['status']}>"

    def _repr_html_(self) -> str:
        return (
            f"<code>{html.escape(self.id)}</code> {html.escape(str(self._told.get('call')))}: "
            f"<b>{html.escape(str(self._told['status']))}</b>"
        )

    def _ipython_display_(self) -> None:
        if not shows_widgets():
            raise NotImplementedError  # IPython then shows the HTML or the text
        self.widget().show()

    def _failure(self) -> str:
        error = self._told.get("error")
        why = f"{error['ename']}: {error['evalue']}" if error else self._told.get("reason") or "no reason was recorded"
        return f"Session {self.id} ({self._told.get('call')}) ended as {self._told['status']}: {why}"


def shows_widgets() -> bool:
    """Return whether a person may look at live widgets: in a kernel with ipywidgets that runs no session."""
    return (
        location.session_id() is None and location.connection_file() is not None and find_spec("ipywidgets") is not None
    )


@for_people
def start(call: str, parameters: Mapping[str, Any] | None = None, /, **more: Any) -> Session:
    """Start ``call`` (`report.ipynb`, `report.ipynb:handler`, `program.py:function`) of this project.

    Its parameters are given as a mapping, by name, or both. Returns the session without waiting for it.
    """
    given = {**(parameters or {}), **more}
    return Session(connect().post("sessions", {**home(), "call": call, "parameters": given}))
