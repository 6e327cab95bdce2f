"""What each session has stored to be shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_shown",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.hash"], name=op.f("fk_session_shown_blob_blobs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_shown_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "blob", name=op.f("pk_session_shown")),
    )
    op.create_index(op.f("ix_session_shown_blob"), "session_shown", ["blob"], unique=False)
