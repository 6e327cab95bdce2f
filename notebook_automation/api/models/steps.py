"""Steps, as the API shows them."""

from __future__ import annotations

from msgspec import Struct

from notebook_automation.domain.steps import StepStatus

from .paging import Page


class StepError(Struct, kw_only=True):
    """What a failed step raised."""

    type: str
    message: str


class SessionStep(Struct, kw_only=True):
    """A call of a durable session that is recorded, so that it is not done again.

    `cell_index` is the cell's place in the notebook, from 0, `cell_number` counts as the log does: code cells that run,
    from 1. `nth` counts the steps of this name in their piece of the cell, from 0; pieces are what stands between a
    cell's waits. `tries` is how often it was begun. `shown` is its result as text, cut off; `duration` is seconds.
    """

    cell_index: int
    cell_number: int | None
    piece: int
    name: str
    nth: int
    status: StepStatus
    tries: int
    idempotency_key: str
    started_at: str
    finished_at: str | None
    duration: float | None
    shown: str | None
    error: StepError | None


class StepPage(Page[SessionStep]):
    """All steps of a session, in the notebook's order."""
