"""What all tables have in common: their names for constraints, their ids, their times."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    event,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(32)
# SQLite counts rows up only in an INTEGER primary key; PostgreSQL wants 64 bits.
Sequence = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Column[Any]:
    """Return the primary key of a noun's table."""
    return Column("id", Id, primary_key=True)


def time_column(name: str, **options: Any) -> Column[Any]:
    """Return a column for a time, in epoch seconds."""
    return Column(name, Double, **options)


def partial_index(table: Table, name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Add an index over those rows alone of which ``where`` is true.

    Said to the dialect once a table is made: named in the index, it would load PostgreSQL's on SQLite too.
    """
    index = Index(name, *(table.c[column] for column in columns), unique=unique)

    @event.listens_for(table, "before_create")
    def _only_where(_table: Table, connection: Connection, **_more: Any) -> None:
        index.dialect_options[connection.dialect.name]["where"] = text(where)

    return index


def piece_columns(*, primary_key: bool = False) -> tuple[Column[Any], ...]:
    """Return the columns of a place in a durable session's notebook: of which session, in which piece of which cell."""
    return (
        Column(
            "session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False
        ),
        Column("cell_index", Integer, primary_key=primary_key, nullable=False),
        Column("piece", Integer, primary_key=primary_key, nullable=False),
    )
