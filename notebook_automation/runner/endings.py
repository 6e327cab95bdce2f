"""How an attempt ends that did not complete: stopped from outside, or failed."""

from __future__ import annotations

from typing import Literal

from notebook_automation.domain.sessions import CellError
from notebook_automation.services.endings import Ending

StopCause = Literal["cancelled", "timeout", "lost", "abandoned"]
"""Why a run is stopped from outside: somebody asked, its time is over, its lease is gone, its supervisor is gone."""


def stopped(cause: StopCause | None, limit: float) -> Ending:
    """Return the end of a run that was stopped for ``cause``; ``limit`` is its time limit in seconds."""
    if cause == "timeout":
        return Ending(status="timeout", reason=f"It was stopped at its time limit of {limit:g} seconds.")
    if cause == "abandoned":
        return Ending(status="abandoned", reason="The server that ran it was stopped.")
    return Ending(status="cancelled")


def failed(ename: str, message: str) -> Ending:
    """Return the end of a run that failed outside of its cells."""
    return Ending(status="failed", reason=message, error=CellError(ename=ename, evalue=message))
