"""What processes were started with; one that ends while it is looked at was started with nothing."""

from __future__ import annotations

import contextlib

import psutil


def command_line(process: psutil.Process) -> list[str]:
    """Return the words of a process's command line, none where it has ended."""
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []
