"""What a trigger's retries do when one of its sessions ends: the next try, held back until its time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from notebook_automation.domain.api_calls import is_api_call
from notebook_automation.domain.retries import RetryPolicy, next_delay
from notebook_automation.domain.rule_sets import rule_call
from notebook_automation.domain.sessions import Session, retried_session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import parking, session_log, sessions, triggers


def try_again(tx: Connection, ended: Session) -> Session | None:
    """Store the next try of a session that has just ended, where its trigger wants one; return it, as it waits.

    It runs the files of its time, so that a notebook that was mended meanwhile is the one that runs. A trigger that was
    deleted or switched off since wants none. Both logs say what happens.
    """
    if ended.status == "completed" or ended.trigger_id is None:
        return None
    if ended.forked_from is not None:
        # Somebody let it go on from a checkpoint, so as not to repeat what was before it.
        return None
    trigger = triggers.get(tx, ended.trigger_id)
    call = None if trigger is None else rule_call(trigger, ended.config)
    if trigger is None or not trigger.enabled or call is None or trigger.retry is None:
        return None
    delay = next_delay(trigger.retry, ended.status, tries=ended.tries, seed=ended.id)
    if delay is None:
        return None
    following = _next_try(ended, trigger, call, trigger.retry, (ended.finished_at or time.time()) + delay)
    sessions.add(tx, following)
    sessions.set_retried_by(tx, ended.id, following.id)
    which = f"try {following.tries + 1} of {trigger.retry.max_attempts}"
    session_log.write(
        tx, ended.id, "state", f"It is tried again at {_shown(following.wake_at or 0.0)} ({which}), as {following.id}.",
        {"retried_by": following.id, "wake_at": following.wake_at},
    )  # fmt: skip
    session_log.write(tx, following.id, "state", f"This is {which}: {ended.id} ended as {ended.status}.")
    return following


def follow(tx: Connection, changed: Sequence[Trigger]) -> None:
    """Let the tries that are held back be what their triggers, which have just been ``changed``, say now."""
    by_id = {trigger.id: trigger for trigger in changed}
    for held in parking.held_back(tx, by_id):
        trigger = by_id[held.trigger_id or ""]
        call = rule_call(trigger, held.config)
        if not trigger.enabled or call is None or trigger.retry is None:
            what = "is switched off" if not trigger.enabled else "wants no more tries"
            _give_up(tx, held, f"Cancelled: its trigger {what}.")
            continue
        # A call of an API is made as it was when this try was: what is sent is in its snapshot of definitions.
        now = held.call if is_api_call(call) else call
        if (held.project_id, held.call) != (trigger.project_id, now):
            parking.move(tx, held, project_id=trigger.project_id, project=trigger.project, call=now)


def give_up(tx: Connection, removed: Sequence[Trigger]) -> None:
    """Cancel the tries that are held back of triggers that are about to be ``removed``."""
    for held in parking.held_back(tx, [trigger.id for trigger in removed]):
        _give_up(tx, held, "Cancelled: its trigger was deleted.")


def _give_up(tx: Connection, held: Session, reason: str) -> None:
    session_log.write(tx, held.id, "state", reason)
    sessions.end(tx, held.id, "cancelled", reason=reason)


def _next_try(ended: Session, trigger: Trigger, call: str, policy: RetryPolicy, wake_at: float) -> Session:
    following = retried_session(ended, ended.started_by, ended.behind, call_now=call)
    config = ended.config
    cause = ended.reason if ended.error is None else f"{ended.error.ename}: {ended.error.evalue}"
    if isinstance(definition := config.get("trigger"), dict):
        # How many tries there are is what was true when this one was made.
        sends = {} if trigger.api_call is None else {"api_call": trigger.api_call.to_dict()}
        config = {**config, "trigger": {**definition, "retry": policy.to_dict(), **sends}}
    return replace(
        following, status="scheduling", wake_at=wake_at, tries=ended.tries + 1, config=config,
        # Its file, and with it the trigger, may have moved to another project since.
        project_id=trigger.project_id, project=trigger.project,
        group_id=ended.group_id, group_position=ended.group_position,
        reason=f"The try before it ended as {ended.status}" + (f" ({cause[:300]})." if cause else "."),
    )  # fmt: skip


def _shown(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
