"""Triggers and sessions say with which kernel, in which environment and within how much memory they run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("kernel_name", sa.String(128), nullable=True))
    op.add_column("triggers", sa.Column("env", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("memory", sa.BigInteger(), nullable=True))
    op.add_column("sessions", sa.Column("env", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("memory", sa.BigInteger(), nullable=True))
