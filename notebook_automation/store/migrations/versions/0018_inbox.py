"""The inbox: deliveries that no trigger waited for, what somebody says of them, and bookmarks of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("inbox_source", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("inbox_status", sa.String(length=16), nullable=True))
    op.add_column("events", sa.Column("bookmarked_at", sa.Double(), nullable=True))
    for name, columns, where in (
        ("ix_events_inbox", ["inbox_source", "id"], sa.text("inbox_source IS NOT NULL")),
        ("ix_events_replays", ["replay_of"], sa.text("replay_of IS NOT NULL")),
        ("ix_events_bookmarked", ["id"], sa.text("bookmarked_at IS NOT NULL")),
    ):
        op.create_index(name, "events", columns, unique=False, sqlite_where=where, postgresql_where=where)
