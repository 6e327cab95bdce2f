"""The table of named leases."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from .base import metadata, time_column

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(128), nullable=False),
    time_column("until", nullable=False),
)
