"""How an inquiry changes and ends: its row, its log and the wait of its session, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.inquiries import (
    Channel,
    Inquiry,
    InquiryDelegation,
    InquiryStatus,
    check_pending,
    inquiry_key,
    no_inquiry,
)
from notebook_automation.store import inquiries, inquiry_log, parking, waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, by which way and when (epoch seconds); nobody where a time or the end of a session does."""

    now: float
    who: str = ""
    channel: Channel = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An inquiry after its change, and the sessions that are queued by it: dispatch them after the commit."""

    inquiry: Inquiry
    woken: Sequence[str] = ()


def held(tx: Connection, inquiry_id: str) -> Inquiry:
    """Return an inquiry that nobody else changes until this transaction ends. Raises NotFound."""
    found = inquiries.get(tx, inquiry_id)
    if found is not None and found.session_id is not None:
        waits.hold(tx, [found.session_id])
        # As it is now: what was read before may have been changed while the other transaction held it.
        found = inquiries.get(tx, inquiry_id)
    if found is None:
        raise no_inquiry(inquiry_id)
    return found


def pending(tx: Connection, inquiry_id: str) -> Inquiry:
    """Return an inquiry as `held` does. Raises NotFound, and Conflict (``inquiry_ended``) saying what happened."""
    found = held(tx, inquiry_id)
    check_pending(found)
    return found


def changed(tx: Connection, before: Inquiry, delegations: Sequence[InquiryDelegation] = (), **values: Any) -> Inquiry:
    """Write ``values`` over a pending inquiry, which is held.

    Raises Conflict (``inquiry_ended``, ``inquiry_changed``).
    """
    after = inquiries.change(tx, before, delegations, **values)
    if after is None:
        check_pending(inquiries.get(tx, before.id) or before)
        raise Conflict("The inquiry has changed meanwhile: look at it again.", code="inquiry_changed")
    return after


def end(
    tx: Connection, before: Inquiry, act: Act, *, status: InquiryStatus, response: dict[str, Any] | None = None,
    reason: str | None = None, delegations: Sequence[InquiryDelegation] = (),
) -> Changed:  # fmt: skip
    """End a pending inquiry that is held, and the wait of its session where this was the last of those it asked.

    Raises Conflict as `changed`.
    """
    after = changed(
        tx, before, delegations, status=status, response=response, responded_by=act.who or None, responded_at=act.now,
        channel=act.channel, ended_reason=reason,
    )  # fmt: skip
    return Changed(inquiry=after, woken=_end_wait(tx, after, act.now))


def end_of_session(tx: Connection, session_id: str, now: float) -> None:
    """A session ends: its pending inquiries are cancelled. Its row must be held; its waits are ended by others."""
    for inquiry in inquiries.pending_of_session(tx, session_id):
        reason = "its session has ended"
        changed(
            tx, inquiry, inquiries.delegations_of(tx, [inquiry.id]).get(inquiry.id, ()), status="cancelled",
            responded_at=now, channel="engine", ended_reason=reason,
        )  # fmt: skip
        inquiry_log.write(tx, inquiry.id, "cancelled", at=now, detail={"reason": reason})


def _end_wait(tx: Connection, inquiry: Inquiry, now: float) -> list[str]:
    key = inquiry_key(inquiry.id)
    if inquiry.session_id is None:
        return []
    for wait in waits.open_by_keys(tx, [key], [inquiry.session_id]):
        waits.forget_keys(tx, [key])
        asked: list[str] = wait.question["inquiries"]
        if inquiries.any_pending(tx, asked):
            continue
        waits.answer(tx, {wait.id: {"inquiries": asked}}, now)
        woken = [session.id for session in parking.wake(tx, [inquiry.session_id])]
        if not woken:
            # It runs and looks: the change of its session ends its look.
            waits.announce(tx, [inquiry.session_id])
        return woken
    return []
