"""The table of places: sessions that a policy counts, or that wait for their turn."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from notebook_automation.store.columns import Json

from .base import Id, metadata, partial_index, time_column

places = Table(
    "places",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    # The trigger whose policy it is.
    Column("policy_id", String(160), primary_key=True),
    Column("policy_ref", Text, nullable=False),
    # A session that several policies limit takes its places one after another.
    Column("step", Integer, nullable=False),
    Column("group_key", String(32), nullable=False),
    Column("group", Json, nullable=False),
    Column("status", String(16), nullable=False),
    time_column("queue_at", nullable=False),
    time_column("taken_at"),
    # Of the first in a queue: when a policy per period may let it go.
    time_column("due_at"),
    Index("ix_places_queue", "policy_id", "group_key", "status", "queue_at", "session_id"),
)
partial_index(places, "ix_places_taken", "policy_id", "group_key", "taken_at", where="taken_at IS NOT NULL")
partial_index(places, "ix_places_due", "due_at", where="due_at IS NOT NULL")
