"""The table of the policies of projects; those of triggers are columns of theirs."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json

from .base import Id, id_column, metadata

policies = Table(
    "policies",
    metadata,
    id_column(),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("call", Text),
    Column("policy", Json, nullable=False),
    UniqueConstraint("project_id", "name"),
)
