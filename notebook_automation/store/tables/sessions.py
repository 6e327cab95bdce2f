"""The table of sessions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, id_column, metadata, partial_index, time_column

sessions = Table(
    "sessions",
    metadata,
    id_column(),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("call", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", PrintableText),
    Column("started_by", Text, nullable=False),
    # The person behind it, if one is known, and how it was set off at first.
    Column("requester", Text),
    Column("came_by", String(16)),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("event_id", Id, ForeignKey("events.id", ondelete="SET NULL"), index=True),
    Column("enforcement_id", Id),
    # The session whose code started it, the topmost of that tree, what becomes of it when its parent has ended, and why
    # it is being cancelled together with what it has started.
    Column("parent_id", Id),
    Column("root_id", Id),
    Column("on_parent_end", String(8)),
    Column("stop_reason", Text),
    Column("retry_of", Id),
    # Of those that were asked for together: the group, and which of its members it is for.
    Column("group_id", Id),
    Column("group_position", Integer),
    Column("snapshot_id", Id, ForeignKey("snapshots.id", ondelete="SET NULL"), index=True),
    Column("config", Json, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("result", Json),
    Column("error", Json),
    Column("attempt", Integer, nullable=False),
    Column("owner", String(128)),
    time_column("lease_until"),
    Column("current_cell", Integer),
    Column("total_cells", Integer),
    Column("progress", Json),
    Column("kernel_name", String(128)),
    time_column("time_limit"),
    Column("report", String(16)),
    Column("keep", String(32)),
    Column("tags", Json),
    Column("skip_tags", Json),
    # Of its kernel: variables, and the bytes that its processes may use.
    Column("env", Json),
    Column("memory", BigInteger),
    Column("acknowledged_by", Text),
    Column("token_hash", String(64), index=True),
    # What a start was asked by, so that asking again makes no other: the caller's key, and what it came with.
    Column("request_key", Text),
    Column("request_digest", String(64)),
    time_column("created_at", nullable=False),
    time_column("file_saved_at"),
    time_column("started_at"),
    time_column("finished_at"),
    # When the attempt that has it began; started_at is when its first one did.
    time_column("acquired_at"),
    Column("is_durable", Boolean),
    # Of durable sessions: how often it was lost since its last checkpoint, and for how many seconds it has run before.
    Column("crashes", Integer),
    Column("ran_before", Double),
    Column("forked_from", Id),
    # How many sessions its trigger's retries had made for the same cause before it.
    Column("tries", Integer),
    # The session that its trigger's retries made after it.
    Column("retried_by", Id),
    # When a session that holds no process is to go on by itself.
    time_column("wake_at"),
    # Of sessions with a priority: when they are treated as if they had come.
    Column("priority", Integer),
    time_column("queue_at"),
    # The request that led to it, and what its spans hang on.
    Column("correlation_id", String(128)),
    Column("traceparent", String(55)),
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
    Index("ix_sessions_wake", "wake_at"),
    Index("ix_sessions_request", "started_by", "request_key", unique=True),
)
partial_index(sessions, "ix_sessions_queue", "status", "queue_at", "id", where="queue_at IS NOT NULL")
# Those that an event led to are found by it.
partial_index(
    sessions, "ix_sessions_correlation", "correlation_id", where="correlation_id IS NOT NULL AND event_id IS NULL"
)
partial_index(sessions, "ix_sessions_group", "group_id", "status", "group_position", where="group_id IS NOT NULL")
partial_index(sessions, "ix_sessions_root", "root_id", "id", where="root_id IS NOT NULL")
partial_index(sessions, "ix_sessions_root_unended", "root_id", where="root_id IS NOT NULL AND finished_at IS NULL")
partial_index(sessions, "ix_sessions_stop", "id", where="stop_reason IS NOT NULL AND finished_at IS NULL")
partial_index(sessions, "ix_sessions_with_parent", "id", where="on_parent_end = 'cancel' AND finished_at IS NULL")
