"""The table of ends of sessions that triggers are to follow, or wait with for others."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from .base import Id, metadata, time_column

session_ends = Table(
    "session_ends",
    metadata,
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, index=True),
    # Which of those that the trigger follows it is one of.
    Column("source", String(1000), nullable=False),
    time_column("ended_at", nullable=False),
    # When it is to be looked at, again: 0 at once.
    time_column("due_at", nullable=False, index=True),
)
