"""The tables of what leads people to inquiries: signed links, and e-mails that are to be sent."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from notebook_automation.store.columns import PrintableText

from .base import Id, id_column, metadata, time_column

inquiry_links = Table(
    "inquiry_links",
    metadata,
    id_column(),
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("stage", Integer, nullable=False),
    Column("person", String(250), nullable=False),
    # Of the random part, which is stored nowhere: who reads the database can open nothing.
    Column("digest", String(64), nullable=False, unique=True),
    Column("made_by", String(250), nullable=False),
    time_column("created_at", nullable=False),
    time_column("expires_at", nullable=False),
    time_column("used_at"),
)

# Written in the transaction that is the reason for them, and sent after it.
inquiry_mails = Table(
    "inquiry_mails",
    metadata,
    id_column(),
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False),
    Column("person", String(250), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    # Of waiting ones: when it is tried; of one that is being sent: until when an answer may come.
    time_column("next_at"),
    Column("error", PrintableText),
    time_column("created_at", nullable=False),
    time_column("ended_at"),
    UniqueConstraint("inquiry_id", "person", "reason"),
    Index("ix_inquiry_mails_next", "next_at"),
)
