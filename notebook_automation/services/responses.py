"""Responses to sync webhooks: that of the first session to answer, whole or in parts, and how long a caller waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from notebook_automation.domain.changes import Change
from notebook_automation.domain.errors import PolicyRefused
from notebook_automation.domain.responses import (
    NoResponse,
    ResponseBroken,
    ResponseTooLate,
    SyncResponse,
    part_of,
    response_of,
)
from notebook_automation.domain.session_log import Outcome
from notebook_automation.domain.sessions import TERMINAL, Session, SessionChange, SessionOutcomeChange
from notebook_automation.ports import Cipher

from .changes import Changes
from .sessions import Sessions

_AT_ONCE = 8
"""Parts that are held for one caller who has not taken them yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstResponse:
    """A session's answer, or the first part of it where ``streamed`` is true."""

    session_id: str
    response: SyncResponse
    outcome: Outcome

    @property
    def streamed(self) -> bool:
        """Whether more is to come."""
        return self.outcome.more


class Responses:
    """Waits for sessions to answer; is notified of each change by ``changes``, so that nothing is polled."""

    def __init__(self, sessions: Sessions, changes: Changes, cipher: Cipher) -> None:
        self._sessions = sessions
        self._cipher = cipher
        self._waiting: dict[str, set[asyncio.Event]] = {}
        changes.on_change(self._on_change)

    async def first(self, session_ids: Sequence[str], seconds: float) -> FirstResponse:
        """Return what the first of these sessions answers.

        Raises ResponseTooLate, NoResponse, PolicyRefused, Unavailable.
        """
        with self._woken_by(session_ids) as woken:
            try:
                async with asyncio.timeout(seconds):
                    return await self._first(session_ids, woken)
            except TimeoutError:
                raise ResponseTooLate(
                    f"No answer came within {seconds:g} s; what was started goes on: {', '.join(session_ids)}."
                ) from None

    async def rest(self, first: FirstResponse, seconds: float) -> AsyncGenerator[bytes, None]:
        """Give what follows ``first``, in order, until the session says that no more will come, or has completed.

        No part may take longer than ``seconds`` to come. Raises ResponseBroken, Unavailable.
        """
        last = first.outcome
        with self._woken_by([first.session_id]) as woken:
            while last.more:
                woken.clear()
                session, parts = await self._sessions.response_parts(first.session_id, after=last.seq, limit=_AT_ONCE)
                for part in parts:
                    content = part_of(part)
                    if part.sent != (last.sent or 0) + len(content):
                        raise ResponseBroken("A part of the answer is no longer there: it was taken too slowly.")
                    last = part
                    yield content
                    if not part.more:
                        return
                if not parts:
                    if session is None or session.status in TERMINAL:
                        yield self._end(first.session_id, last, session)
                        return
                    await _within(seconds, woken)

    async def _first(self, session_ids: Sequence[str], woken: asyncio.Event) -> FirstResponse:
        open_ids = list(session_ids)
        ended: list[Session] = []
        while open_ids:
            woken.clear()
            for session_id in list(open_ids):
                session, parts = await self._sessions.response_parts(session_id, after=0, limit=1)
                if parts:
                    [part] = parts
                    return FirstResponse(
                        session_id=session_id, response=response_of(part.value, part.http), outcome=part
                    )
                if session is None or session.status in TERMINAL:
                    open_ids.remove(session_id)
                    ended += [] if session is None else [session]
            if open_ids:
                await woken.wait()
        refused = await self._sessions.refused([session.id for session in ended if session.status == "cancelled"])
        if ended and len(refused) == len(ended):
            raise PolicyRefused(f"{ended[0].reason} Try again.", retry_after=min(refused.values()))
        became = ", ".join(f"{session.id} is {session.status}" for session in ended)
        raise NoResponse(
            f"The session ended without an answer ({became}): see its log." if became else "Nobody answered."
        )

    def _end(self, session_id: str, last: Outcome, session: Session | None) -> bytes:
        """Return what is left of an answer whose session ended before it said that no more will come."""
        if session is None or session.status != "completed":
            raise ResponseBroken(f"Session {session_id} ended in the middle of its answer: see its log.")
        return b"" if last.withheld is None else self._cipher.decrypt_bytes(last.withheld, session_id)

    @contextlib.contextmanager
    def _woken_by(self, session_ids: Sequence[str]) -> Iterator[asyncio.Event]:
        """Give an event that is set when one of these sessions hands something out, or ends."""
        woken = asyncio.Event()
        for session_id in session_ids:
            self._waiting.setdefault(session_id, set()).add(woken)
        try:
            yield woken
        finally:
            for session_id in session_ids:
                waiting = self._waiting[session_id]
                waiting.discard(woken)
                if not waiting:
                    del self._waiting[session_id]

    def _on_change(self, change: Change) -> None:
        if change.entity not in self._waiting:
            return
        content = change.content
        ended = isinstance(content, SessionChange) and content.status in TERMINAL
        if ended or isinstance(content, SessionOutcomeChange):
            for woken in self._waiting[change.entity]:
                woken.set()


async def _within(seconds: float, woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        raise ResponseBroken(f"The answer did not go on within {seconds:g} s; the session does.") from None
