"""What happened to inquiries: entries are added, and never changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, insert, select

from notebook_automation.domain.inquiries import Channel, InquiryEntry, What

from .rows import from_row
from .tables.inquiries import inquiry_log


def write(
    tx: Connection, inquiry_id: str, what: What, *, at: float, who: str = "", channel: Channel = "engine",
    detail: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add an entry; ``at`` is epoch seconds."""
    row = {"inquiry_id": inquiry_id, "at": at, "what": what, "who": who, "channel": channel, "detail": detail or {}}
    tx.execute(insert(inquiry_log).values(row))


def of_inquiry(tx: Connection, inquiry_id: str, *, after: int = 0, limit: int = 1000) -> list[InquiryEntry]:
    """Return up to ``limit`` entries after the number ``after``, oldest first."""
    c = inquiry_log.c
    query = select(inquiry_log).where(c.inquiry_id == inquiry_id, c.seq > after).order_by(c.seq).limit(limit)
    return [from_row(InquiryEntry, row, inquiry_log) for row in tx.execute(query)]


def of_many(tx: Connection, inquiry_ids: Collection[str]) -> dict[str, list[InquiryEntry]]:
    """Return all entries of up to some hundred inquiries, by inquiry, oldest first."""
    found: dict[str, list[InquiryEntry]] = {}
    query = select(inquiry_log).where(inquiry_log.c.inquiry_id.in_(sorted(inquiry_ids))).order_by(inquiry_log.c.seq)
    for row in tx.execute(query):
        found.setdefault(row.inquiry_id, []).append(from_row(InquiryEntry, row, inquiry_log))
    return found


def was_refused(tx: Connection, inquiry_id: str, who: str, reason: str) -> bool:
    """Return whether the log says already that ``who`` was refused for ``reason``: once is enough."""
    c = inquiry_log.c
    query = select(c.detail).where(c.inquiry_id == inquiry_id, c.what == "refused", c.who == who)
    return any(detail.get("reason") == reason for detail in tx.execute(query).scalars())
