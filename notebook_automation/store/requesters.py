"""Who is behind sessions that nobody known has started."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, update

from .tables.sessions import sessions


def set_off(tx: Connection, people: Mapping[str, str]) -> None:
    """Take these people, by session, for the requesters of those sessions that have none."""
    c = sessions.c
    statement = update(sessions).where(c.id == bindparam("of"), c.requester.is_(None))
    rows = [{"of": session_id, "person": person} for session_id, person in sorted(people.items())]
    if rows:
        tx.execute(statement.values(requester=bindparam("person")), rows)
