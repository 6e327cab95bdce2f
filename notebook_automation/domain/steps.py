"""A step of a durable session: a call that is recorded, so that it is not done again when its cell runs again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypedDict

from .changes import change_content
from .masking import Masker

StepStatus = Literal["pending", "started", "uncertain", "failed", "done"]
"""In the order in which they follow each other.

``pending``: it failed in the session that this one goes on from, and is to run again. ``started``: it runs, or was cut
off. ``uncertain``: it was cut off, and only a person can say whether it took effect. ``failed``: it raised, after all
tries. ``done`` never changes.
"""
STATUSES: tuple[StepStatus, ...] = ("pending", "started", "uncertain", "failed", "done")
Beyond = Literal["resumed", "edited", "again"]
"""What becomes of the pieces after those that are kept, where a session goes on from an ended one."""
SHOWN = 200
"""Characters of a result that are shown."""
NAME_LENGTH = 200
UNORDERED = -1
"""The ``number`` of steps that run beside others, in threads or tasks."""

StepPlace = tuple[int, int, str, int]
"""Cell index, piece, name, nth: what a step is known by in its session."""


class StepError(TypedDict):
    """What a failed step raised: the exception's type and text."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The ``nth`` step (from 0) called ``name`` in a piece of a cell; times are epoch seconds.

    ``number`` is its place among the piece's steps that run one after the other, else `UNORDERED`. ``fingerprint`` is
    of its arguments, ``tries`` counts how often it was begun. ``result`` is the pickle of what it returned or raised:
    only the session's own kernel loads it. A large one lies in a file of its own, ``content`` is its digest.
    ``shown`` is its result as text.
    """

    cell_index: int
    piece: int
    name: str
    nth: int
    number: int
    status: StepStatus
    fingerprint: str
    idempotency_key: str
    tries: int
    started_at: float
    finished_at: float | None = None
    result: bytes | None = None
    content: str | None = None
    shown: str | None = None
    error: StepError | None = None

    @property
    def place(self) -> StepPlace:
        """What it is known by in its session."""
        return (self.cell_index, self.piece, self.name, self.nth)

    @property
    def duration(self) -> float | None:
        """Seconds from its first start to its end, none where the clock was set back; None while it has no end."""
        return None if self.finished_at is None else max(0.0, self.finished_at - self.started_at)


def masked(step: Step, masker: Masker) -> Step:
    """Return ``step`` as it may be shown: without secrets, and with a result of at most `SHOWN` characters."""
    shown = step.shown
    if shown is not None:
        # What was cut off in the middle of a secret is left out.
        text = masker.split(shown)[0]
        shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    error = step.error
    if error is not None:
        error = {"type": masker.text(error["type"]), "message": masker.text(error["message"])}
    return replace(step, shown=shown, error=error)


def is_news(step: Step, known: Step | None) -> bool:
    """Whether ``step`` says more than what is known of the same step: nothing takes back what is recorded as done."""
    if known is None:
        return True
    if known.status == "done":
        return False
    return (STATUSES.index(step.status), step.tries) > (STATUSES.index(known.status), known.tries)


def merged(*several: Iterable[Step]) -> dict[StepPlace, Step]:
    """Return what several records say together, each step as the furthest of them has it."""
    found: dict[StepPlace, Step] = {}
    for steps in several:
        for step in steps:
            if is_news(step, found.get(step.place)):
                found[step.place] = step
    return found


def carried_over(steps: Iterable[Step], kept_to: tuple[int, int], beyond: Beyond) -> list[Step]:
    """Return the steps of an ended session for one that goes on from it, after the piece ``kept_to``.

    What failed is pending: it runs again, with the same idempotency key. Beyond ``kept_to`` (cell index, piece): in an
    ``edited`` notebook steps are found by their name and arguments, whatever their order is now; what is to run
    ``again`` leaves its steps behind.
    """
    carried = []
    for step in steps:
        is_beyond = (step.cell_index, step.piece) > kept_to
        if is_beyond and beyond == "again":
            continue
        if step.status == "failed":
            step = replace(step, status="pending", result=None, content=None, error=None, finished_at=None, shown=None)
        if is_beyond and beyond == "edited":
            step = replace(step, number=UNORDERED)
        carried.append(step)
    return carried


@change_content("sessions", "steps")
class SessionStepsChange:
    """So many ``steps`` of a session have begun, or ended."""

    steps: int
