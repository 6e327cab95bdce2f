"""The tables of inquiries: what people are asked, whom at the present stage, what they answered, all that happened."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, Sequence, id_column, metadata, time_column

inquiries = Table(
    "inquiries",
    metadata,
    id_column(),
    # It outlives its session: what was approved stays on record.
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="SET NULL")),
    Column("session_ref", Id, nullable=False),
    Column("project_id", Id, ForeignKey("projects.id", ondelete="SET NULL")),
    Column("project", String(100), nullable=False),
    Column("notebook", Text, nullable=False),
    Column("trigger_id", Id, ForeignKey("triggers.id", ondelete="SET NULL"), index=True),
    Column("trigger_ref", Text),
    Column("cell_index", Integer, nullable=False),
    Column("prompt", PrintableText, nullable=False),
    Column("title", PrintableText, nullable=False),
    Column("response_schema", Json),
    Column("proposed", Json),
    Column("stages", Json, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("exclude", Json, nullable=False),
    Column("allow_requester", Boolean, nullable=False),
    Column("requester", Text),
    Column("came_by", String(16)),
    Column("status", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("version", Integer, nullable=False),
    Column("response", Json),
    Column("responded_by", Text),
    time_column("responded_at"),
    Column("channel", String(16)),
    time_column("timeout_at"),
    Column("on_timeout", Json, nullable=False),
    Column("reminders", Json, nullable=False),
    Column("escalations", Json, nullable=False),
    # Of pending ones only: the earliest of its times.
    time_column("next_at"),
    Column("shown", Json, nullable=False),
    Column("ended_reason", PrintableText),
    time_column("created_at", nullable=False),
    Index("ix_inquiries_status", "status", "id"),
    Index("ix_inquiries_session", "session_id", "id"),
    Index("ix_inquiries_session_ref", "session_ref", "id"),
    Index("ix_inquiries_project", "project_id", "id"),
    Index("ix_inquiries_next", "next_at"),
)

# Who is asked at the present stage, by name, `group:<name>` or `*`: by these a person finds what waits for them.
inquiry_asked = Table(
    "inquiry_asked",
    metadata,
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(250), primary_key=True),
    Index("ix_inquiry_asked_name", "name", "inquiry_id"),
)

inquiry_answers = Table(
    "inquiry_answers",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("person", String(250), nullable=False),
    Column("by", String(250), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("value", Json),
    Column("comment", PrintableText, nullable=False),
    Column("edits", Json, nullable=False),
    Column("channel", String(16), nullable=False),
    time_column("created_at", nullable=False),
    UniqueConstraint("inquiry_id", "stage", "person"),
    Index("ix_inquiry_answers_by", "inquiry_id", "stage", "by", unique=True),
)

# Never changed, and deleted with its inquiry only.
inquiry_log = Table(
    "inquiry_log",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False),
    time_column("at", nullable=False),
    Column("what", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_inquiry_log_inquiry", "inquiry_id", "seq"),
)

inquiry_delegations = Table(
    "inquiry_delegations",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("giver", String(250), nullable=False),
    Column("taker", String(250), nullable=False),
    Column("comment", PrintableText, nullable=False),
    Column("is_question", Boolean, nullable=False),
    time_column("created_at", nullable=False),
    Index("ix_inquiry_delegations_inquiry", "inquiry_id", "seq"),
)

# What was shown is kept as long as its inquiry is.
inquiry_blobs = Table(
    "inquiry_blobs",
    metadata,
    Column("inquiry_id", Id, ForeignKey("inquiries.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", String(64), ForeignKey("blobs.hash"), primary_key=True, index=True),
)

# What the code of a session has stored to be shown: it shows nothing else. A blob takes its row along.
session_shown = Table(
    "session_shown",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", String(64), ForeignKey("blobs.hash", ondelete="CASCADE"), primary_key=True, index=True),
)

absences = Table(
    "absences",
    metadata,
    Column("person", String(250), primary_key=True),
    Column("substitute", String(250), nullable=False),
    time_column("from_at", nullable=False),
    time_column("until_at"),
)
