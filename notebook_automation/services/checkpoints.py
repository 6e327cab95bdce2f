"""Checkpoints of durable sessions, as people see them: what each holds, its cost, whether it can be gone on from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import Checkpoint, cell_numbers
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.sessions import Session
from notebook_automation.store import checkpoints, session_log, sessions
from notebook_automation.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointView:
    """A checkpoint; ``cell`` is its cell's number as the log counts, ``is_kept``: an earlier session ran the cell."""

    checkpoint: Checkpoint
    cell: int | None
    is_kept: bool = False


class Checkpoints:
    """The service of checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, caller: Caller, session_id: str) -> list[CheckpointView]:
        """Return a session's checkpoints, the first one first. Raises NotFound (``session_not_found``)."""

        def work(tx: Connection) -> tuple[Session | None, list[CheckpointView]]:
            session = sessions.get(tx, session_id)
            if session is None or not session.is_durable:
                return session, []
            numbers = cell_numbers(session_log.cells_of(tx, session_id))
            # What an earlier session saved came before this one was made.
            return session, [
                CheckpointView(
                    checkpoint=one, cell=numbers.get(one.cell_index), is_kept=one.created_at < session.created_at
                )
                for one in checkpoints.of_session(tx, session_id)
            ]

        session, found = await self._database.read(work)
        if session is None:
            raise no_session(session_id)
        caller.require("read", session.resource)
        return found
