"""One attempt at a session that calls an HTTP API: it has no kernel, no workspace and no files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notebook_automation.adapters.http_calls import AnswerLate
from notebook_automation.domain.api_calls import ApiCall, idempotency_key
from notebook_automation.domain.api_requests import PlaceholderValues
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import CellError, Session
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.api_calls import OutgoingCall, why_bad
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.endings import Ending
from notebook_automation.settings import Settings

from .end_writing import write_end
from .endings import StopCause, failed, stopped
from .lease import LeaseKeeper
from .phases import LeftBehind, Phases
from .preparation import masker_of
from .progress import ProgressReporter

_log = logging.getLogger(__name__)


class ApiCallRun:
    """The run of an acquired session that sends ``call``. ``changed`` is called after each commit."""

    def __init__(
        self, attempts: Attempts, settings: Settings, acquired: AcquiredSession, call: ApiCall, *,
        changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._settings = settings
        self._acquired = acquired
        self._call = call
        self._changed = changed
        self._limit = acquired.session.time_limit or settings.time_limit
        self._reporter = ProgressReporter(attempts, acquired, changed, lambda: self.stop("lost"))
        self._phases = Phases(0.0)
        self._outgoing: OutgoingCall | None = None
        self._cause: StopCause | None = None

    def stop(self, cause: StopCause) -> None:
        """Stop for ``cause``. The first one counts, but a lost session is lost whatever was meant before."""
        if self._cause is None or cause == "lost":
            self._cause = cause
        if self._outgoing is not None:
            self._outgoing.stop()
        self._phases.stop()

    async def to_its_end(self) -> Session | None:
        """Send the request; return the ended session, None if it was lost."""
        lease = LeaseKeeper(
            self._attempts, self._acquired, self._settings.lease, lost=lambda: self.stop("lost"),
            canceling=lambda: self.stop("cancelled"),
        )  # fmt: skip
        lease.start()
        clock = asyncio.get_running_loop().call_later(self._limit, self.stop, "timeout")
        try:
            ending = await self._ending()
            return await write_end(
                self._attempts, self._acquired, ending, await self._reporter.close(), lambda: self._cause == "lost"
            )
        finally:
            clock.cancel()
            lease.stop()
            self._changed()

    async def _ending(self) -> Ending:
        masker = masker_of(self._acquired)
        result: dict[str, Any] | None = None
        try:
            outgoing = self._outgoing = self._prepared()
            result = {"request": outgoing.shown, "response": None}
            tried = self._acquired.session.tries
            again = f", try {tried + 1}" if tried else ""
            self._reporter.observer.log("start", f"{masker.text(self._call.call)} is called{again}.", dict(result))
            if self._cause is not None:
                return stopped(self._cause, self._limit)
            answer = await self._phases.run(outgoing.send, grace=False)
        except LeftBehind:
            return replace(stopped(self._cause, self._limit), result=result)
        except AutomationError as error:
            if self._cause is not None:
                return replace(stopped(self._cause, self._limit), result=result)
            return _failed(error.code, masker.text(error.message), result, late=isinstance(error, AnswerLate))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on this side, the session ends and says why
            _log.exception("%s failed in its runner.", self._acquired.session.id)
            return failed(type(error).__name__, masker.text(f"The runner failed: {error}"))
        self._reporter.observer.log("state", masker.text(answer.told))
        if answer.is_good:
            return Ending(status="completed", result=answer.result)
        return _failed("answer_status", masker.text(why_bad(outgoing.host, answer)), answer.result)

    def _prepared(self) -> OutgoingCall:
        acquired = self._acquired
        session, names = acquired.session, set(acquired.secrets)
        values = PlaceholderValues(
            secrets={name: value for name, value in acquired.variables.items() if name in names},
            variables={name: value for name, value in acquired.variables.items() if name not in names},
            parameters=session.parameters, usual_body=_usual_body(acquired),
        )  # fmt: skip
        key = idempotency_key(session.id, session.event_id, self._call)
        return OutgoingCall(self._call, values, key, self._settings, masker_of(acquired))


def _usual_body(acquired: AcquiredSession) -> dict[str, Any]:
    """Return what a webhook tells that has no body of its own."""
    session, event = acquired.session, acquired.event
    return {
        "task": session.trigger_ref,
        "execution": session.id,
        "event": None if event is None else {"id": event.id, "type": event.type},
        "triggered_at": rfc3339(session.created_at if event is None else event.received_at),
        "input": dict(session.parameters),
    }


def _failed(code: str, message: str, result: Any, *, late: bool = False) -> Ending:
    return Ending(
        status="timeout" if late else "failed", reason=message, error=CellError(ename=code, evalue=message),
        result=result,
    )  # fmt: skip
