"""Policies of projects, in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from notebook_automation.domain.policies import parse_policy
from notebook_automation.domain.project_policies import ProjectPolicy

from . import places
from .rows import from_row, to_row
from .tables.policies import policies


def of_project(tx: Connection, project_id: str) -> list[ProjectPolicy]:
    """Return a project's policies by name."""
    rows = tx.execute(select(policies).where(policies.c.project_id == project_id).order_by(policies.c.name))
    return [_policy(row) for row in rows]


def save(tx: Connection, project_id: str, changed: Collection[ProjectPolicy], removed: Collection[str] = ()) -> None:
    """Store policies of a project, each over the one of its id, and delete those with the ids ``removed``.

    Its sessions that have not ended are counted anew. Raises IntegrityError where a name is taken.
    """
    if not changed and not removed:
        return
    gone = {*removed, *(one.id for one in changed)}
    tx.execute(delete(policies).where(policies.c.id.in_(sorted(gone))))
    if changed:
        rows = [{**to_row(one, policies), "policy": one.policy.to_dict()} for one in changed]
        tx.execute(insert(policies), rows)
    places.count_project_anew(tx, project_id)


def _policy(row: Row[Any]) -> ProjectPolicy:
    return from_row(ProjectPolicy, row, policies, policy=parse_policy(row.policy))
