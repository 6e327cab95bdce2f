"""Brings a database's schema to what the code needs, by Alembic's revisions."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from notebook_automation.domain.errors import Unavailable

HEAD = "0001"
"""The newest revision in ``migrations/versions``; a test compares."""

_FOLDER = Path(__file__).with_name("migrations")


def migrate(engine: Engine) -> None:
    """Apply what is missing, each revision in a transaction of its own.

    Alembic itself is imported only where something is missing: it costs a tenth of a second. Raises Unavailable
    (``database_newer``) for a database that a newer version has changed.
    """
    with engine.connect().execution_options(na_read=True) as tx:
        found = current_revision(tx)
    if found == HEAD:
        return
    known = {path.stem.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")}
    if found is not None and found not in known:
        raise Unavailable(
            f"The database is at revision {found}, newer than this version knows ({HEAD}). Install the newer version "
            "of notebook-automation again, or point it at another database.",
            code="database_newer",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with engine.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def current_revision(tx: Connection) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
