"""What a sweep does when the turn of its combinations comes: each gets a session with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.session_groups import Member, SessionGroup
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.domain.sessions import Session, child_of, requested_session
from notebook_automation.domain.sweeps import options_of
from notebook_automation.store import sessions

from .group_progress import Started
from .session_trees import placed


class SweepTurns:
    """Makes the sessions of sweeps; of one that a session has begun they are its children, within the limits of
    ``tree``."""

    def __init__(self, tree: TreeLimits) -> None:
        self._tree = tree

    def start(self, tx: Connection, group: SessionGroup, members: Sequence[Member]) -> Sequence[Started]:
        """Store the sessions of ``members``; one that its parent may not start any more is left out."""
        found: list[Started] = []
        made: list[Session] = []
        for member in members:
            try:
                session = placed(tx, _session(group, member), self._tree)
            except Conflict as error:
                found.append(Started(member=member, reason=error.message))
            else:
                made.append(session)
                found.append(Started(member=member, session_ids=[session.id]))
        sessions.add_many(tx, made)
        return found


def _session(group: SessionGroup, member: Member) -> Session:
    asked = group.asked
    session = requested_session(
        project_id=group.project_id, project=group.project, call=group.call, started_by=group.started_by,
        parameters={**asked["parameters"], **member.what["parameters"]}, options=options_of(asked["options"]),
        origin=child_of(asked["parent_id"], asked["on_parent_end"]), behind=group.behind,
    )  # fmt: skip
    return replace(session, group_id=group.id, group_position=member.position)
