"""The tables of groups of sessions and of their members, which have sessions when their turn comes."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, id_column, metadata, partial_index, time_column

session_groups = Table(
    "session_groups",
    metadata,
    id_column(),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("call", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("at_once", Integer, nullable=False),
    # What was asked for, as the kind of group reads it.
    Column("asked", Json, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("requester", Text),
    Column("came_by", String(16)),
    Column("running_on_cancel", String(16), nullable=False),
    Column("reason", PrintableText),
    time_column("created_at", nullable=False),
    time_column("finished_at"),
    Index("ix_session_groups_project", "project_id", "id"),
    Index("ix_session_groups_trigger", "trigger_id", "id"),
)
partial_index(session_groups, "ix_session_groups_open", "id", where="finished_at IS NULL")

session_group_members = Table(
    "session_group_members",
    metadata,
    Column("group_id", Id, ForeignKey("session_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("what", Json, nullable=False),
    Column("state", String(16), nullable=False),
    # No foreign key: the first of its sessions, which may be deleted before it.
    Column("session_id", Id),
    Column("reason", PrintableText),
    Index("ix_session_group_members_state", "group_id", "state", "position"),
)
