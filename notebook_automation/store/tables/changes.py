"""The table of changes: what streams resume from."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from notebook_automation.store.columns import Json

from .base import Sequence, metadata, time_column

changes = Table(
    "changes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("entity_type", String(32), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("activity", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", Json, nullable=False),
    time_column("created_at", nullable=False, index=True),
    sqlite_autoincrement=True,
)
