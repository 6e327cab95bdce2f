"""The tables of events and enforcements."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, id_column, metadata, partial_index, time_column

events = Table(
    "events",
    metadata,
    id_column(),
    Column("type", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("data", Json),
    Column("config", Json, nullable=False),
    Column("dedupe_key", Text),
    Column("replay_of", Id),
    # What of the data is secret, encrypted: the sender's credentials.
    Column("sealed", Text),
    # Why a delivery was not taken: its status, code and sentence.
    Column("refusal", Json),
    Column("request_digest", String(64)),
    # Of what a sender has signed with a time.
    Column("signed_digest", String(64)),
    # Who sent it to the inbox, and what somebody says of it.
    Column("inbox_source", String(64)),
    Column("inbox_status", String(16)),
    time_column("bookmarked_at"),
    # The request it came by, and the place of that in a trace.
    Column("correlation_id", String(128)),
    Column("traceparent", String(55)),
    time_column("received_at", nullable=False),
    UniqueConstraint("trigger_id", "dedupe_key"),
    Index("ix_events_project", "project_id", "id"),
    Index("ix_events_trigger", "trigger_id", "id"),
)
partial_index(events, "ix_events_refused", "trigger_id", "id", where="refusal IS NOT NULL")
partial_index(events, "ix_events_signed", "trigger_id", "signed_digest", where="signed_digest IS NOT NULL", unique=True)
partial_index(events, "ix_events_inbox", "inbox_source", "id", where="inbox_source IS NOT NULL")
partial_index(events, "ix_events_replays", "replay_of", where="replay_of IS NOT NULL")
partial_index(events, "ix_events_bookmarked", "id", where="bookmarked_at IS NOT NULL")
partial_index(events, "ix_events_correlation", "correlation_id", where="correlation_id IS NOT NULL")

enforcements = Table(
    "enforcements",
    metadata,
    id_column(),
    Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rule_id", Id, ForeignKey("rules.id", ondelete="SET NULL"), index=True),
    Column("rule_ref", Text, nullable=False),
    Column("trigger_ref", Text),
    Column("status", String(16), nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("condition", String(3), nullable=False),
    Column("conditions", Json, nullable=False),
    Column("reason", Text),
    Column("session_id", Id),
    Column("config", Json, nullable=False),
    time_column("created_at", nullable=False),
)
