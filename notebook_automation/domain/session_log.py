"""What is recorded while a session runs: its log, its cells' timeline, the values it hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

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
    """A value a session hands out while it runs; the first with ``more=False`` answers a sync webhook.

    ``sent`` are the bytes of a streamed response up to and with this part of it (None: it is no part of one), and
    ``withheld`` those after them, encrypted, that may begin a secret.
    """

    seq: int
    at: float
    value: Any
    more: bool
    http: dict[str, Any] | None = None
    sent: int | None = None
    withheld: str | None = None
