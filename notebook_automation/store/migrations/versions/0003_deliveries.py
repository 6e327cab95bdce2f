"""Deliveries: a limit of their size, credentials, refusals; requests that are asked twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("max_body", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("sealed", sa.Text(), nullable=True))
    op.add_column("events", sa.Column("refusal", sa.Text(), nullable=True))
    op.add_column("events", sa.Column("request_digest", sa.String(length=64), nullable=True))
    op.add_column("sessions", sa.Column("request_key", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("request_digest", sa.String(length=64), nullable=True))
    refused = sa.text("refusal IS NOT NULL")
    op.create_index(
        "ix_events_refused", "events", ["trigger_id", "id"], unique=False, sqlite_where=refused,
        postgresql_where=refused,
    )  # fmt: skip
    op.create_index("ix_sessions_request", "sessions", ["started_by", "request_key"], unique=True)
