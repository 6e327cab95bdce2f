"""Groups of sessions that are asked for at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("project", sa.String(length=100), nullable=False),
        sa.Column("trigger_id", sa.String(length=32), nullable=True),
        sa.Column("trigger_ref", sa.Text(), nullable=True),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=True),
        sa.Column("came_by", sa.String(length=16), nullable=True),
        sa.Column("running_on_cancel", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_session_groups_project_id_projects", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name="fk_session_groups_trigger_id_triggers", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_session_groups"),
    )
    op.create_index("ix_session_groups_project", "session_groups", ["project_id", "id"])
    op.create_index("ix_session_groups_trigger", "session_groups", ["trigger_id", "id"])
    is_open = sa.text("finished_at IS NULL")
    op.create_index("ix_session_groups_open", "session_groups", ["id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "session_group_members",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["session_groups.id"], name="fk_session_group_members_group_id_session_groups",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "position", name="pk_session_group_members"),
    )  # fmt: skip
    op.create_index("ix_session_group_members_state", "session_group_members", ["group_id", "state", "position"])
    op.add_column("sessions", sa.Column("group_id", sa.String(length=32), nullable=True))
    op.add_column("sessions", sa.Column("group_position", sa.Integer(), nullable=True))
    in_group = sa.text("group_id IS NOT NULL")
    op.create_index(
        "ix_sessions_group", "sessions", ["group_id", "status", "group_position"],
        sqlite_where=in_group, postgresql_where=in_group,
    )  # fmt: skip
