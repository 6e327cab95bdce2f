"""Alembic's environment: runs the revisions on the connection it is handed."""

from __future__ import annotations

from alembic import context

from notebook_automation.store.tables import described_schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=described_schema(),
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
