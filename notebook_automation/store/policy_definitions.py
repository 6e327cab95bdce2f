"""Which policies limit a session, as they are defined now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from notebook_automation.domain.policies import Policy, parse_policy
from notebook_automation.domain.sessions import Session

from .tables.triggers import triggers


@dataclass(frozen=True, slots=True)
class Limit:
    """A policy with the id and the ref of what it is defined on."""

    policy_id: str
    ref: str
    policy: Policy


def of_sessions(tx: Connection, sessions: Iterable[Session]) -> dict[str, list[Limit]]:
    """Return the policies of those of these sessions that have some, by session; in the order of their places."""
    by_trigger: dict[str, list[Session]] = {}
    for session in sessions:
        if session.trigger_id is not None:
            by_trigger.setdefault(session.trigger_id, []).append(session)
    found: dict[str, list[Limit]] = {}
    for trigger_id, policy in now(tx, by_trigger).items():
        for session in by_trigger[trigger_id] if policy is not None else ():
            assert policy is not None
            found[session.id] = [Limit(trigger_id, session.trigger_ref or trigger_id, policy)]
    return found


def now(tx: Connection, policy_ids: Collection[str]) -> dict[str, Policy | None]:
    """Return policies by id; one that is not there any more is None."""
    found: dict[str, Policy | None] = dict.fromkeys(policy_ids)
    ordered = sorted(policy_ids)
    for start in range(0, len(ordered), 500):
        some = triggers.c.id.in_(ordered[start : start + 500])
        for trigger_id, policy in tx.execute(select(triggers.c.id, triggers.c.policy).where(some)):
            found[trigger_id] = None if policy is None else parse_policy(policy)
    return found
