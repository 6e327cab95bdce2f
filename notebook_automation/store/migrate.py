"""Brings a database's schema to what the code needs, by Alembic's revisions."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

from notebook_automation.domain.errors import Unavailable

_LOCK = 0x6E61_0002
_FOLDER = Path(__file__).with_name("migrations")

REVISIONS = sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))
"""The revisions that this code knows, by their numbers."""
HEAD = REVISIONS[-1]


def migrate(engine: Engine) -> None:
    """Apply all that is missing in one transaction; servers that start at once wait for the first of them.

    Alembic itself is imported only where something is missing: it costs a tenth of a second. Raises Unavailable:
    ``database_newer`` for a database that a newer version has changed, ``database_unreadable`` for a damaged one,
    ``database_unavailable`` where it does not answer.
    """
    found = found_revision(engine)
    if found == HEAD:
        return
    if found is not None and found not in REVISIONS:
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
        if tx.dialect.name == "postgresql":
            # SQLite's write lock is taken already; here two servers would create the same tables.
            tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def create(engine: Engine) -> None:
    """Make the whole schema in an empty database at once, as if every revision had been applied.

    Revision by revision it takes ten times as long: too much for a database that is gone when a command ends.
    """
    from .tables import described_schema

    with engine.begin() as tx:
        described_schema().create_all(tx)
        tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        tx.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def current_revision(tx: Connection) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def found_revision(engine: Engine) -> str | None:
    """Return the revision a database is at, None for an empty one. Raises Unavailable as `migrate`."""
    try:
        with engine.connect().execution_options(na_read=True) as tx:
            return current_revision(tx)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(
            f"The database does not answer ({error.orig}). See that it runs and can be reached, then start again.",
            code="database_unavailable",
        ) from error
    except DatabaseError as error:
        # Never make a new one in its place: what is left of the old may be all there is.
        raise Unavailable(
            f"The database {engine.url.render_as_string()} is damaged ({error.orig}). Bring it back from a copy, or "
            "move it away to begin with an empty one.",
            code="database_unreadable",
        ) from error
