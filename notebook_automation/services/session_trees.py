"""Trees of sessions: a new one gets its place, a whole tree is cancelled, children end with their parent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.domain.sessions import Session
from notebook_automation.store import session_trees, sessions, waits
from notebook_automation.store.database import Database

from .parked_results import ParkedResults
from .stopping import stop

_AT_ONCE = 100
"""Sessions cancelled in one transaction: a large tree does not hold up who else writes."""


def placed(tx: Connection, session: Session, limits: TreeLimits) -> Session:
    """Return a new ``session`` as it is in the tree of the one whose code starts it, which is held from now on.

    Raises Conflict as `TreeLimits.check_child`.
    """
    parent = None if session.parent_id is None else sessions.get(tx, session.parent_id)
    if parent is None:
        return session
    root_id = parent.root_id or parent.id
    waits.hold(tx, {parent.id, root_id})
    # It may have ended, or been cancelled, before it was held.
    parent = sessions.get(tx, parent.id) or parent
    level = 1 + session_trees.level_of(tx, parent, limits.levels)
    limits.check_child(parent, level=level, unended=session_trees.count_unended(tx, root_id))
    return replace(session, root_id=root_id)


class SessionTrees:
    """The service of trees; it is one of what is ``Due``: the engine cancels what is to end with its parent.

    ``stopping`` is called with the id of a session whose runner is to stop it, after the commit; ``parked`` keeps what
    one leaves that is cancelled without a process.
    """

    def __init__(self, database: Database, *, stopping: Callable[[str], None], parked: ParkedResults) -> None:
        self._database = database
        self._stopping = stopping
        self._parked = parked

    async def cancel(self, caller: Caller, session_id: str) -> None:
        """Ask a session to stop, and all that it has started, and what these have: they start no others any more.

        Raises NotFound (``session_not_found``), Forbidden.
        """
        found = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if found is None:
            raise no_session(session_id)
        caller.require("run", found.resource)

        def work(tx: Connection) -> None:
            held = session_trees.hold_tree(tx, found)
            for one in sorted(held):
                if (session := sessions.get(tx, one)) is not None:
                    caller.require("run", session.resource)
            session_trees.mark(tx, {session_id}, f"Cancelled by {caller.login}.")
            session_trees.mark(tx, held, f"Cancelled by {caller.login}, together with {session_id}, which started it.")

        await self._database.write(work)
        # Whoever leads does what is left where this server ends meanwhile.
        more = True
        while more:
            _, more = await self.wake_due(0.0, _AT_ONCE)

    async def next_time(self) -> float | None:
        """Return 0.0 (at once) where a session is to be cancelled. Raises Unavailable."""
        return 0.0 if await self._database.read(lambda tx: session_trees.to_cancel(tx, 1)) else None

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Cancel up to ``limit`` sessions of trees that are cancelled, or whose parent has ended; it queues none."""

        def work(tx: Connection) -> tuple[list[str], list[Session]]:
            found = session_trees.to_cancel(tx, limit)
            waits.hold(tx, found)
            stopped = [stop(tx, session_id, reason) for session_id, reason in found.items()]
            return list(found), [one.ended for one in stopped if one.ended is not None]

        found, ended = await self._database.write(work)
        for session_id in found:
            self._stopping(session_id)
        for session in ended:
            if session.is_durable:
                self._parked.collect(session)
        return [], bool(found)
