"""Subscriptions under the id that a notebook knows them by, also in a fork of its session; ended ones found by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("known_as", sa.String(length=32), nullable=True))
    op.create_index("ix_subscriptions_ended", "subscriptions", ["ended_at"], unique=False)
