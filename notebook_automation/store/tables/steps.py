"""The table of steps: calls of a durable session whose result is recorded, so that they are not done again."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from notebook_automation.store.columns import Json, PrintableText

from .base import metadata, piece_columns, time_column

steps = Table(
    "steps",
    metadata,
    *piece_columns(primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("idempotency_key", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    # Encrypted, bound to the step: only the session's own kernel loads it.
    Column("result", Text),
    # Of a large one: the digest by which `checkpoint_content` has it.
    Column("content", String(64)),
    Column("shown", PrintableText),
    Column("error", Json),
    time_column("started_at", nullable=False),
    time_column("finished_at"),
)
