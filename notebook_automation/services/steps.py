"""The steps of durable sessions, as people see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import cell_numbers
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.steps import Step
from notebook_automation.store import session_log, sessions, steps
from notebook_automation.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step and the number that its cell has in the session's log; None where the cell is not known."""

    step: Step
    cell_number: int | None


class Steps:
    """The service of steps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_session(self, caller: Caller, session_id: str) -> list[StepView]:
        """Return a session's steps in the notebook's order, without results; raises NotFound."""

        def work(tx: Connection) -> list[StepView]:
            session = sessions.get(tx, session_id)
            if session is None:
                raise no_session(session_id)
            caller.require("read", session.resource)
            numbers = cell_numbers(session_log.cells_of(tx, session_id))
            found = steps.of_session(tx, session_id)
            return [StepView(step=step, cell_number=numbers.get(step.cell_index)) for step in found]

        return await self._database.read(work)
