"""What a trigger's retries do when one of its sessions ends: the next try, held back until its time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from notebook_automation.domain.retries import RetryPolicy, next_delay
from notebook_automation.domain.sessions import Session, retried_session
from notebook_automation.store import session_log, sessions, triggers


def try_again(tx: Connection, ended: Session) -> Session | None:
    """Store the next try of a session that has just ended, where its trigger wants one; return it, as it waits.

    It runs the files of its time, so that a notebook that was mended meanwhile is the one that runs. A trigger that was
    deleted or switched off since wants none. Both logs say what happens.
    """
    if ended.status == "completed" or ended.trigger_id is None:
        return None
    trigger = triggers.get(tx, ended.trigger_id)
    if trigger is None or not trigger.enabled or trigger.call is None or trigger.retry is None:
        return None
    delay = next_delay(trigger.retry, ended.status, tries=ended.tries, seed=ended.id)
    if delay is None:
        return None
    following = _next_try(ended, trigger.call, trigger.retry, (ended.finished_at or time.time()) + delay)
    sessions.add(tx, following)
    sessions.set_retried_by(tx, ended.id, following.id)
    which = f"try {following.tries + 1} of {trigger.retry.max_attempts}"
    session_log.write(
        tx, ended.id, "state", f"It is tried again at {_shown(following.wake_at or 0.0)} ({which}), as {following.id}.",
        {"retried_by": following.id, "wake_at": following.wake_at},
    )  # fmt: skip
    session_log.write(tx, following.id, "state", f"This is {which}: {ended.id} ended as {ended.status}.")
    return following


def _next_try(ended: Session, call: str, policy: RetryPolicy, wake_at: float) -> Session:
    following = retried_session(ended, ended.started_by, call_now=call)
    config = ended.config
    if isinstance(definition := config.get("trigger"), dict):
        # How many tries there are is what was true when this one was made.
        config = {**config, "trigger": {**definition, "retry": policy.to_dict()}}
    return replace(
        following, status="scheduling", wake_at=wake_at, tries=ended.tries + 1, config=config,
        reason=f"{ended.id} ended as {ended.status}.",
    )  # fmt: skip


def _shown(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
