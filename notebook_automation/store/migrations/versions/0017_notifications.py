"""Notifications to people, and who hears of what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("notify", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("notify", sa.Text(), nullable=True))
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=320), nullable=False),
        sa.Column("entity_type", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=100), nullable=False),
        sa.Column("activity", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("project", sa.String(length=100), nullable=False),
        sa.Column("trigger_id", sa.String(length=32), nullable=True),
        sa.Column("trigger_ref", sa.Text(), nullable=True),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_notifications_project_id_projects"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_notifications_trigger_id_triggers"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("channel", "target", "entity", "activity", name=op.f("uq_notifications_channel")),
    )
    for name, column in (
        ("ix_notifications_next", "next_at"), ("ix_notifications_project", "project_id"),
        ("ix_notifications_trigger", "trigger_id"), ("ix_notifications_created", "created_at"),
    ):  # fmt: skip
        op.create_index(name, "notifications", [column], unique=False)
