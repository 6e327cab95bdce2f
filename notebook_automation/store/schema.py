"""The tables. Times are epoch seconds (double precision), ids are text that sorts by time.

A row that points to a definition keeps its id and its ``*_ref`` text: deleting the definition sets the id to null and
leaves the text, so that history stays readable.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .columns import Json, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = String(32)
# SQLite counts rows up only in an INTEGER primary key; PostgreSQL wants 64 bits.
_Sequence = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[Any]:
    return Column("id", _Id, primary_key=True)


def _time(name: str, **options: Any) -> Column[Any]:
    return Column(name, Double, **options)


projects = Table(
    "projects",
    metadata,
    _id(),
    Column("name", String(100), nullable=False, unique=True),
    Column("path", Text, nullable=False, unique=True),
    _time("created_at", nullable=False),
)

variables = Table(
    "variables",
    metadata,
    _id(),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("value", Text, nullable=False),
    Column("secret", Boolean, nullable=False),
    UniqueConstraint("project_id", "name"),
)

connections = Table(
    "connections",
    metadata,
    _id(),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("integration", String(100), nullable=False),
    Column("status", String(16), nullable=False),
    Column("config", Json, nullable=False),
    UniqueConstraint("project_id", "name"),
)

triggers = Table(
    "triggers",
    metadata,
    _id(),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("type", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("call", Text),
    Column("event_type", Text),
    Column("filter", Text),
    Column("schedule", Json),
    Column("connection", String(100)),
    Column("parameters", Json, nullable=False),
    Column("mapping", Json, nullable=False),
    Column("report", String(16)),
    Column("keep", String(32)),
    Column("is_sync", Boolean, nullable=False),
    Column("is_durable", Boolean, nullable=False),
    Column("warm", Boolean, nullable=False),
    _time("time_limit"),
    Column("slug", String(64), unique=True),
    _time("last_tick"),
    _time("next_fire"),
    Column("success_count", Integer, nullable=False, default=0),
    Column("failure_count", Integer, nullable=False, default=0),
    _time("created_at", nullable=False),
    _time("updated_at", nullable=False),
    UniqueConstraint("project_id", "name"),
    Index("ix_triggers_event_type", "type", "event_type"),
)

rules = Table(
    "rules",
    metadata,
    _id(),
    Column("trigger_id", _Id, ForeignKey("triggers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("condition", String(3), nullable=False),
    Column("conditions", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("type", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("trigger_id", _Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("data", Json),
    Column("config", Json, nullable=False),
    Column("dedupe_key", Text),
    Column("replay_of", _Id),
    _time("received_at", nullable=False),
    UniqueConstraint("trigger_id", "dedupe_key"),
    Index("ix_events_project", "project_id", "id"),
    Index("ix_events_trigger", "trigger_id", "id"),
)

enforcements = Table(
    "enforcements",
    metadata,
    _id(),
    Column("event_id", _Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rule_id", _Id, ForeignKey("rules.id", ondelete="SET NULL"), index=True),
    Column("rule_ref", Text, nullable=False),
    Column("trigger_ref", Text),
    Column("status", String(16), nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("condition", String(3), nullable=False),
    Column("conditions", Json, nullable=False),
    Column("reason", Text),
    Column("session_id", _Id),
    Column("config", Json, nullable=False),
    _time("created_at", nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    _id(),
    Column("files", Json, nullable=False),
    _time("created_at", nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("call", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", Words),
    Column("started_by", Text, nullable=False),
    Column("trigger_id", _Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("event_id", _Id, ForeignKey("events.id", ondelete="SET NULL"), index=True),
    Column("enforcement_id", _Id),
    Column("parent_id", _Id),
    Column("retry_of", _Id),
    Column("snapshot_id", _Id, ForeignKey("snapshots.id", ondelete="SET NULL"), index=True),
    Column("config", Json, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("result", Json),
    Column("error", Json),
    Column("attempt", Integer, nullable=False),
    Column("owner", String(128)),
    _time("lease_until"),
    Column("current_cell", Integer),
    Column("total_cells", Integer),
    Column("progress", Json),
    Column("kernel_name", String(128)),
    _time("time_limit"),
    Column("report", String(16)),
    Column("keep", String(32)),
    Column("token_hash", String(64), index=True),
    _time("created_at", nullable=False),
    _time("started_at"),
    _time("finished_at"),
    # Every filter that lists offer has an index that ends in id: pages come by key, newest first. The longer ones are
    # read a status at a time (sessions.listed).
    Index("ix_sessions_status", "status", "id"),
    Index("ix_sessions_project", "project_id", "id"),
    Index("ix_sessions_project_status", "project_id", "status", "id"),
    Index("ix_sessions_project_call", "project_id", "call", "status", "id"),
    Index("ix_sessions_trigger", "trigger_id", "id"),
    Index("ix_sessions_trigger_status", "trigger_id", "status", "id"),
    Index("ix_sessions_trigger_call", "trigger_id", "call", "status", "id"),
    Index("ix_sessions_call", "call", "status", "id"),
    Index("ix_sessions_parent", "parent_id", "id"),
)

cells = Table(
    "cells",
    metadata,
    Column("session_id", _Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("source_head", Words, nullable=False),
    Column("status", String(16), nullable=False),
    _time("started_at"),
    _time("finished_at"),
    Column("execution_count", Integer),
)

session_log = Table(
    "session_log",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("session_id", _Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    _time("at", nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("data", Json),
    Index("ix_session_log_session", "session_id", "seq"),
    sqlite_autoincrement=True,
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("session_id", _Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    _time("at", nullable=False),
    Column("value", Json),
    Column("more", Boolean, nullable=False),
    Column("http", Json),
    Index("ix_outcomes_session", "session_id", "seq"),
    sqlite_autoincrement=True,
)

blobs = Table(
    "blobs",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    _time("used_at", nullable=False, index=True),
)

artifacts = Table(
    "artifacts",
    metadata,
    _id(),
    Column("ref", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(16), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", String(64), ForeignKey("blobs.hash"), index=True),
    Column("url", Text),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("session_id", _Id, ForeignKey("sessions.id", ondelete="SET NULL")),
    Column("trigger_id", _Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("folder", Text, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("retention_policy", String(16), nullable=False),
    Column("retention_limit", Integer, nullable=False),
    _time("expires_at", index=True),
    Column("meta", Json, nullable=False),
    _time("created_at", nullable=False),
    UniqueConstraint("ref", "version"),
    Index("ix_artifacts_session", "session_id", "id"),
    Index("ix_artifacts_trigger", "trigger_id", "id"),
    Index("ix_artifacts_project", "project_id", "id"),
    Index("ix_artifacts_type", "type", "id"),
    Index("ix_artifacts_folder", "project", "folder"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("entity_type", String(32), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("activity", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", Json, nullable=False),
    _time("created_at", nullable=False, index=True),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(128), nullable=False),
    _time("until", nullable=False),
)
