"""Cells with certain tags are not run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("skip_tags", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("skip_tags", sa.Text(), nullable=True))
