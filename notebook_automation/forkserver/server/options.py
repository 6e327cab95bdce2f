"""What the client tells a fork server once, at its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Options:
    """One fork server's orders, as they arrive in JSON; sizes in bytes, times in seconds."""

    entry: str
    """`package.module:function`, or `.module:function` for one of the server's own modules."""
    prepare: str = ""
    """The same form; called in a spare child before a request is there."""
    before_forks: str = ""
    """The same form, called once in the server when everything is imported; it may take the first `hint`."""
    core: list[str] = field(default_factory=list)
    """Modules the entry itself needs; imported first, outside the audit of preloads."""
    preload: list[str] = field(default_factory=list)
    watch_shell: bool = False
    """Whether modules that ask for the running IPython shell at import are unfit."""
    allow_threads: list[str] = field(default_factory=list)
    """Names of native threads known to survive a fork."""
    trusted_folders: list[str] = field(default_factory=list)
    """Folders outside the interpreter's own that may be imported from."""
    folder: str = ""
    """A private folder of this server; each child may have one inside it."""
    spares: int = 0
    hint: dict[str, Any] = field(default_factory=dict)
    """What the first spares are prepared for."""
    memory_limit: int = 0
    """Proportional set size that the server and its spares may hold together; 0: no limit."""
    idle_seconds: float = 0.0
    """After so long without a request all is given back; 0: never."""
    refill_seconds: float = 1.0
    """A spare is made when no child is at work, or so long after the last was used: it would compete with them.

    A fifth of it after a request that found none.
    """
    linger_seconds: float = 0.0
    """Children that have lost their client get so long to end by themselves before they are killed."""
    setup: dict[str, Any] = field(default_factory=dict)
    """Set-up cells to run before the first fork, see `setup.run_setup`; empty: none."""
