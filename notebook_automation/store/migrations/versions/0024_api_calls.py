"""What triggers send to an API instead of running a file, and how people call them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("title", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("api_call", sa.Text(), nullable=True))
    op.add_column("triggers", sa.Column("api_call_kind", sa.String(length=16), nullable=True))
