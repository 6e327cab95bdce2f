"""The tables of a session's log, its cells and its outcomes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from notebook_automation.domain.responses import KEPT
from notebook_automation.store.columns import Json, PrintableText

from .base import Id, Sequence, metadata, partial_index, time_column

cells = Table(
    "cells",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("source_head", PrintableText, nullable=False),
    Column("status", String(16), nullable=False),
    time_column("started_at"),
    time_column("finished_at"),
    Column("execution_count", Integer),
)

session_log = Table(
    "session_log",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    time_column("at", nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", PrintableText, nullable=False),
    Column("data", Json),
    Index("ix_session_log_session", "session_id", "seq"),
    sqlite_autoincrement=True,
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    time_column("at", nullable=False),
    Column("value", Json),
    Column("more", Boolean, nullable=False),
    Column("http", Json),
    Column("sent", BigInteger),
    Column("withheld", Text),
    Index("ix_outcomes_session", "session_id", "seq"),
    sqlite_autoincrement=True,
)

# Of streamed responses what is not kept: found without a look at all else.
partial_index(outcomes, "ix_outcomes_long", "at", where=f"sent > {KEPT}")
