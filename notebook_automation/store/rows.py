"""Between table rows and the domain's frozen values: columns and fields have the same names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, and_

T = TypeVar("T")


_NAMES: dict[tuple[Any, Table], tuple[str, ...]] = {}


def upsert(tx: Connection, table: Table) -> Any:
    """Return an insert that can say what to do where the row is there already: `on_conflict_do_…`."""
    # The other dialect takes a twentieth of a second to load.
    return import_module(f"sqlalchemy.dialects.{tx.dialect.name}").insert(table)


def _names(cls: Any, table: Table) -> tuple[str, ...]:
    names = _NAMES.get((cls, table))
    if names is None:
        names = tuple(field.name for field in fields(cls) if field.name in table.c)
        _NAMES[cls, table] = names
    return names


def to_row(value: Any, table: Table) -> dict[str, Any]:
    """Return the columns of ``table`` that ``value``, a dataclass, has fields for."""
    return {name: getattr(value, name) for name in _names(type(value), table)}


def from_row(cls: type[T], row: Row[Any], table: Table, **changed: Any) -> T:
    """Return a ``cls`` from a row of ``table``; ``changed`` are fields that the row does not hold as they are."""
    mapping = row._mapping
    return cls(**{name: mapping[name] for name in _names(cls, table) if name not in changed}, **changed)


def page(
    tx: Connection, query: Select[Any], key: Any, make: Callable[[Row[Any]], T], *, limit: int, cursor: str | None,
    ascending: bool = False,
) -> tuple[list[T], str | None]:  # fmt: skip
    """Return up to ``limit`` rows of ``query`` by ``key`` (a unique, sortable column) and the next page's cursor.

    The cursor is the last key seen: a page costs the same however far down it is. ``ascending`` is oldest first.
    """
    if cursor is not None:
        query = query.where(and_(key > cursor if ascending else key < cursor))
    query = query.order_by(key.asc() if ascending else key.desc()).limit(limit + 1)
    rows = tx.execute(query).all()
    more = str(rows[limit - 1]._mapping[key.name]) if len(rows) > limit else None
    return [make(row) for row in rows[:limit]], more
