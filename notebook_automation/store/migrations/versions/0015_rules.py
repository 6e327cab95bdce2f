"""The rules that triggers have beside their own call; events that are collected for one session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("rules", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("collect", sa.Text(), nullable=True))
    op.create_table(
        "batches",
        sa.Column("rule_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "key", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_session_id"), "batches", ["session_id"], unique=False)
    op.create_table(
        "collected_events",
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_collected_events_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "event_id", name=op.f("pk_collected_events")),
    )
    op.create_index(op.f("ix_collected_events_event_id"), "collected_events", ["event_id"], unique=False)
