"""Which policies limit a session, as they are defined now: that of its trigger, then those of its project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from notebook_automation.domain.policies import Policy, parse_policy
from notebook_automation.domain.project_policies import ProjectPolicy
from notebook_automation.domain.sessions import Session

from .rows import from_row
from .tables.policies import policies
from .tables.triggers import triggers

_ANY_PROJECT = "SELECT EXISTS (SELECT 1 FROM policies)"


@dataclass(frozen=True, slots=True)
class Limit:
    """A policy with the id and the ref of what it is defined on."""

    policy_id: str
    ref: str
    policy: Policy


def any_project_has_some(tx: Connection) -> bool:
    """Return whether any project has a policy: looked up for each batch of events, so as cheaply as can be."""
    return bool(tx.exec_driver_sql(_ANY_PROJECT).scalar())


def of_sessions(tx: Connection, sessions: Iterable[Session]) -> dict[str, list[Limit]]:
    """Return the policies of those of these sessions that have some, by session; in the order of their places."""
    asked = list(sessions)
    by_trigger = now(tx, {session.trigger_id for session in asked if session.trigger_id is not None})
    by_project = _of_projects(tx, {session.project_id for session in asked if session.project_id is not None})
    found: dict[str, list[Limit]] = {}
    for session in asked:
        limits = []
        if session.trigger_id is not None and (policy := by_trigger.get(session.trigger_id)) is not None:
            limits.append(Limit(session.trigger_id, session.trigger_ref or session.trigger_id, policy))
        limits += [
            Limit(one.id, f"{session.project}/{one.name}", one.policy)
            for one in by_project.get(session.project_id or "", ())
            if one.limits(session.call)
        ]
        if limits:
            found[session.id] = limits
    return found


def now(tx: Connection, policy_ids: Collection[str]) -> dict[str, Policy | None]:
    """Return policies by the id of their trigger, or their own; one that is not there any more is None."""
    found: dict[str, Policy | None] = dict.fromkeys(policy_ids)
    ordered = sorted(policy_ids)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        own = [one for one in some if one.startswith("pol_")]
        of_triggers = select(triggers.c.id, triggers.c.policy).where(triggers.c.id.in_(some))
        rows = [] if len(own) == len(some) else list(tx.execute(of_triggers))
        if own:
            rows += tx.execute(select(policies.c.id, policies.c.policy).where(policies.c.id.in_(own)))
        for policy_id, policy in rows:
            found[policy_id] = None if policy is None else parse_policy(policy)
    return found


def _of_projects(tx: Connection, project_ids: Collection[str]) -> dict[str, list[ProjectPolicy]]:
    found: dict[str, list[ProjectPolicy]] = {}
    ordered = sorted(project_ids)
    for start in range(0, len(ordered), 500):
        some = policies.c.project_id.in_(ordered[start : start + 500])
        for row in tx.execute(select(policies).where(some).order_by(policies.c.name)):
            one = from_row(ProjectPolicy, row, policies, policy=parse_policy(row.policy))
            found.setdefault(one.project_id, []).append(one)
    return found
