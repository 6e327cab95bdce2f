"""What becomes of a session's attempt, as whoever launches attempts reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AttemptStep = Literal["claimed", "begun", "ended", "not_started", "lost"]
"""``claimed``: a place has taken the session, and starts a runner for it. ``begun``: its code runs.

The last of an attempt is one of: ``ended``: it had begun, and nothing of it runs any more. ``not_started``: it never
began; nothing of it ran. ``lost``: the place that had it is gone, and no further step of it will come.
"""
LAST_STEPS: frozenset[AttemptStep] = frozenset({"ended", "not_started", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptNews:
    """One step of an attempt. ``reason`` is a sentence: why it was ``not_started`` or is ``lost``."""

    session_id: str
    attempt: int
    step: AttemptStep
    reason: str | None = None
