"""Groups of sessions go on: members have their turn where there is room, and whoever is cancelled is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.session_groups import OPEN, GroupKind, Member, SessionGroup, state_at_end
from notebook_automation.domain.sessions import Session
from notebook_automation.store import session_groups, waits
from notebook_automation.store.database import Database

from .parked_results import ParkedResults
from .stopping import stop

_AT_A_TIME = 50
"""Sessions made or stopped in one transaction: a large group does not hold up who else writes."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What has become of a member: the sessions that were stored for it; none, and the reason, where it is left out."""

    member: Member
    session_ids: Sequence[str] = ()
    reason: str | None = None


class GroupStarter(Protocol):
    """What a kind of group does when the turn of its members comes."""

    def start(self, tx: Connection, group: SessionGroup, members: Sequence[Member]) -> Sequence[Started]:
        """Store the sessions of ``members``, with the group's id and the member's position; return what came of each.

        It is called in a transaction in which nothing has been announced yet.
        """


@dataclass(slots=True)
class _Done:
    """What is to be done after the commit."""

    queued: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ended: list[Session] = field(default_factory=list)


class GroupProgress:
    """What the engine does about groups. ``starters`` are of each kind.

    ``stopping`` is called with a session whose runner is to stop it, after the commit; ``parked`` keeps what one leaves
    that had no process.
    """

    def __init__(
        self, database: Database, starters: Mapping[GroupKind, GroupStarter], stopping: Callable[[str], None],
        parked: ParkedResults,
    ) -> None:  # fmt: skip
        self._database = database
        self._starters = starters
        self._stopping = stopping
        self._parked = parked

    async def next_time(self) -> float | None:
        """Return 0 where a group can go on now, else None. Raises Unavailable."""
        return 0.0 if await self._database.read(lambda tx: session_groups.due(tx, 1)) else None

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Let up to ``limit`` groups go on; return the sessions queued by it, and whether there may be more to do."""
        due = await self._database.read(lambda tx: session_groups.due(tx, limit))
        queued: list[str] = []
        for group_id in due:
            queued += await self.settle(group_id)
        return queued, bool(due)

    async def settle(self, group_id: str) -> list[str]:
        """Let a group go on by a step; return the sessions queued by it. Raises Unavailable."""
        try:
            done = await self._database.write(lambda tx: self._settled(tx, group_id))
        except Unavailable:
            raise
        except IntegrityError as error:
            # Only where several servers share a database.
            raise Unavailable("Its trigger was changed meanwhile. Try again.", code="trigger_changed") from error
        except Exception:  # noqa: BLE001 - it must not hold up all others, again and again
            _log.exception("The group %s cannot go on", group_id)
            await self._database.write(lambda tx: _give_up(tx, group_id))
            return []
        for session_id in done.asked:
            self._stopping(session_id)
        for session in done.ended:
            if session.is_durable:
                self._parked.collect(session)
        return done.queued

    def _settled(self, tx: Connection, group_id: str) -> _Done:
        group, done = session_groups.held(tx, group_id), _Done()
        if group is None or group.state not in OPEN:
            return done
        if group.state == "canceling":
            self._stop(tx, group, done)
        else:
            self._start(tx, group, done)
        if not done.queued and not done.asked and not session_groups.has_waiting(tx, group_id):
            state = state_at_end(group.state, session_groups.counts(tx, group_id))
            if state is not None:
                session_groups.change(tx, group, state)
        return done

    def _start(self, tx: Connection, group: SessionGroup, done: _Done) -> None:
        room = min(group.at_once - session_groups.under_way(tx, group.id), _AT_A_TIME)
        members = session_groups.members(tx, group.id, limit=room, state="waiting") if room > 0 else []
        if not members:
            return
        for one in self._starters[group.kind].start(tx, group, members):
            first = one.session_ids[0] if one.session_ids else None
            session_groups.settle_member(
                tx, one.member, "started" if first else "skipped", session_id=first, reason=one.reason
            )
            done.queued += one.session_ids

    def _stop(self, tx: Connection, group: SessionGroup, done: _Done) -> None:
        stopped = session_groups.to_stop(tx, group, _AT_A_TIME)
        # All of them before the first is announced: everybody takes rows first, and the order of changes after.
        waits.hold(tx, stopped)
        for session_id in stopped:
            result = stop(tx, session_id, group.reason or "Cancelled.")
            if result.asked:
                done.asked.append(session_id)
            elif result.ended is not None:
                done.ended.append(result.ended)


def _give_up(tx: Connection, group_id: str) -> None:
    group = session_groups.held(tx, group_id)
    if group is not None and group.state in OPEN:
        reason = "It could not go on because of an error, which the server's log tells."
        session_groups.cancel_waiting(tx, group_id, reason)
        session_groups.change(tx, group, "failed", reason=reason)
