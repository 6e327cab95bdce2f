"""Inquiries: what people are asked, what they answered, all that happened; who is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("substitute", sa.String(length=250), nullable=False),
        sa.Column("from_at", sa.Double(), nullable=False),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_absences")),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("session_ref", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("project", sa.String(length=100), nullable=False),
        sa.Column("notebook", sa.Text(), nullable=False),
        sa.Column("trigger_id", sa.String(length=32), nullable=True),
        sa.Column("trigger_ref", sa.Text(), nullable=True),
        sa.Column("cell_index", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("response_schema", sa.Text(), nullable=True),
        sa.Column("proposed", sa.Text(), nullable=True),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("exclude", sa.Text(), nullable=False),
        sa.Column("allow_requester", sa.Boolean(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("responded_by", sa.Text(), nullable=True),
        sa.Column("responded_at", sa.Double(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("timeout_at", sa.Double(), nullable=True),
        sa.Column("on_timeout", sa.Text(), nullable=False),
        sa.Column("reminders", sa.Text(), nullable=False),
        sa.Column("escalations", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_inquiries_project_id_projects"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_inquiries_session_id_sessions"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_inquiries_trigger_id_triggers"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index("ix_inquiries_next", "inquiries", ["next_at"], unique=False)
    op.create_index("ix_inquiries_project", "inquiries", ["project_id", "id"], unique=False)
    op.create_index("ix_inquiries_session", "inquiries", ["session_id", "id"], unique=False)
    op.create_index("ix_inquiries_session_ref", "inquiries", ["session_ref", "id"], unique=False)
    op.create_index("ix_inquiries_status", "inquiries", ["status", "id"], unique=False)
    op.create_index(op.f("ix_inquiries_trigger_id"), "inquiries", ["trigger_id"], unique=False)
    op.create_table(
        "inquiry_answers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("by", sa.String(length=250), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("edits", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_answers_inquiry_id_inquiries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inquiry_answers")),
        sa.UniqueConstraint("inquiry_id", "stage", "person", name=op.f("uq_inquiry_answers_inquiry_id")),
    )
    op.create_index("ix_inquiry_answers_by", "inquiry_answers", ["inquiry_id", "stage", "by"], unique=True)
    op.create_table(
        "inquiry_asked",
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_asked_inquiry_id_inquiries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "name", name=op.f("pk_inquiry_asked")),
    )
    op.create_index("ix_inquiry_asked_name", "inquiry_asked", ["name", "inquiry_id"], unique=False)
    op.create_table(
        "inquiry_blobs",
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.hash"], name=op.f("fk_inquiry_blobs_blob_blobs")),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_blobs_inquiry_id_inquiries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "blob", name=op.f("pk_inquiry_blobs")),
    )
    op.create_index(op.f("ix_inquiry_blobs_blob"), "inquiry_blobs", ["blob"], unique=False)
    op.create_table(
        "inquiry_delegations",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("giver", sa.String(length=250), nullable=False),
        sa.Column("taker", sa.String(length=250), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"],
            ["inquiries.id"],
            name=op.f("fk_inquiry_delegations_inquiry_id_inquiries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inquiry_delegations")),
    )
    op.create_index("ix_inquiry_delegations_inquiry", "inquiry_delegations", ["inquiry_id", "seq"], unique=False)
    op.create_table(
        "inquiry_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_log_inquiry_id_inquiries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inquiry_log")),
    )
    op.create_index("ix_inquiry_log_inquiry", "inquiry_log", ["inquiry_id", "seq"], unique=False)
