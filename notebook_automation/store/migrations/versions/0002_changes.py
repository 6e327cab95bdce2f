"""The feed of changes has its own name, so that notifications can be messages to people."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was recorded before has another form. Numbers go on where they were, so that whoever resumes from an old one
    # finds that it is no longer kept, and reads everything anew.
    op.execute("DELETE FROM notifications")
    op.drop_index("ix_notifications_created_at", table_name="notifications")
    op.rename_table("notifications", "changes")
    op.create_index("ix_changes_created_at", "changes", ["created_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_notifications RENAME TO pk_changes")
        op.execute("ALTER SEQUENCE notifications_seq_seq RENAME TO changes_seq_seq")
