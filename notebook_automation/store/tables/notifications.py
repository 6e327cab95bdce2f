"""The table of notifications: written in the transaction that is the reason for them, and sent after it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, id_column, metadata, time_column

notifications = Table(
    "notifications",
    metadata,
    id_column(),
    Column("channel", String(16), nullable=False),
    Column("target", String(320), nullable=False),
    Column("entity_type", String(32), nullable=False),
    Column("entity", String(100), nullable=False),
    Column("activity", String(16), nullable=False),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    # No foreign key: what was told of a session stays readable after it.
    Column("session_id", Id),
    Column("content", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    # Of open ones: when they are looked at; of those that are being sent: until when an answer may come.
    time_column("next_at"),
    Column("error", PrintableText),
    Column("message_id", Id),
    time_column("created_at", nullable=False),
    time_column("ended_at"),
    # Each is told once of a thing for a reason.
    UniqueConstraint("channel", "target", "entity", "activity"),
    Index("ix_notifications_next", "next_at"),
    Index("ix_notifications_project", "project_id"),
    Index("ix_notifications_trigger", "trigger_id"),
    Index("ix_notifications_created", "created_at"),
)
