"""The tables of waits: what sessions wait for, what they have subscribed to, and what has come for them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, Sequence, id_column, metadata, piece_columns, time_column

waits = Table(
    "waits",
    metadata,
    id_column(),
    *piece_columns(),
    Column("nth", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    # What it was asked with: another question at the same place is not answered by what came for this one.
    Column("question", Json, nullable=False),
    Column("status", String(16), nullable=False),
    Column("answer", Json),
    time_column("wake_at"),
    time_column("created_at", nullable=False),
    time_column("ended_at"),
    UniqueConstraint("session_id", "cell_index", "piece", "nth"),
)

# Of open waits only: what ends one is found by its key.
wait_keys = Table(
    "wait_keys",
    metadata,
    Column("wait_id", Id, ForeignKey("waits.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Index("ix_wait_keys_key", "key"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    id_column(),
    *piece_columns(),
    Column("nth", Integer, nullable=False),
    Column("project_id", Id, nullable=False),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE")),
    Column("event_type", Text),
    Column("filter", Text),
    time_column("created_at", nullable=False),
    # Not deleted when it ends: a cell that runs again gets the same one, which stays ended.
    time_column("ended_at"),
    # By what the session's code calls it: in a fork that has brought its variables along, by another's id.
    Column("known_as", Id),
    UniqueConstraint("session_id", "cell_index", "piece", "nth"),
    Index("ix_subscriptions_ended", "ended_at"),
    Index("ix_subscriptions_trigger", "trigger_id"),
    Index("ix_subscriptions_event", "project_id", "event_type"),
)

# Signals, and events of subscriptions, in the order in which they came; a wait takes the first that is for it.
messages = Table(
    "messages",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Json),
    Column("event_id", Id),
    Column("sender", Text, nullable=False),
    Column("wait_id", Id),
    time_column("created_at", nullable=False),
    Index("ix_messages_session", "session_id", "key", "seq"),
    sqlite_autoincrement=True,
)
