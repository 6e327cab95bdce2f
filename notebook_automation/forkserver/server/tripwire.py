"""Notices a module that asks, while it is imported here, for things only a running kernel has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INNER = ("IPython", "importlib", "_frozen_importlib", "traitlets")
"""Packages skipped when looking for who asked."""


def _asker() -> str:
    """Name of the nearest calling module that is not IPython's own."""
    frame: Any = sys._getframe(2)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(INNER):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "?")) if frame is not None else "?"


@contextmanager
def shell_watch(asked: list[str]) -> Iterator[None]:
    """Append to `asked` the name of every module that looks for the running shell meanwhile.

    The inline backend, ipywidgets, tqdm.auto and others find none here and would stay half set up in every
    child. All ways to ask (`get_ipython()` under any name) end in `InteractiveShell.initialized()`.
    """
    if "IPython" not in sys.modules:
        yield
        return
    from IPython.core import interactiveshell

    shell: Any = interactiveshell.InteractiveShell
    inherited = shell.initialized.__func__

    def initialized(cls: Any) -> Any:
        asked.append(_asker())
        return inherited(cls)

    shell.initialized = classmethod(initialized)
    try:
        yield
    finally:
        del shell.initialized
        if shell._instance is not None:
            asked.append("made a shell")
