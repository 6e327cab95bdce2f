"""Signals: sent to one session, which gets them in their order, or to all of a project that wait for their name now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, TooLarge
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import TERMINAL
from notebook_automation.domain.waits import (
    WAIT_ID,
    Message,
    Wait,
    check_same,
    signal_key,
    validate_signal_name,
)
from notebook_automation.store import messages, sessions, waits
from notebook_automation.store.database import Database

MAX_PAYLOAD = 256 * 1024
"""Largest payload of a signal as JSON, in bytes."""

Position = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    reached: int
    woken: Sequence[str] = ()


class Signals:
    """The service of signals. ``queued`` is called with the sessions that a signal has woken, after its commit."""

    def __init__(self, database: Database, queued: Callable[[Sequence[str]], None]) -> None:
        self._database = database
        self._queued = queued

    async def send(
        self, caller: Caller, session_id: str, name: str, payload: Any, *, position: Position | None = None
    ) -> int:
        """Send a session the signal ``name``; it is kept until the session takes it. Returns 1.

        ``position`` is where in the caller's own notebook it is sent: once, however often that runs. Raises NotFound,
        Forbidden, Invalid, TooLarge, Conflict (``session_state``, ``wait_mismatch``).
        """
        target = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if target is None:
            raise no_session(session_id)
        caller.require("run", target.resource)
        _check(name, payload)

        def work(tx: Connection) -> _Sent:
            waits.hold(tx, {session_id, *_own(caller, position)})
            before = _before(tx, caller, position, name, session_id)
            if before is not None:
                return before
            now = sessions.get(tx, session_id)
            if now is None or now.status in TERMINAL:
                raise Conflict(f"Session {session_id} is over: it takes no signals.", code="session_state")
            return _delivered(tx, caller, position, name, session_id, [_message(caller, session_id, name, payload)])

        return await self._send(work)

    async def broadcast(
        self, caller: Caller, project: Project, name: str, payload: Any, *, position: Position | None = None
    ) -> int:
        """Send the signal ``name`` to whoever in a project waits for it at this moment; return how many got it.

        Raises Forbidden, Invalid, TooLarge, Conflict (``wait_mismatch``).
        """
        caller.require("run", project.resource)
        _check(name, payload)

        def work(tx: Connection) -> _Sent:
            waiting = {wait.session_id for wait in waits.open_by_keys(tx, [signal_key(name)])}
            found = sessions.ids_in_project(tx, waiting, project.id)
            waits.hold(tx, {*found, *_own(caller, position)})
            before = _before(tx, caller, position, name, None)
            if before is not None:
                return before
            still = {wait.session_id for wait in waits.open_by_keys(tx, [signal_key(name)], found)}
            sent = [_message(caller, session_id, name, payload) for session_id in sorted(still)]
            return _delivered(tx, caller, position, name, None, sent)

        return await self._send(work)

    async def _send(self, work: Callable[[Connection], _Sent]) -> int:
        sent = await self._database.write(work)
        if sent.woken:
            self._queued(sent.woken)
        return sent.reached


def _check(name: str, payload: Any) -> None:
    validate_signal_name(name)
    size = len(msgspec.json.encode(payload))
    if size > MAX_PAYLOAD:
        raise TooLarge(
            f"The payload of a signal may have {MAX_PAYLOAD // 1024} KiB of JSON, and this has {size // 1024}: store "
            "it as an artifact or a file, and send its name.",
            code="signal_too_large",
        )


def _own(caller: Caller, position: Position | None) -> set[str]:
    return set() if position is None or caller.session_id is None else {caller.session_id}


def _before(tx: Connection, caller: Caller, position: Position | None, name: str, to: str | None) -> _Sent | None:
    """Return what came of this signal when it was sent from the same place before."""
    if position is None or caller.session_id is None:
        return None
    before = waits.at(tx, caller.session_id, position)
    if before is None:
        return None
    check_same(_record(caller.session_id, position, name, to, 0), before)
    return _Sent(reached=int((before.answer or {}).get("reached", 0)))


def _delivered(
    tx: Connection, caller: Caller, position: Position | None, name: str, to: str | None, sent: Sequence[Message]
) -> _Sent:
    if position is not None and caller.session_id is not None:
        waits.add(tx, _record(caller.session_id, position, name, to, len(sent)), ())
    return _Sent(reached=len(sent), woken=messages.deliver(tx, sent, lambda _wait, _message: True))


def _record(session_id: str, position: Position, name: str, to: str | None, reached: int) -> Wait:
    now = time.time()
    cell_index, piece, nth = position
    return Wait(
        id=WAIT_ID.new(), session_id=session_id, cell_index=cell_index, piece=piece, nth=nth, kind="send",
        question={"name": name, "to": to}, status="answered", answer={"reached": reached}, created_at=now, ended_at=now,
    )  # fmt: skip


def _message(caller: Caller, session_id: str, name: str, payload: Any) -> Message:
    sender = caller.session_id or caller.login
    return Message(
        session_id=session_id,
        key=signal_key(name),
        payload=payload,
        sender=sender,
        created_at=time.time(),
        requester=caller.behind.person,
    )
