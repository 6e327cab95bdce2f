"""E-mails about inquiries that are to be sent: each is tried by one, and never handed over twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select, update

from notebook_automation.domain.inquiry_mails import InquiryMail, MailStatus

from .rows import from_row, to_row, upsert
from .tables.inquiry_links import inquiry_mails


def add_once(tx: Connection, mail: InquiryMail) -> None:
    """Insert a mail, unless this person has one about this inquiry for this reason."""
    statement = upsert(tx, inquiry_mails).values(to_row(mail, inquiry_mails))
    tx.execute(statement.on_conflict_do_nothing(index_elements=["inquiry_id", "person", "reason"]))


def get(tx: Connection, mail_id: str) -> InquiryMail | None:
    """Return a mail by its id."""
    row = tx.execute(select(inquiry_mails).where(inquiry_mails.c.id == mail_id)).first()
    return None if row is None else from_row(InquiryMail, row, inquiry_mails)


def due(tx: Connection, now: float, status: MailStatus, limit: int) -> list[InquiryMail]:
    """Return up to ``limit`` mails of ``status`` whose time has come at ``now`` (epoch seconds), earliest first."""
    c = inquiry_mails.c
    query = select(inquiry_mails).where(c.next_at <= now, c.status == status).order_by(c.next_at, c.id).limit(limit)
    return [from_row(InquiryMail, row, inquiry_mails) for row in tx.execute(query)]


def next_due(tx: Connection) -> float | None:
    """Return when the next mail is to be looked at, in epoch seconds; None: never."""
    query = select(func.min(inquiry_mails.c.next_at)).where(inquiry_mails.c.next_at.is_not(None))
    found: float | None = tx.execute(query).scalar()
    return found


def change(tx: Connection, mail: InquiryMail, status: MailStatus, **values: Any) -> bool:
    """Give a mail another status and ``values``; False where it is not as ``mail`` any more."""
    same = (inquiry_mails.c.id == mail.id) & (inquiry_mails.c.status == mail.status)
    statement = update(inquiry_mails).where(same & (inquiry_mails.c.tries == mail.tries))
    return tx.execute(statement.values(status=status, **values)).rowcount == 1
