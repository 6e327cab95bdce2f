"""Where widgets are shown: whether anybody may see them, whether clicks arrive now, which links lead to the server."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from notebook_automation.sdk import location
from notebook_automation.sdk.client import connect

CELL_RUNS = (
    "While a cell runs, a click may wait for it: interrupt the kernel to have it delivered. The session goes on."
)


def shows_widgets() -> bool:
    """Return whether a person may look at live widgets: in a kernel with ipywidgets that runs no session."""
    return (
        location.session_id() is None and location.connection_file() is not None and find_spec("ipywidgets") is not None
    )


def cell_runs() -> bool:
    """Return whether a cell runs now, for which a click may have to wait."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return bool(getattr(getattr(shell, "display_trap", None), "is_active", False))


def server_address() -> str | None:
    """Return the server's address where a path alone would not lead to it: in an editor's page."""
    if not hasattr(sys.modules.get("__main__"), "__vsc_ipynb_file__"):
        return None
    place = connect().place
    return place.server_url or place.url
