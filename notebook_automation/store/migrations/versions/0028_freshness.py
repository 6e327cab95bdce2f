"""How fresh triggers are to be, and what of that was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("triggers", sa.Column("freshness", sa.Text(), nullable=True))
    op.create_table(
        "breaches",
        sa.Column("trigger_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name="fk_breaches_trigger_id_triggers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trigger_id", "kind", "key", name="pk_breaches"),
    )
