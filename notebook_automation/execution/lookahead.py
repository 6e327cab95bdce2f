"""When requests may wait in the kernel's queue, and how the kernel is told to drop them after an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

# ipykernel drops what is queued behind a failed cell, but only what has already arrived: a request that is still on
# its way would run although the cell before it failed. In ipykernel 7 a message that the kernel posts to itself ends
# the dropping, in older ones a timer whose length can be set. Both are switched off for this kernel, which runs
# nothing more after an error. Leaves no name in the user's namespace, and fails where ipykernel has neither.
STAY_STOPPED = """\
exec('''
if getattr(kernel, "shell_channel_thread", None):
    assert callable(kernel._post_dummy_stop_aborting_message)
    kernel._post_dummy_stop_aborting_message = lambda *args: None
else:
    assert isinstance(kernel.stop_on_error_timeout, float)
    kernel.stop_on_error_timeout = 1e6
''', {"kernel": get_ipython().kernel})"""


def stay_stopped_request() -> dict[str, Any]:
    """Content of the silent request that makes queueing ahead safe; a reply with status ``ok`` confirms it."""
    return {
        "code": STAY_STOPPED,
        "silent": True,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }


def understands(kernel_info: Mapping[str, Any]) -> bool:
    """Is the kernel one that `stay_stopped_request` is written for?"""
    return kernel_info.get("implementation") == "ipython"


def needs_lockstep(nb: NotebookNode) -> bool:
    """Must each cell wait for the client? An Output widget's captured outputs are sent back to the kernel by the
    client, and have to arrive before the next cell."""
    return any(c.cell_type == "code" and "widget" in c.source.lower() for c in nb.cells)
