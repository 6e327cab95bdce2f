"""Who is to hear of what happened is written down in the transaction in which it happens; `notifications` sends it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.notifications import (
    NOTIFICATION_ID,
    Notification,
    NotifyRule,
    Reason,
    Wish,
    reads,
    wanted,
)
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.settings import Settings
from notebook_automation.store import notifications

_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """What is told of: ``entity`` is its id; ``content`` is what is said of it."""

    entity_type: str
    entity: str
    project_id: str | None
    project: str
    trigger_id: str
    trigger_ref: str | None
    content: Mapping[str, Any]
    session_id: str | None = None


def session_ended(tx: Connection, ended: Session, settings: Settings, *, tried_again: bool) -> None:
    """Write down who is to hear that a trigger's session has ended, unless it is ``tried_again``."""
    if ended.trigger_id is None or tried_again or ended.status == "cancelled":
        return
    rules = notifications.rules_of(tx, ended.trigger_id)
    if not rules:
        return
    is_success = ended.status == "completed"
    reasons: list[Reason] = ["completed" if is_success else "failed"]
    if is_success and reads(rules, "recovered") and notifications.failed_before(tx, ended.trigger_id, ended.id):
        reasons.append("recovered")
    thing = _Thing(
        entity_type="sessions", entity=ended.id, project_id=ended.project_id, project=ended.project,
        trigger_id=ended.trigger_id, trigger_ref=ended.trigger_ref, session_id=ended.id, content=_said(ended),
    )  # fmt: skip
    _write(tx, rules, reasons, thing, settings)


def ticks_missed(tx: Connection, trigger: Trigger, keys: Sequence[str], settings: Settings) -> None:
    """Write down who is to hear of ticks (RFC 3339) of a schedule that have run nothing."""
    _ticks(tx, trigger, "missed", keys, settings)


def ticks_late(tx: Connection, trigger: Trigger, keys: Sequence[str], settings: Settings) -> None:
    """Write down who is to hear of ticks (RFC 3339) that run long after their time."""
    _ticks(tx, trigger, "late", keys, settings)


def trigger_stale(tx: Connection, trigger: Trigger, why: str, since: float, settings: Settings) -> None:
    """Write down who is to hear that no session of a trigger has completed in time, since a time (epoch seconds)."""
    _unfresh(tx, trigger, "stale", f"{trigger.id}/{since:.3f}", why, settings)


def session_late(tx: Connection, trigger: Trigger, session_id: str, why: str, settings: Settings) -> None:
    """Write down who is to hear that a session takes far longer than usual."""
    _unfresh(tx, trigger, "late", session_id, why, settings, session_id=session_id)


def _unfresh(
    tx: Connection, trigger: Trigger, reason: Reason, entity: str, why: str, settings: Settings,
    session_id: str | None = None,
) -> None:  # fmt: skip
    thing = _Thing(
        entity_type="triggers" if session_id is None else "sessions", entity=entity, project_id=trigger.project_id,
        project=trigger.project, trigger_id=trigger.id, trigger_ref=trigger.ref, session_id=session_id,
        content={"call": trigger.call, "error": why, **({} if session_id is None else {"overdue": True})},
    )  # fmt: skip
    _write(tx, notifications.rules_of(tx, trigger.id), [reason], thing, settings)


def people_asked(tx: Connection, inquiry: Inquiry, settings: Settings) -> None:
    """Write down who is to hear that a session waits for people to answer."""
    if inquiry.trigger_id is None:
        return
    rules = notifications.rules_of(tx, inquiry.trigger_id)
    content = {"title": inquiry.title, "call": inquiry.notebook}
    thing = _Thing(
        entity_type="inquiries", entity=inquiry.id, project_id=inquiry.project_id, project=inquiry.project,
        trigger_id=inquiry.trigger_id, trigger_ref=inquiry.trigger_ref, session_id=inquiry.session_ref, content=content,
    )  # fmt: skip
    _write(tx, rules, ["waiting"], thing, settings)


def _ticks(tx: Connection, trigger: Trigger, reason: Reason, keys: Sequence[str], settings: Settings) -> None:
    if not keys or (trigger.notify is not None and not reads(trigger.notify, reason)):
        return
    rules = notifications.rules_of(tx, trigger.id)
    content = {"call": trigger.own_call, "count": len(keys), "first": keys[0], "last": keys[-1]}
    thing = _Thing(
        entity_type="triggers", entity=f"{trigger.id}/{keys[0]}", project_id=trigger.project_id,
        project=trigger.project, trigger_id=trigger.id, trigger_ref=trigger.ref, content=content,
    )  # fmt: skip
    _write(tx, rules, [reason], thing, settings)


def _write(
    tx: Connection, rules: Sequence[NotifyRule], reasons: Collection[Reason], thing: _Thing, settings: Settings
) -> None:
    now = time.time()
    added = [
        Notification(
            id=NOTIFICATION_ID.new(), channel=recipient.channel, target=recipient.target,
            entity_type=thing.entity_type, entity=thing.entity, activity=reason, created_at=now,
            project_id=thing.project_id, project=thing.project, trigger_id=thing.trigger_id,
            trigger_ref=thing.trigger_ref, session_id=thing.session_id,
            content={**thing.content, **_wished(wish)},
            next_at=now + settings.notify_gather,
        )
        for reason in reasons
        for recipient, wish in wanted(rules, reason).items()
    ]  # fmt: skip
    if added:
        notifications.add_once(tx, added)


def _wished(wish: Wish) -> dict[str, Any]:
    conditions = {"if": list(wish.conditions)} if wish.conditions else {}
    return {**conditions, "report": list(wish.report)} if wish.report else conditions


def _said(ended: Session) -> dict[str, Any]:
    """Return what messages say of a session that has ended."""
    error = ended.error
    cause = f"{error.ename}: {error.evalue}" if error is not None else ended.reason or ""
    return {
        "status": ended.status, "call": ended.call, "error": cause[:_LONGEST_ERROR], "duration": ended.duration,
        "tries": ended.tries + 1, "finished_at": ended.finished_at,
    }  # fmt: skip
