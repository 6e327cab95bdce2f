"""The table of new versions of artifacts that triggers wait for."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from .base import Id, metadata

artifact_arrivals = Table(
    "artifact_arrivals",
    metadata,
    Column("artifact_id", Id, ForeignKey("artifacts.id", ondelete="CASCADE"), primary_key=True),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("news", String(16), nullable=False),
    # The version before, which may be gone when this one is looked at.
    Column("previous_version", Integer),
    Column("previous_blob", String(64)),
)
