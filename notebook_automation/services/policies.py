"""Policies per period: whoever waits for a time is let in when it has come."""

from __future__ import annotations

from sqlalchemy import Connection

from notebook_automation.store import policy_queues
from notebook_automation.store.database import Database


class PolicyTimes:
    """What the engine does about queues whose first may go at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Decide anew in up to ``limit`` queues that are due at ``now`` (epoch seconds).

        Returns the sessions queued by it, and whether there may be more. Raises Unavailable.
        """

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = policy_queues.due(tx, now, limit)
            return policy_queues.settle(tx, due, now=now), len(due) == limit

        return await self._database.write(work)

    async def next_time(self) -> float | None:
        """Return when the first of a queue may go, in epoch seconds; None where nobody waits for a time.

        Raises Unavailable.
        """
        return await self._database.read(policy_queues.next_due)
