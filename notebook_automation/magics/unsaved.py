"""What runs is what is seen: a magic waits for its notebook to be saved, or says that it is not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from IPython.core.error import UsageError

from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import Refused

SAVED_WITHIN = 10.0
"""Seconds that a save may take."""
_POLL_SECONDS = 0.05
_expected: str | None = None


def expect_save(last_modified: str) -> None:
    """Let the next magic wait until this notebook's file is no longer the one of ``last_modified``.

    JupyterLab calls this before it sends the cell, when it is about to save the notebook; the text is the contents
    API's.
    """
    global _expected
    _expected = last_modified


def wait_for_save(client: Client, path: str) -> None:
    """Wait for the save of the notebook at ``path`` that is under way. Raises UsageError where it does not come."""
    global _expected
    expected, _expected = _expected, None
    if expected is None or client.place.server_url is None:
        return
    deadline = time.monotonic() + SAVED_WITHIN
    while _last_modified(client, path) == expected:
        if time.monotonic() > deadline:
            raise UsageError(f"{path} has changes that could not be saved: save the notebook, then run this again.")
        time.sleep(_POLL_SECONDS)


def unsaved_note(shell: Any, client: Client, path: str) -> str | None:
    """Return what to say where the cell that runs now is not in the saved notebook at ``path`` as it is.

    Lines that register or start something are left out: a session does not run them.
    """
    source = _running_cell(shell)
    if source is None or client.place.server_url is None:
        return None
    # Not at the top: what a kernel loads with the magics is nothing of the server's.
    from notebook_automation.domain.cells import strip_magics, trigger_cell

    runs = strip_magics(source) if trigger_cell(source) is None else source
    if not any(line.strip() and not line.lstrip().startswith(("#", "pass  #")) for line in runs.splitlines()):
        return None
    try:
        model = client.call(
            "GET", f"api/contents/{quote(path)}", query={"type": "notebook"}, base=client.place.server_url
        )
    except Refused:
        return None
    cells = (model.get("content") or {}).get("cells") or []
    if any(_text(cell).strip() == source.strip() for cell in cells):
        return None
    return (
        f"This cell is not in the saved {Path(path).name} as it is here: until you save the notebook, its sessions run "
        f"the file of {model['last_modified']}."
    )


def _running_cell(shell: Any) -> str | None:
    """Return the text of the cell that runs now; None where the shell does not know it."""
    parent: Any = shell.get_parent() if hasattr(shell, "get_parent") else None
    content = parent.get("content") if isinstance(parent, Mapping) else None
    source = content.get("code") if isinstance(content, Mapping) else None
    return source if isinstance(source, str) else None


def _last_modified(client: Client, path: str) -> str | None:
    try:
        model = _contents(client, path, content=0)
    except Refused:
        return None
    return str(model["last_modified"])


def _contents(client: Client, path: str, **query: Any) -> Any:
    """Return what Jupyter's contents API has at ``path``. Raises Refused."""
    return client.call("GET", f"api/contents/{quote(path)}", query=query, base=client.place.server_url)


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)
