"""Marks among the outputs of a cell: the runner saves at once what came before one, so that others can wait for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping

_PREFIX = "notebook-automation-mark:"


def mark_at(cell_index: int, piece: int, nth: int) -> str:
    """Return the mark of a call at this place of a session (see `position.Position`)."""
    return f"{cell_index}:{piece}:{nth}"


def set_mark(mark: str) -> None:
    """Set ``mark`` behind what the cell has printed and displayed. Does nothing outside of a kernel."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    # An update of what was never displayed: no client of a kernel shows it. Without it the others wait a little longer.
    with contextlib.suppress(Exception):
        shell.display_pub.publish({}, {}, transient={"display_id": _PREFIX + mark}, update=True)


def mark_of(content: Mapping[str, object]) -> str | None:
    """Return the mark that an ``update_display_data`` message with this content is; None for any other."""
    transient = content.get("transient")
    display_id = transient.get("display_id") if isinstance(transient, Mapping) else None
    if not isinstance(display_id, str) or not display_id.startswith(_PREFIX):
        return None
    return display_id.removeprefix(_PREFIX)[:100]
