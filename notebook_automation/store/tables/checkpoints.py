"""The tables of checkpoints: the state of a durable session after each piece of a cell, and where its content is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Integer, String, Table, UniqueConstraint

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, id_column, metadata, time_column

checkpoints = Table(
    "checkpoints",
    metadata,
    id_column(),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("cell_index", Integer, nullable=False),
    Column("piece", Integer, nullable=False),
    Column("pieces", Integer, nullable=False),
    # Of everything that had run by then: whether an edited notebook begins alike.
    Column("sources", String(64), nullable=False),
    Column("manifest", String(64)),
    Column("outputs", String(64), nullable=False),
    Column("files", Json, nullable=False),
    Column("names", Json, nullable=False),
    Column("obstacle", PrintableText, nullable=False),
    Column("how", PrintableText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("held", Double, nullable=False),
    Column("signature", String(64), nullable=False),
    time_column("created_at", nullable=False),
    UniqueConstraint("session_id", "number"),
)

# What a session's checkpoints consist of, by the hash of the content; ``blob`` is what is stored of it, encrypted.
checkpoint_content = Table(
    "checkpoint_content",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("blob", String(64), ForeignKey("blobs.hash"), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
)
