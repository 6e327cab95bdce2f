"""Responses in parts; how long the caller of a sync webhook waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("sync_time", sa.Double(), nullable=True))
    op.add_column("outcomes", sa.Column("sent", sa.BigInteger(), nullable=True))
    op.add_column("outcomes", sa.Column("withheld", sa.Text(), nullable=True))
    long = sa.text("sent > 1048576")
    op.create_index(
        "ix_outcomes_long", "outcomes", ["at"], unique=False, sqlite_where=long, postgresql_where=long
    )  # fmt: skip
