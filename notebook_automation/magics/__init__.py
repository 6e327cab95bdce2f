"""What is typed in a notebook: `%trigger`, `%%trigger`, `%automation`, `%%automation`; clients of the server."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics and their completions in this shell."""
    from .automation import automation_magic
    from .completion import register
    from .trigger_magic import trigger_magic

    ipython.register_magic_function(trigger_magic(ipython), "line_cell", "trigger")
    ipython.register_magic_function(automation_magic(ipython), "line_cell", "automation")
    register(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics and their completions away again."""
    from .completion import unregister

    for kind in ("line", "cell"):
        for name in ("trigger", "automation"):
            ipython.magics_manager.magics[kind].pop(name, None)
    unregister(ipython)
