"""The tables of triggers and of the rules made with them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, id_column, metadata, time_column

triggers = Table(
    "triggers",
    metadata,
    id_column(),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("type", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("title", Text),
    Column("call", Text),
    # What is sent instead of running a file, and of which kind that is.
    Column("api_call", Json),
    Column("api_call_kind", String(16)),
    Column("event_type", Text),
    Column("filter", Text),
    Column("schedule", Json),
    # What it waits for otherwise, by the field of its type.
    Column("source", Json),
    Column("connection", String(100)),
    Column("parameters", Json, nullable=False),
    Column("mapping", Json, nullable=False),
    Column("report", String(16)),
    Column("keep", String(32)),
    Column("tags", Json),
    Column("skip_tags", Json),
    Column("kernel_name", String(128)),
    Column("env", Json),
    Column("memory", BigInteger),
    Column("is_sync", Boolean, nullable=False),
    Column("is_durable", Boolean, nullable=False),
    Column("retry", Json),
    Column("policy", Json),
    Column("priority", Integer),
    Column("warm", Boolean, nullable=False),
    time_column("time_limit"),
    Column("max_body", Integer),
    time_column("sync_time"),
    Column("signature", Json),
    # Those beside its own call, as they were defined; table rules has a row for each that is in force.
    Column("rules", Json),
    Column("collect", Json),
    Column("freshness", Json),
    Column("notify", Json),
    Column("slug", String(64), unique=True),
    time_column("last_tick"),
    time_column("next_fire"),
    Column("success_count", Integer, nullable=False, default=0),
    Column("failure_count", Integer, nullable=False, default=0),
    time_column("created_at", nullable=False),
    time_column("updated_at", nullable=False),
    Column("changed_by", Text),
    UniqueConstraint("project_id", "name"),
    Index("ix_triggers_event_type", "type", "event_type"),
)

rules = Table(
    "rules",
    metadata,
    id_column(),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("condition", String(3), nullable=False),
    Column("conditions", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
)
