"""Lists: how much of one is asked for, and a page of it."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, Protocol, TypeVar

from msgspec import Meta, Struct

from notebook_automation.domain.sorting import Sorting

T = TypeVar("T")

Limit = Annotated[int, Meta(ge=1, le=200, description="Most items of the page.")]
Cursor = Annotated[
    str,
    Meta(pattern=r"^[a-z]{3}_[0-9a-z]{26}(\.[A-Za-z0-9_-]{1,2000})?$", description="`next_cursor` of the page before."),
]
Order = Annotated[Literal["desc", "asc"], Meta(description="Which way: downwards, newest first, or upwards.")]
SORT = Meta(description="By which column; what has no value in it comes last, either way.")


class Paging(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every list takes."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Sorted(Protocol):
    """A query that says how its list is sorted."""

    @property
    def sort(self) -> str:
        """The column."""

    @property
    def order(self) -> str:
        """`asc` or `desc`."""


def sorting_of(query: Sorted) -> Sorting:
    """Return how the list is to be sorted."""
    return Sorting(query.sort, ascending=query.order == "asc")


class Page(Struct, Generic[T], kw_only=True):
    """A page of a list; `next_cursor` asks for the one after it, null at the end."""

    items: list[T]
    next_cursor: str | None = None
