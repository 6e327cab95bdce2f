"""Recorded events are sent to programs on this machine, to see what they make of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.local_replays import LocalAnswer, LocalRequest, request_of
from notebook_automation.store.database import Database

from .event_history import stored_event


class LocalReplays:
    """The service that sends events to this machine, by ``send``, which reaches nothing else."""

    def __init__(self, database: Database, send: Callable[[LocalRequest], Awaitable[LocalAnswer]]) -> None:
        self._database = database
        self._send = send

    async def send(self, caller: Caller, event_id: str, url: str) -> LocalAnswer:
        """Send a recorded event to ``url`` and return the answer; the sender's credentials stay here.

        Raises NotFound, Conflict (``event_refused``), Invalid (``target_not_local``), TargetUnreachable.
        """
        # The code of a session may be on another machine: it is not let in here by the server.
        caller.require("run", EVERYTHING)
        event = await stored_event(self._database, caller, event_id)
        if event.refusal is not None:
            raise Conflict(
                f"Event {event_id} was refused, and its body was not kept: let its sender send it again.",
                code="event_refused",
            )
        return await self._send(request_of(event, url))
