"""Lists: how much of one is asked for, and a page of it."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

T = TypeVar("T")

Limit = Annotated[int, Meta(ge=1, le=200, description="Most items of the page.")]
Cursor = Annotated[str, Meta(pattern="^[a-z]{3}_[0-9a-z]{26}$", description="`next_cursor` of the page before.")]


class Paging(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every list takes."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Page(Struct, Generic[T], kw_only=True):
    """A page of a list; `next_cursor` asks for the one after it, null at the end."""

    items: list[T]
    next_cursor: str | None = None
