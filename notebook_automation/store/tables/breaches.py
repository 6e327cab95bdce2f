"""The table of what is not as fresh as its trigger says, and was told: once, until it is so again."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from .base import Id, metadata, time_column

breaches = Table(
    "breaches",
    metadata,
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    # Of a session that is late: its id; else empty.
    Column("key", String(32), primary_key=True),
    time_column("since", nullable=False),
)
