"""Who is behind a session and its inquiries, and how they came; who last changed a trigger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Of sessions that may still ask: who started them, where that was no trigger, neither their own nor that of the session
# whose code did.
_KNOWN = """
UPDATE sessions SET requester = started_by, came_by = 'person'
WHERE finished_at IS NULL AND (trigger_ref IS NULL OR trigger_ref <> started_by)
  AND NOT EXISTS (SELECT 1 FROM triggers JOIN projects ON projects.id = triggers.project_id
                  WHERE projects.name || '/' || triggers.name = sessions.started_by)
"""


def upgrade() -> None:
    op.add_column("sessions", sa.Column("requester", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("came_by", sa.String(length=16), nullable=True))
    op.add_column("inquiries", sa.Column("came_by", sa.String(length=16), nullable=True))
    op.add_column("triggers", sa.Column("changed_by", sa.Text(), nullable=True))
    op.execute(_KNOWN)
    op.execute("UPDATE inquiries SET came_by = 'person' WHERE requester IS NOT NULL")
