"""Named leases: of all servers exactly one has the engine's, and ticks."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from .database import database_time
from .tables.leases import leases


def take(tx: Connection, name: str, owner: str, seconds: float) -> bool:
    """Take or renew the lease ``name`` for ``owner``; return False while another has it."""
    now = database_time(tx)
    values = {"owner": owner, "until": now + seconds}
    free = (leases.c.owner == owner) | (leases.c.until < now)
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
