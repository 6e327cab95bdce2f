"""The tables of events that are collected for one session."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from .base import Id, metadata, time_column

# Those that still take events. No key of rules or sessions: what is deleted there ends no collecting.
batches = Table(
    "batches",
    metadata,
    Column("rule_id", Id, primary_key=True),
    # A digest of the value by which events are collected apart.
    Column("key", String(64), primary_key=True),
    Column("id", Id, nullable=False),
    Column("session_id", Id, nullable=False, index=True),
    Column("events", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    time_column("opened_at", nullable=False),
)

collected_events = Table(
    "collected_events",
    metadata,
    Column("batch_id", Id, primary_key=True),
    Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, index=True),
)
