"""The table of files that triggers watch, as they were when they were seen last."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from .base import Id, metadata

file_states = Table(
    "file_states",
    metadata,
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True),
    # Relative to the project's folder; '' is the row that says by which patterns the others were found.
    Column("path", String(1000), primary_key=True),
    Column("state", Text, nullable=False),
)
