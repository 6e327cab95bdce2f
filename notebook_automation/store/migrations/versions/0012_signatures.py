"""Webhooks that take only what is signed; what was signed with a time is taken once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("signature", sa.Text(), nullable=True))
    op.add_column("events", sa.Column("signed_digest", sa.String(length=64), nullable=True))
    signed = sa.text("signed_digest IS NOT NULL")
    op.create_index(
        "ix_events_signed", "events", ["trigger_id", "signed_digest"], unique=True, sqlite_where=signed,
        postgresql_where=signed,
    )  # fmt: skip
