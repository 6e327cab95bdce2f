"""Pages of a list that is sorted by a column of its own, each resuming after the last row of the one before."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, func, or_

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.sorting import CREATED, Sorting

from .rows import page

T = TypeVar("T")

SortColumns = Mapping[str, ColumnElement[Any]]
"""What a list is sorted by, by the name of the column: texts (see `by_text`) and numbers; NULL comes last."""

_COMPARED = 200


def by_text(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what sorts by ``text`` as people read it: small letters like large ones. Only its beginning counts."""
    return func.substr(func.lower(text), 1, _COMPARED, type_=String)


def sorted_page(
    tx: Connection, query: Select[Any], key: Any, make: Callable[[Row[Any]], T], *, limit: int, cursor: str | None,
    sorting: Sorting, columns: SortColumns,
) -> tuple[list[T], str | None]:  # fmt: skip
    """Return up to ``limit`` rows of ``query`` as ``sorting`` says, and the next page's cursor.

    ``key`` is the unique column that decides between equals. The cursor holds the last row's key and what it was sorted
    by, so that it stays good when that row changes or goes. Raises Invalid (``cursor_invalid``).
    """
    if sorting.column == CREATED:
        plain = cursor and cursor.partition(".")[0]
        return page(tx, query, key, make, limit=limit, cursor=plain, ascending=sorting.ascending)
    value = columns[sorting.column]
    wanted = query if cursor is None else query.where(_after(cursor, value, key, sorting))
    order = [value.is_(None), *(part.asc() if sorting.ascending else part.desc() for part in (value, key))]
    # The keys first: a database that sorts whole rows moves all that is in them.
    places = tx.execute(wanted.with_only_columns(key, value.label("sorted_by")).order_by(*order).limit(limit + 1)).all()
    shown = places[:limit]
    rows = {row._mapping[key.name]: row for row in tx.execute(query.where(key.in_([place[0] for place in shown])))}
    more = _cursor(shown[-1][0], shown[-1][1]) if len(places) > limit else None
    return [make(rows[place[0]]) for place in shown if place[0] in rows], more


def _after(cursor: str, value: ColumnElement[Any], key: Any, sorting: Sorting) -> ColumnElement[bool]:
    """Return the condition for what comes after the row of ``cursor``."""
    last_key, last = _position(cursor, is_text=isinstance(value.type, String))
    behind = key > last_key if sorting.ascending else key < last_key
    if last is None:
        return and_(value.is_(None), behind)
    beyond = value > last if sorting.ascending else value < last
    return or_(beyond, and_(value == last, behind), value.is_(None))


def _cursor(key: str, value: str | float | None) -> str:
    text = json.dumps(value, ensure_ascii=False).encode()
    return f"{key}.{base64.urlsafe_b64encode(text).decode().rstrip('=')}"


def _position(cursor: str, *, is_text: bool) -> tuple[str, str | float | None]:
    """Return the key and the value in ``cursor``, which came from outside."""
    key, _, encoded = cursor.partition(".")
    try:
        value = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, RecursionError):
        raise _unknown_cursor() from None
    if value is None or (is_text and isinstance(value, str) and _can_be_stored(value)):
        return key, value
    if not is_text and isinstance(value, (int, float)) and not isinstance(value, bool) and _is_a_number(value):
        return key, value
    raise _unknown_cursor()


def _can_be_stored(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_a_number(value: float) -> bool:
    return abs(value) < 2**63 and math.isfinite(value)


def _unknown_cursor() -> Invalid:
    return Invalid(
        "This cursor belongs to no page of this list: begin again without one, or sort as the page before was sorted.",
        code="cursor_invalid",
        field="cursor",
    )
