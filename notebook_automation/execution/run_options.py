"""How a notebook is run: in which environment, within which limits, and what becomes of its kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notebook_automation.domain.masking import Masker

from .checkpointing import Checkpointing
from .outputs import OutputLimit

DEFAULT_AHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a `NotebookRun`; times in seconds, None: without limit."""

    ahead: int = DEFAULT_AHEAD
    """Execute requests queued in the kernel. It is 1 where cells have a time limit, where the kernel is none that can
    drop queued requests after an error, or where widgets need the client between cells."""
    output_limit: OutputLimit = field(default_factory=OutputLimit)
    observe_dropped: bool = False
    """Notify observers also of streams beyond ``output_limit``."""
    startup_timeout: float | None = 60.0
    cell_timeout: float | None = None
    env: Mapping[str, str] | None = None
    """The kernel's whole environment; None: that of this process."""
    cwd: str | None = None
    graceful: bool = True
    """Let the kernel end by itself after the last cell (its ``atexit`` functions run); else kill it."""
    keep_kernel: bool = False
    """Leave the kernel running after the last cell."""
    masker: Masker = field(default_factory=Masker)
    """Hides secrets in all that the kernel sends."""
    prelude: str = ""
    """Code that an ipykernel of the run's own executes before the first cell; it leaves no name behind."""
    checkpointing: Checkpointing | None = None
    """Saves after each piece of a cell, in an ipykernel of the run's own; the kernel is given one piece at a time."""
    traits: Mapping[str, Any] = field(default_factory=dict)
    """nbclient's, e.g. ``allow_errors``, ``extra_arguments``."""

    def launch_arguments(self) -> dict[str, Any]:
        """Return what a kernel manager's ``start_kernel`` is given of them."""
        launch: dict[str, Any] = {}
        if self.env is not None:
            launch["env"] = dict(self.env)
        if self.cwd is not None:
            launch["cwd"] = self.cwd
        return launch
