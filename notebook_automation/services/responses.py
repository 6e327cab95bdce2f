"""Responses to sync webhooks: that of the first session to answer, and how long a caller waits for it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from notebook_automation.domain.changes import Change
from notebook_automation.domain.errors import AutomationError, Invalid, PolicyRefused
from notebook_automation.domain.sessions import TERMINAL, Session, SessionChange, SessionOutcomeChange

from .changes import Changes
from .sessions import Sessions

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_PASSED_ON = frozenset(
    {
        # Of one connection (RFC 9110, 7.6.1), or the server's to say.
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length", "date", "server",
        # The webhook is on the origin of the Jupyter server: a session must not touch its cookies, its policies, or how
        # it is reached.
        "set-cookie", "set-cookie2", "clear-site-data", "content-security-policy", "x-content-type-options",
        "strict-transport-security", "service-worker-allowed", "alt-svc", "nel", "report-to", "reporting-endpoints",
    }
)  # fmt: skip


class NoResponse(AutomationError):
    """The sessions of a sync webhook have ended, or there were none, and nobody answered."""

    code = "no_answer"
    status = 502
    exit_code = 6


class ResponseTooLate(AutomationError):
    """No answer came in time; the session goes on."""

    code = "answer_too_late"
    status = 504
    exit_code = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResponse:
    """What the caller of a sync webhook gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Responses:
    """Waits for sessions to answer; is notified of each change by ``changes``, so that nothing is polled."""

    def __init__(self, sessions: Sessions, changes: Changes) -> None:
        self._sessions = sessions
        self._waiting: dict[str, set[asyncio.Event]] = {}
        changes.on_change(self._on_change)

    async def first(self, session_ids: Sequence[str], seconds: float) -> SyncResponse:
        """Return what the first of these sessions answers.

        Raises ResponseTooLate, NoResponse, PolicyRefused, Unavailable.
        """
        woken = asyncio.Event()
        for session_id in session_ids:
            self._waiting.setdefault(session_id, set()).add(woken)
        try:
            async with asyncio.timeout(seconds):
                return await self._first(session_ids, woken)
        except TimeoutError:
            raise ResponseTooLate(
                f"No answer came within {seconds:g} s; what was started goes on: {', '.join(session_ids)}."
            ) from None
        finally:
            for session_id in session_ids:
                waiting = self._waiting[session_id]
                waiting.discard(woken)
                if not waiting:
                    del self._waiting[session_id]

    async def _first(self, session_ids: Sequence[str], woken: asyncio.Event) -> SyncResponse:
        open_ids = list(session_ids)
        ended: list[Session] = []
        while open_ids:
            woken.clear()
            for session_id in list(open_ids):
                outcome, session = await self._sessions.answer(session_id)
                if outcome is not None:
                    return response_of(outcome.value, outcome.http)
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

    def _on_change(self, change: Change) -> None:
        if change.entity not in self._waiting:
            return
        content = change.content
        ended = isinstance(content, SessionChange) and content.status in TERMINAL
        if ended or isinstance(content, SessionOutcomeChange):
            for woken in self._waiting[change.entity]:
                woken.set()


def response_of(value: Any, http: Mapping[str, Any] | None) -> SyncResponse:
    """Return the answer that an outcome is: as its ``http`` part says, else its value as JSON."""
    if http is None:
        return SyncResponse(status=200, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(value))
    given = {name: text for name, text in http.get("headers", {}).items() if name.lower() not in _NOT_PASSED_ON}
    typed = any(name.lower() == "content-type" for name in given)
    if "json" in http:
        body, media_type = msgspec.json.encode(http["json"]), "application/json"
    elif "body_base64" in http:
        body, media_type = base64.b64decode(http["body_base64"]), "application/octet-stream"
    else:
        body, media_type = str(http.get("body", "")).encode("utf-8"), "text/plain; charset=utf-8"
    headers = given if typed or not body else {"Content-Type": media_type, **given}
    return SyncResponse(status=int(http.get("status", 200)), headers=headers, body=body)


def validate_response(http: Mapping[str, Any]) -> dict[str, Any]:
    """Return the HTTP part of an outcome if it can be sent as it is.

    Raises Invalid (``response_invalid``).
    """
    contents = [name for name in ("json", "body", "body_base64") if name in http]
    if len(contents) > 1:
        raise _wrong(f"An answer has one content, not {' and '.join(contents)}: give one of them.")
    if "body_base64" in http:
        try:
            base64.b64decode(http["body_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise _wrong("body_base64 is not base64: encode the bytes by base64.") from None
    for name, value in http.get("headers", {}).items():
        if not _TOKEN.fullmatch(name):
            raise _wrong(f"{name!r} is not the name of a header: use letters, digits and -.")
        # latin-1 is what HTTP/1.1 can carry; line ends would make other headers of it.
        if any(ord(one) > 255 or (ord(one) < 32 and one != "\t") or ord(one) == 127 for one in value):
            raise _wrong(f"The value of {name} holds a line end or another character that no header can: leave it out.")
    return dict(http)


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="response_invalid")
