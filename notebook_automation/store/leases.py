"""Named leases: of all servers exactly one has the engine's, and ticks."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from .database import database_time
from .tables.leases import leases


class Held(NamedTuple):
    """Who has a lease, and the time that the last renewal wrote."""

    owner: str
    until: float


def held(tx: Connection, name: str) -> Held | None:
    """Return who has the lease ``name``, or had it last and did not give it back."""
    row = tx.execute(select(leases.c.owner, leases.c.until).where(leases.c.name == name)).first()
    return None if row is None else Held(row.owner, row.until)


def take(tx: Connection, name: str, owner: str, seconds: float, *, from_silent: Held | None = None) -> bool:
    """Take or renew the lease ``name`` for ``owner``; return False while another has it.

    ``from_silent`` is what the caller has seen unchanged for so long that its owner must be gone: whether a lease has
    run out is never told by a clock, which may have been set.
    """
    values = {"owner": owner, "until": database_time(tx) + seconds}
    free = leases.c.owner == owner
    if from_silent is not None:
        free = free | ((leases.c.owner == from_silent.owner) & (leases.c.until == from_silent.until))
    if tx.execute(update(leases).where(leases.c.name == name, free).values(values)).rowcount:
        return True
    if tx.execute(select(leases.c.name).where(leases.c.name == name)).first() is not None:
        return False
    try:
        with tx.begin_nested():
            tx.execute(insert(leases).values(name=name, **values))
    except IntegrityError:
        return False
    return True


def give_back(tx: Connection, name: str, owner: str) -> None:
    """End the lease, so that the next server need not wait for it to run out."""
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def owner_of(tx: Connection, name: str) -> str | None:
    """Return who has the lease now."""
    now = database_time(tx)
    return tx.execute(select(leases.c.owner).where(leases.c.name == name, leases.c.until >= now)).scalar()
