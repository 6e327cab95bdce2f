"""Triggers that wait for sessions, artifacts and files: for what, and what they have seen of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("source", sa.Text(), nullable=True))
    op.create_table(
        "session_ends",
        sa.Column("trigger_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=1000), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name="fk_session_ends_trigger_id_triggers", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_session_ends_session_id_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trigger_id", "session_id", name="pk_session_ends"),
    )
    op.create_index("ix_session_ends_session_id", "session_ends", ["session_id"])
    op.create_index("ix_session_ends_due_at", "session_ends", ["due_at"])
    op.create_table(
        "artifact_arrivals",
        sa.Column("artifact_id", sa.String(length=32), nullable=False),
        sa.Column("trigger_id", sa.String(length=32), nullable=False),
        sa.Column("news", sa.String(length=16), nullable=False),
        sa.Column("previous_version", sa.Integer(), nullable=True),
        sa.Column("previous_blob", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifacts.id"], name="fk_artifact_arrivals_artifact_id_artifacts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name="fk_artifact_arrivals_trigger_id_triggers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", "trigger_id", name="pk_artifact_arrivals"),
    )
    op.create_index("ix_artifact_arrivals_trigger_id", "artifact_arrivals", ["trigger_id"])
    op.create_table(
        "file_states",
        sa.Column("trigger_id", sa.String(length=32), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name="fk_file_states_trigger_id_triggers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trigger_id", "path", name="pk_file_states"),
    )
