"""Tags on triggers and sessions; failures that somebody has seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("tags", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("tags", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("acknowledged_by", sa.Text(), nullable=True))
