"""Backfills and the ticks of schedules, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from notebook_automation.domain.backfills import Order, TickState

Moment = Annotated[
    str,
    Meta(
        max_length=60,
        description="A day (`2026-11-21`), a time (`2026-11-21T06:00`), in the schedule's zone unless it names one; or "
        "how long ago it was (`7 days`).",
    ),
]


class TickQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which ticks: from `since` to `until`, both included; without `until` up to now. A day as the end counts whole."""

    since: Moment
    until: Moment | None = None


class Tick(Struct, kw_only=True):
    """A time of a schedule, and what became of it: `session_id` is the last session that ran for it.

    `missing`: it never came, or was skipped as missed. `queued`: its session waits, or a backfill has it before it.
    `silent`: it came, and no rule ran anything. `ran`: its session is kept no longer.
    """

    at: str
    state: TickState
    event_id: str | None
    session_id: str | None


class Ticks(Struct, kw_only=True):
    """The ticks of a range, oldest first; `timezone` is that of the schedule."""

    timezone: str
    items: list[Tick]


class BackfillBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which ticks are to run after all: from `since` to `until` (a day counts whole; left out: up to now).

    `which` are `all`, or some of `missing`, `failed`, `cancelled` (these three unless said otherwise) and `completed`.
    `at_once` of them run side by side. What is queued or runs already is never run again.
    """

    since: Moment
    until: Moment | None = None
    which: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=5)] = []
    order: Order = "oldest"
    at_once: Annotated[int, Meta(ge=1, le=200)] = 1


class BackfillPlan(Struct, kw_only=True):
    """What a backfill would do: run `ticks`, in this order.

    `states` counts all ticks of the range by what became of them; `asked` is how the range was read.
    """

    trigger_id: str
    trigger: str
    asked: dict[str, Any]
    states: dict[TickState, int]
    total: int
    ticks: list[Tick]
