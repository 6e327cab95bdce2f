"""The tables of artifacts and of the blobs that hold their content."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, id_column, metadata, time_column

blobs = Table(
    "blobs",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    time_column("used_at", nullable=False, index=True),
)

artifacts = Table(
    "artifacts",
    metadata,
    id_column(),
    Column("ref", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(16), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", String(64), ForeignKey("blobs.hash"), index=True),
    Column("url", Text),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="SET NULL")),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL")),
    Column("trigger_ref", Text),
    Column("folder", Text, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("retention_policy", String(16), nullable=False),
    Column("retention_limit", Integer, nullable=False),
    time_column("expires_at", index=True),
    Column("meta", Json, nullable=False),
    time_column("created_at", nullable=False),
    UniqueConstraint("ref", "version"),
    Index("ix_artifacts_session", "session_id", "id"),
    Index("ix_artifacts_trigger", "trigger_id", "id"),
    Index("ix_artifacts_project", "project_id", "id"),
    Index("ix_artifacts_type", "type", "id"),
    Index("ix_artifacts_folder", "project", "folder"),
)
