"""Absences: who answers for whom, from when and until when."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, or_, select

from notebook_automation.domain.inquiry_turns import Absence

from .rows import from_row, to_row
from .tables.inquiries import absences


def write(tx: Connection, absence: Absence) -> None:
    """Store the absence of a person, in place of the one that they had."""
    remove(tx, absence.person)
    tx.execute(insert(absences).values(to_row(absence, absences)))


def remove(tx: Connection, person: str) -> bool:
    """Delete the absence of a person; return whether there was one."""
    return tx.execute(delete(absences).where(absences.c.person == person)).rowcount > 0


def present(tx: Connection, now: float) -> list[Absence]:
    """Return the absences that are not over at ``now`` (epoch seconds), by person."""
    c = absences.c
    query = select(absences).where(or_(c.until_at.is_(None), c.until_at > now)).order_by(c.person)
    return [from_row(Absence, row, absences) for row in tx.execute(query)]
