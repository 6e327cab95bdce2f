"""How an attempt ends: what is written with every end, and the end of sessions whose runner is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notebook_automation.adapters.process_names import has_ended
from notebook_automation.domain.artifacts import made_by_session, new_artifact
from notebook_automation.domain.checkpoints import why_not_on
from notebook_automation.domain.retention import parse_retention
from notebook_automation.domain.session_log import LogKind
from notebook_automation.domain.sessions import CellError, Session, Status
from notebook_automation.domain.silence import Silence
from notebook_automation.settings import Settings
from notebook_automation.store import (
    artifacts,
    checkpoints,
    parking,
    session_claims,
    session_log,
    sessions,
    triggers,
    waits,
)
from notebook_automation.store.database import Database

from . import notices
from .artifacts import keep
from .inquiry_changes import end_of_session as end_inquiries
from .trigger_retries import try_again

_REAPER = "reaper"
LogLine = tuple[float, LogKind, str, dict[str, Any] | None]
"""Epoch seconds, kind, text and data of a line of a session's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """A file that becomes an artifact of the session: ``blob`` is its content's hash, ``size`` its bytes."""

    name: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an attempt ended: a terminal status with its reason, and what the session leaves."""

    status: Status
    reason: str | None = None
    result: Any = None
    error: CellError | None = None
    files: Sequence[ResultFile] = ()


class AttemptLost(Exception):
    """The session is no longer this attempt's, or has ended already: the transaction must leave no trace."""


def write_ending(
    tx: Connection, session: Session, ending: Ending, settings: Settings, *, owner: str | None = None,
    log: Sequence[LogLine] = (), asked: str | None = None,
) -> Session:  # fmt: skip
    """Write all that an end is: artifacts, last log lines (after ``log``), status, waits, counters, the next try.

    With ``owner`` only as the end of that owner's attempt. ``asked`` is why somebody asked the session to stop, and is
    its reason then. Raises AttemptLost: roll back.
    """
    kept = keep_files(tx, session, ending.files, settings)
    session_log.write_many(tx, session.id, [*log, *kept, *_closing_lines(ending)])
    ended = sessions.end(
        tx, session.id, ending.status, owner=owner, attempt=None if owner is None else session.attempt,
        reason=asked or ending.reason, result=ending.result, error=ending.error,
    )  # fmt: skip
    if ended is None:
        raise AttemptLost
    end_inquiries(tx, session.id, time.time())
    waits.end_open(tx, session.id, now=time.time())
    if ended.trigger_id is not None and ended.status != "cancelled":
        # One that somebody cancelled counts as neither.
        triggers.count_result(tx, ended.trigger_id, success=ended.status == "completed")
        following = try_again(tx, ended)
        notices.session_ended(tx, ended, settings, tried_again=following is not None)
    return ended


class LostSessions:
    """Sessions whose runner has given no sign of life for a lease: found and ended."""

    def __init__(self, database: Database, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._silence = Silence(settings.lease / 2)

    async def find(self) -> list[Session]:
        """Return those that have been silent while this was called again and again. Raises Unavailable."""
        found = await self._database.read(session_claims.claimed)
        signs = {session.id: (session.owner, session.attempt, session.lease_until) for session in found}
        silent = self._silence.look(self._clock(), signs)
        return [session for session in found if silent[session.id] >= self._patience(session)]

    async def take(self, session: Session) -> Session | None:
        """Take a lost session away from its attempt, which can write no more; None if it is not lost any more.

        Call it before anything of the attempt is ended. Raises Unavailable.
        """
        return await self._database.write(lambda tx: session_claims.take_from(tx, session, _REAPER))

    async def abandon(self, session: Session, reason: str, files: Sequence[ResultFile] = ()) -> Session | None:
        """End a lost session, or queue it again: where it never began, or is durable and can go on.

        One that was to be cancelled is cancelled with this. None if it is not lost any more. Raises Unavailable.
        """

        def work(tx: Connection) -> Session | None:
            found = session_claims.take_from(tx, session, session.owner or "")
            if found is None:
                return None
            if found.status == "scheduled" and found.owner is not None:
                session_claims.unclaim(tx, found.id, found.owner)
                return sessions.get(tx, found.id)
            why = ""
            if found.is_durable and found.status == "running":
                last = checkpoints.last(tx, found.id)
                why = why_not_on(found, last, max_crashes=self._settings.max_crashes)
                if not why:
                    return _queued_again(tx, found, f"{reason} It goes on from its last finished cell.")
            status: Status = "cancelled" if found.status == "canceling" else "abandoned"
            return write_ending(
                tx, found, Ending(status=status, reason=f"{reason} {why}".strip(), files=files), self._settings
            )

        try:
            return await self._database.write(work)
        except AttemptLost:
            return None

    def _patience(self, session: Session) -> float:
        """Return for how many seconds the session may be silent: its runner may only be starting."""
        if session.status == "scheduled" and has_ended(session.owner or ""):
            # Its supervisor is gone, and a runner that comes all the same finds that the session is not its own.
            return 0.0
        return self._settings.lease + (self._settings.runner_start if session.acquired_at is None else 0.0)

    async def status(self, session_id: str) -> Status | None:
        """Return a session's status, None where there is no such session. Raises Unavailable."""
        session = await self._database.read(lambda tx: sessions.get(tx, session_id))
        return None if session is None else session.status


def _queued_again(tx: Connection, session: Session, reason: str) -> Session | None:
    session_log.write(tx, session.id, "state", reason)
    return parking.queue_again(tx, session, session.owner or "", crashed=True, reason=reason)


def keep_files(tx: Connection, session: Session, files: Sequence[ResultFile], settings: Settings) -> list[LogLine]:
    """Store ``files`` as artifacts, as far as the session's limit allows; return what the log is to say of it."""
    origin, retention = made_by_session(session), parse_retention(session.keep or settings.artifact_keep)
    total = artifacts.size_of_session(tx, session.id) if files else 0
    lines: list[LogLine] = []
    for file in files:
        now = time.time()
        if total + file.size > settings.artifact_session_max:
            limit = settings.artifact_session_max / 2**20
            text = f"{file.name} was not kept: the session has more than {limit:.0f} MiB of artifacts."
            lines.append((now, "stderr", text, {"name": file.name, "size": file.size}))
            continue
        total += file.size
        artifact = keep(tx, new_artifact(origin, file.name, retention, blob=file.blob, size=file.size))
        lines.append((now, "artifact", file.name, {"artifact": artifact.id}))
    return lines


def _closing_lines(ending: Ending) -> Sequence[LogLine]:
    now = time.time()
    lines: list[LogLine] = []
    if ending.error is not None:
        lines.append((now, "error", f"{ending.error.ename}: {ending.error.evalue}"[:4096], None))
    elif ending.status not in ("completed", "cancelled") and ending.reason:
        lines.append((now, "error", ending.reason, None))
    lines.append((now, "completion", ending.status, {"reason": ending.reason} if ending.reason else None))
    return lines
