"""What a ready fork server says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """One ready server; a module's import time in milliseconds, a watched folder's time of change in ns."""

    pid: int
    version: str
    milliseconds: dict[str, float]
    failed: dict[str, str]
    environ_read: dict[str, str | None]
    watched: dict[str, int]
    loaded: tuple[str, ...] = ()
    """Top-level names of all modules that children find loaded."""
    left_out: dict[str, str] = field(default_factory=dict)
