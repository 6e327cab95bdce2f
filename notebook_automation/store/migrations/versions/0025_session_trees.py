"""Trees of sessions that start others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_HALVINGS = 12
"""Trees of up to two to the power of this many levels find their topmost session."""


def upgrade() -> None:
    op.add_column("sessions", sa.Column("root_id", sa.String(length=32), nullable=True))
    op.add_column("sessions", sa.Column("on_parent_end", sa.String(length=8), nullable=True))
    op.add_column("sessions", sa.Column("stop_reason", sa.Text(), nullable=True))
    _partial("ix_sessions_root", ["root_id", "id"], "root_id IS NOT NULL")
    _partial("ix_sessions_root_unended", ["root_id"], "root_id IS NOT NULL AND finished_at IS NULL")
    _partial("ix_sessions_stop", ["id"], "stop_reason IS NOT NULL AND finished_at IS NULL")
    _partial("ix_sessions_with_parent", ["id"], "on_parent_end = 'cancel' AND finished_at IS NULL")
    op.execute("UPDATE sessions SET root_id = parent_id WHERE parent_id IS NOT NULL")
    for _ in range(_HALVINGS):
        op.execute(
            "UPDATE sessions SET root_id = (SELECT above.root_id FROM sessions AS above WHERE above.id = "
            "sessions.root_id) WHERE root_id IN (SELECT id FROM sessions WHERE root_id IS NOT NULL)"
        )


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "sessions", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
