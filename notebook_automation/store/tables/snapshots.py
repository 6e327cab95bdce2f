"""The table of snapshots."""

from __future__ import annotations

from sqlalchemy import Column, Table

from notebook_automation.store.columns import Json

from .base import id_column, metadata, time_column

snapshots = Table(
    "snapshots",
    metadata,
    id_column(),
    Column("files", Json, nullable=False),
    time_column("created_at", nullable=False),
)
