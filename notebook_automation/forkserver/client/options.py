"""Settings of a fork server, each with its unit and default."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class ForkOptions:
    """How much is kept ready, and when it is given back."""

    spares: int = 1
    """Children forked and prepared ahead, per fork server."""
    memory_limit: int = 1024 * MIB
    """Bytes (proportional set size) that one server and its spares may hold together; 0: no limit."""
    idle_seconds: float = 900.0
    """After so long without a request the spares, then the server, are given back; 0: never."""
    refill_seconds: float = 1.0
    """A spare is made when no child is at work, or so long after the last was used: it would compete with them.

    A fifth of it after a request that found none.
    """
    import_seconds: float = 60.0
    """One preloaded module may take so long to import; then it counts as crashing."""
    backoff_seconds: float = 60.0
    """A module that crashed is left out for so long, and twice as long after each further crash."""
    allow_threads: tuple[str, ...] = ("jemalloc_bg_thd",)
    """Native threads known to survive a fork, by name (this one belongs to pyarrow's and polars' allocator)."""
    trusted_folders: tuple[str, ...] = ()
    """Folders outside site-packages that preloads may come from; edits there are not noticed."""
    linger_seconds: float = 0.0
    """Children whose client has gone get so long to end by themselves; 0: they are killed at once."""
    outliving: tuple[str, ...] = ()
    """What a child has started ends with it, but for processes of these names (``PR_SET_NAME``): they come to their end
    by themselves, with the server at the latest."""
