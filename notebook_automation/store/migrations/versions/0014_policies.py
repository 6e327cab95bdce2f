"""Policies and priorities of triggers; the places of sessions that a policy limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("policy", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("priority", sa.Integer(), nullable=True))
    op.add_column("sessions", sa.Column("priority", sa.Integer(), nullable=True))
    op.add_column("sessions", sa.Column("queue_at", sa.Double(), nullable=True))
    _partial("ix_sessions_queue", "sessions", ["status", "queue_at", "id"], "queue_at IS NOT NULL")
    op.create_table(
        "places",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("policy_id", sa.String(length=160), nullable=False),
        sa.Column("policy_ref", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("queue_at", sa.Double(), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_places_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "policy_id", name=op.f("pk_places")),
    )
    op.create_index("ix_places_queue", "places", ["policy_id", "group_key", "status", "queue_at", "session_id"])
    _partial("ix_places_taken", "places", ["policy_id", "group_key", "taken_at"], "taken_at IS NOT NULL")
    _partial("ix_places_due", "places", ["due_at"], "due_at IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
