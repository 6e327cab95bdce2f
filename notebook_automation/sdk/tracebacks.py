"""How a notebook shows an error of the SDK: at the line that called it, without the way that the SDK took to it."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

_OWN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")


class ShownAtTheCall(Exception):
    """Its traceback is shown by IPython up to the user's own last line."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython, which asks for it, shows of this exception: its lines."""
        shell: Any = sys.modules["IPython"].get_ipython()
        # What led the SDK to it helps nobody either.
        self.__cause__, self.__suppress_context__ = None, True
        traceback = up_to_the_call(self.__traceback__)
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(self), self, traceback, tb_offset=shell.InteractiveTB.tb_offset
        )
        return lines


def up_to_the_call(traceback: TracebackType | None) -> TracebackType | None:
    """Return ``traceback`` without the frames of this package at its end; as it is where it has no others."""
    levels: list[TracebackType] = []
    while traceback is not None:
        levels.append(traceback)
        traceback = traceback.tb_next
    users = list(levels)
    while users and users[-1].tb_frame.f_code.co_filename.startswith(_OWN):
        users.pop()
    shown = None
    for level in reversed(users or levels):
        shown = TracebackType(shown, level.tb_frame, level.tb_lasti, level.tb_lineno)
    return shown
