"""A session (one run of an action): its statuses, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import Conflict

Status = Literal[
    "requested",
    "scheduling",
    "scheduled",
    "running",
    "waiting",
    "completed",
    "failed",
    "canceling",
    "cancelled",
    "timeout",
    "abandoned",
]

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # requested: committed, nobody has taken it. scheduling: held back by a policy or waiting for a place.
    # scheduled: claimed by a supervisor, its runner is being started.
    "requested": frozenset({"scheduling", "scheduled", "cancelled", "failed"}),
    "scheduling": frozenset({"requested", "scheduled", "cancelled"}),
    "scheduled": frozenset({"running", "requested", "canceling", "cancelled", "failed", "abandoned"}),
    "running": frozenset({"waiting", "completed", "failed", "canceling", "cancelled", "timeout", "abandoned"}),
    "waiting": frozenset({"requested", "running", "canceling", "cancelled", "timeout", "failed", "abandoned"}),
    "canceling": frozenset({"cancelled", "completed", "failed", "timeout", "abandoned"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "timeout": frozenset(),
    "abandoned": frozenset(),
}
TERMINAL: frozenset[Status] = frozenset(status for status, following in TRANSITIONS.items() if not following)
QUEUED: frozenset[Status] = frozenset({"requested", "scheduling"})
HELD: frozenset[Status] = frozenset({"scheduled", "running", "canceling"})
"""Statuses in which a runner holds the session by a lease."""


def check_transition(now: Status, then: Status) -> None:
    """Raise Conflict (``session_state``) unless a session in ``now`` may become ``then``."""
    if then not in TRANSITIONS[now]:
        raise Conflict(f"A session that is {now} cannot become {then}.", code="session_state", status=now)


def after_cancel(now: Status) -> Status:
    """Return what a session in ``now`` becomes when somebody asks it to stop.

    Where no process holds it, it ends at once; else its runner is told. Terminal states stay as they are.
    """
    if now in TERMINAL or now == "canceling":
        return now
    return "canceling" if now in HELD else "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """Why a session failed: the exception, its traceback (ANSI lines) and the cell it came from."""

    ename: str
    evalue: str
    traceback: list[str] = field(default_factory=list)
    cell_index: int | None = None
    cell_id: str | None = None
    cell_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run, as it is stored. Times are epoch seconds, ``time_limit`` is seconds.

    ``config`` is the snapshot of the definitions that made it (trigger, rule). ``owner`` is who holds it, until
    ``lease_until`` by the database's clock; every write of a runner names (owner, attempt).
    """

    id: str
    project_id: str | None
    project: str
    call: str
    status: Status
    created_at: float
    started_by: str
    reason: str | None = None
    trigger_id: str | None = None
    trigger_ref: str | None = None
    event_id: str | None = None
    enforcement_id: str | None = None
    parent_id: str | None = None
    retry_of: str | None = None
    snapshot_id: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    error: CellError | None = None
    attempt: int = 1
    owner: str | None = None
    lease_until: float | None = None
    current_cell: int | None = None
    total_cells: int | None = None
    progress: dict[str, Any] | None = None
    kernel_name: str | None = None
    time_limit: float | None = None
    report: str | None = None
    keep: str | None = None
    started_at: float | None = None
    finished_at: float | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None while it has not both."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


CellStatus = Literal["pending", "running", "ok", "error", "skipped"]
LogKind = Literal[
    "start",
    "state",
    "cell",
    "print",
    "stderr",
    "call",
    "outcome",
    "artifact",
    "stop_request",
    "error",
    "completion",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One code cell of a session's timeline: ``source_head`` is its first line, times are epoch seconds."""

    index: int
    id: str
    source_head: str
    status: CellStatus = "pending"
    started_at: float | None = None
    finished_at: float | None = None
    execution_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of a session's execution log; ``at`` is epoch seconds, ``seq`` orders entries of all sessions."""

    seq: int
    at: float
    kind: LogKind
    text: str
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A value a session hands out while it runs; the first with ``more=False`` answers a sync webhook."""

    seq: int
    at: float
    value: Any
    more: bool
    http: dict[str, Any] | None = None
