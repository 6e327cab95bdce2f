"""A session that this notebook started: its status, its result; waiting for it, cancelling it, running it again."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from typing import Any

from .client import connect, path_of
from .errors import Missing, NotEnded, SessionFailed
from .notebook import home
from .records import Record

ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two polls of a session that is waited for: they grow from the first to the longest."""


class Session:
    """A session that was started; ``id``, ``status``, ``result`` and every other field of the server's answer."""

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def id(self) -> str:
        """Its id, ``ses_…``."""
        return str(self._record["id"])

    @property
    def status(self) -> str:
        """Its status now: asked anew until it has ended."""
        return str(self.refresh()._record["status"])

    @property
    def result(self) -> Any:
        """What it returned. Raises SessionFailed when it did not complete, Missing while it has not ended."""
        status = self.status
        if status == "completed":
            return self._record["result"]
        if status in ENDED:
            raise SessionFailed(self._failure())
        raise Missing(f"The session is {status}: call .wait() before you take its result.", code="session_not_ended")

    def refresh(self) -> Session:
        """Ask the server for its state, unless it has ended."""
        if self._record["status"] not in ENDED:
            self._record = connect().get(path_of("sessions", self.id))
        return self

    def wait(self, timeout: float | None = None) -> Session:
        """Wait until it has ended, ``timeout`` seconds at most, and return this session.

        Raises NotEnded, a TimeoutError, when it has not ended by then; it goes on. How it ended is in ``status`` and
        ``result``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while self.refresh()._record["status"] not in ENDED:
            left = _LONGEST_PAUSE if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise NotEnded(
                    f"Session {self.id} has not ended after {timeout} seconds: wait() again, or cancel() it."
                )
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return self

    def cancel(self, *, children: bool = False) -> Session:
        """Ask for its end; the kernel is ended, the output so far is kept.

        With ``children`` also all that it has started, and what these have: they start no others any more.
        """
        query = {"children": "true"} if children else {}
        answer = connect().post(path_of("sessions", self.id, "cancel"), **query)
        if isinstance(answer, Record) and "status" in answer:
            self._record = answer
        return self

    def children(self) -> list[Session]:
        """Return the sessions that it has started itself, oldest first."""
        path, found, cursor = path_of("sessions", self.id, "children"), [], None
        while True:
            page = connect().get(path, limit=200, cursor=cursor)
            found += [type(self)(one) for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def retry(self, *, current_files: bool = False) -> Session:
        """Start once more what an ended session did, and return the new session.

        It gets the same files, or with ``current_files`` those of now. Raises Refused (``session_state``) while this
        one has not ended.
        """
        body = {"files": "current" if current_files else "same"}
        return type(self)(connect().post(path_of("sessions", self.id, "retry"), body))

    def to_dict(self) -> dict[str, Any]:
        """Return everything that the server last said of it."""
        return self._record.to_dict()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._record, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._record})

    def __repr__(self) -> str:
        return f"<session {self.id}, {self._record.get('call')}: {self._record['status']}>"

    def _repr_html_(self) -> str:
        return (
            f"<code>{html.escape(self.id)}</code> {html.escape(str(self._record.get('call')))}: "
            f"<b>{html.escape(str(self._record['status']))}</b>"
        )

    def _failure(self) -> str:
        error = self._record.get("error")
        why = (
            f"{error['ename']}: {error['evalue']}" if error else self._record.get("reason") or "no reason was recorded"
        )
        return f"Session {self.id} ({self._record.get('call')}) ended as {self._record['status']}: {why}"


def start_session(call: str, parameters: Mapping[str, Any], on_parent_end: str = "keep") -> Record:
    """Start ``call`` of this project, and return what the server says of the new session."""
    body = {**home(), "call": call, "parameters": parameters}
    if on_parent_end != "keep":
        body["on_parent_end"] = on_parent_end
    started: Record = connect().post("sessions", body)
    return started
