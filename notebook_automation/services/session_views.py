"""What the service of sessions returns: a session with what people want to see beside it, and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notebook_automation.domain.policies import Place
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session and how many artifacts it made; ``repeated`` where it was asked for before.

    ``file_saved_again`` says whether the file that it ran was saved since; None where nobody asked, or knows. ``wait``
    is what it blocks on, ``places`` where it is under the policies that limit it.
    """

    session: Session
    artifact_count: int = 0
    repeated: bool = False
    file_saved_again: bool | None = None
    wait: Wait | None = None
    places: Sequence[Place] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions run, wait for a place, and have failed since a time."""

    running: int
    queued: int
    failed: int
