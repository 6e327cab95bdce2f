"""The tables of projects, their variables and connections."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, id_column, metadata, time_column

projects = Table(
    "projects",
    metadata,
    id_column(),
    Column("name", String(100), nullable=False, unique=True),
    Column("path", Text, nullable=False, unique=True),
    # Who hears of what, for triggers that do not say.
    Column("notify", Json),
    time_column("created_at", nullable=False),
)

variables = Table(
    "variables",
    metadata,
    id_column(),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("value", Text, nullable=False),
    Column("secret", Boolean, nullable=False),
    Column("description", Text),
    UniqueConstraint("project_id", "name"),
)

connections = Table(
    "connections",
    metadata,
    id_column(),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("integration", String(100), nullable=False),
    Column("status", String(16), nullable=False),
    Column("config", Json, nullable=False),
    UniqueConstraint("project_id", "name"),
)
