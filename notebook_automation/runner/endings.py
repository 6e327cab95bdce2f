"""How an attempt ends that did not complete: stopped from outside, or failed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from notebook_automation.domain.masking import Masker
from notebook_automation.domain.sessions import CellError
from notebook_automation.execution.kernel_record import stderr_tail
from notebook_automation.services.endings import Ending

StopCause = Literal["cancelled", "timeout", "lost", "abandoned", "memory"]
"""Why a run is stopped from outside: somebody asked, its time is over, its lease is gone, its supervisor is gone; or it
held more memory than it may."""


KERNEL_ERRORS = ("KernelDied", "KernelStartError", "DeadKernelError")
"""The names of errors that are not a cell's: its kernel's process did not start, or ended."""


def stopped(cause: StopCause | None, limit: float) -> Ending:
    """Return the end of a run that was stopped for ``cause``; ``limit`` is its time limit in seconds."""
    if cause == "timeout":
        return Ending(status="timeout", reason=f"It was stopped at its time limit of {limit:g} seconds.")
    if cause == "abandoned":
        return Ending(status="abandoned", reason="The server that ran it was stopped.")
    if cause == "memory":
        return failed("MemoryExceeded", "It used more memory than it may, and was ended before its results were kept.")
    return Ending(status="cancelled")


def sentence_of(error: CellError, folder: Path, masker: Masker) -> str:
    """Return a failure in a line; where the kernel itself failed, with the end of its process's stderr.

    ``folder`` is the session's; what its process wrote has to be masked here.
    """
    text = f"{error.ename}: {error.evalue}"
    if error.ename in KERNEL_ERRORS:
        tail = stderr_tail(folder)
        text = f"{error.evalue} {tail}" if tail else error.evalue
    return masker.text(text)[:2000]


def failed(ename: str, message: str) -> Ending:
    """Return the end of a run that failed outside of its cells."""
    return Ending(status="failed", reason=message, error=CellError(ename=ename, evalue=message))
