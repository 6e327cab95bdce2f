"""The request that sets an ipykernel up which belongs to one run, sent before its first cell."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.cells import without_magics
from notebook_automation.forkserver import MESSAGE_QUEUE_LIMIT

# ipykernel drops what is queued behind a failed cell, but only what has already arrived: a request that is still on
# its way would run although the cell before it failed. In ipykernel 7 a message that the kernel posts to itself ends
# the dropping, in older ones a timer whose length can be set. Both are switched off for this kernel, which runs
# nothing more after an error. Fails where ipykernel has neither.
_STAY_STOPPED = """
if getattr(kernel, "shell_channel_thread", None):
    assert callable(kernel._post_dummy_stop_aborting_message)
    kernel._post_dummy_stop_aborting_message = lambda *args: None
else:
    assert isinstance(kernel.stop_on_error_timeout, float)
    kernel.stop_on_error_timeout = 1e6
"""

# At its end ipykernel 7 stops IOPub first and then waits for the control thread, which may be waiting for IOPub: in
# about one of forty ends it hangs for seconds. Here the control thread ends first. It is registered before any
# function of the user's, so that it runs after them, as ipykernel's own does.
_END_IN_ORDER = """
import atexit
app = kernel.parent
if hasattr(app, "close") and getattr(app, "control_thread", None) and getattr(app, "iopub_thread", None):
    def close():
        if app.control_thread.is_alive():
            app.control_thread.stop()
            app.control_thread.join()
        app.close()
    registered = atexit._ncallbacks()
    atexit.unregister(app.close)
    if atexit._ncallbacks() < registered:
        atexit.unregister(app.iopub_thread.stop)
        atexit.register(close)
"""

# ipykernel sleeps half a millisecond after each cell, for clients that stop listening at the reply. This one waits for
# the cell's "idle", which comes after all its output.
_NO_PAUSE = "kernel._execute_sleep = 0\n"

# ZeroMQ drops what a client does not get to read once 1,000 messages wait, the end of a cell as well as output. Only
# the thread that owns the socket may touch it.
_KEEP_MESSAGES = f"""
import zmq
thread = getattr(kernel, "iopub_thread", None)
if thread is not None:
    thread.schedule(lambda: thread.socket.setsockopt(zmq.SNDHWM, {MESSAGE_QUEUE_LIMIT}))
"""


_SURELY_SHALLOW = 1000
"""Characters below which no cell is nested deeper than Python compiles."""


def setup_request(*, end_in_order: bool, stay_stopped: bool) -> dict[str, Any]:
    """Content of a silent execute request to a plain kernel, that leaves no name behind.

    With ``stay_stopped`` a reply with status ``ok`` confirms that requests may wait in the kernel's queue.
    """
    code = (
        _NO_PAUSE + _KEEP_MESSAGES + (_END_IN_ORDER if end_in_order else "") + (_STAY_STOPPED if stay_stopped else "")
    )
    return _silent(f"exec({code!r}, {{'kernel': get_ipython().kernel}})")


def prelude_request(code: str) -> dict[str, Any]:
    """Content of a silent execute request that runs ``code`` and leaves no name behind."""
    return _silent(f"exec({code!r}, {{}})")


def _silent(code: str) -> dict[str, Any]:
    return {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }


def understands(kernel_info: Mapping[str, Any]) -> bool:
    """Is the kernel one that `setup_request` is written for?"""
    return kernel_info.get("implementation") == "ipython"


def needs_lockstep(nb: NotebookNode) -> bool:
    """Must each cell wait for the client? An Output widget's captured outputs are sent back to the kernel by the
    client, and have to arrive before the next cell; and a cell that the kernel cannot even read stops nothing."""
    return any(c.cell_type == "code" and ("widget" in c.source.lower() or not _is_readable(c.source)) for c in nb.cells)


def _is_readable(source: str) -> bool:
    """Whether ipykernel surely reads a cell: no half characters, and if it is long, no nesting beyond Python's."""
    if not source.isascii():
        try:
            source.encode()
        except UnicodeEncodeError:
            return False
    if len(source) < _SURELY_SHALLOW:
        return True
    try:
        ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
