"""Which request an event or a session comes from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, where in (
        ("events", sa.text("correlation_id IS NOT NULL")),
        ("sessions", sa.text("correlation_id IS NOT NULL AND event_id IS NULL")),
    ):
        op.add_column(table, sa.Column("correlation_id", sa.String(length=128), nullable=True))
        op.add_column(table, sa.Column("traceparent", sa.String(length=55), nullable=True))
        op.create_index(
            f"ix_{table}_correlation", table, ["correlation_id"], unique=False, sqlite_where=where,
            postgresql_where=where,
        )  # fmt: skip
