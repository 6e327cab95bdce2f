"""Signed links: stored by the hash of their random part, and used once."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from notebook_automation.domain.inquiry_links import InquiryLink

from .rows import from_row, to_row, upsert
from .tables.inquiry_links import inquiry_links


def add(tx: Connection, link: InquiryLink) -> None:
    """Insert a link."""
    tx.execute(insert(inquiry_links).values(to_row(link, inquiry_links)))


def add_once(tx: Connection, link: InquiryLink) -> InquiryLink:
    """Insert a link unless there is one of its digest; return the one that is there now."""
    statement = upsert(tx, inquiry_links).values(to_row(link, inquiry_links))
    tx.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))
    found = by_digest(tx, link.digest)
    assert found is not None
    return found


def by_digest(tx: Connection, digest: str) -> InquiryLink | None:
    """Return the link with this hash of its random part."""
    row = tx.execute(select(inquiry_links).where(inquiry_links.c.digest == digest)).first()
    return None if row is None else from_row(InquiryLink, row, inquiry_links)


def use(tx: Connection, link_id: str, at: float) -> bool:
    """Say that a link was used at ``at`` (epoch seconds); False where it was before."""
    unused = update(inquiry_links).where(inquiry_links.c.id == link_id, inquiry_links.c.used_at.is_(None))
    return tx.execute(unused.values(used_at=at)).rowcount == 1
