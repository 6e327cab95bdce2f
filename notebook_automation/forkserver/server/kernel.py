"""The entry that makes a forked child an IPython kernel: `prepare` ahead of the request, `run` with it."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from typing import Any

from . import handover
from .child import Child
from .installed import loaded_later
from .kernel_app import TwoStepKernelApp
from .randomness import take_up_states


def prepare(child: Child) -> TwoStepKernelApp:
    """A kernel with sockets bound and shell built, that has run no code of anybody.

    `child.hint`: {"argv": extra arguments, "transport": "ipc" | "tcp"}. `child.request` is filled only when
    the child was forked for it; its "connection" then gives the addresses to bind again (a restart).
    """
    handover.open_own_files()
    app: TwoStepKernelApp = TwoStepKernelApp.instance(parent_handle=1)
    app.choose_addresses(child.request, child.hint.get("transport", "tcp"), child.folder)
    app.initialize(child.hint.get("argv", []))
    _run_once(app)
    gc.freeze()  # the collector need not look again at what stays to the end: as the server did with what it has loaded
    child.move_output(
        getattr(sys.stdout, "_original_stdstream_copy", 1), getattr(sys.stderr, "_original_stdstream_copy", 2)
    )
    return app


def _run_once(app: TwoStepKernelApp) -> None:
    """The first use of the path every cell takes: page faults and caches now, not in the first cell."""
    app.shell.run_cell("None", silent=True, store_history=False)


def run(request: dict[str, Any], child: Child) -> int:
    """Serve one kernel until its end.

    `request`: {"argv": as sys.argv from 1, "key", "connection_file", "connection_extra", "ends_at_error"}. The client
    is sent {"bound": connection, "kernel_info": what it would reply to that request, "stays_stopped": whether after an
    error it drops all that follows, as asked for by "ends_at_error"} once it may connect, and at an end in order, as
    the last message, {"loaded": modules that it had to load itself, of packages that were there}.
    """
    app: TwoStepKernelApp = child.prepared
    launcher = importlib.util.find_spec("ipykernel_launcher")
    program = launcher.origin if launcher is not None and launcher.origin else "ipykernel_launcher.py"
    sys.argv = [program, *request["argv"]]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = request["command"]
    handover.forget_folders(sys.path)
    app.second_step(request)
    info = {"status": "ok", **app.kernel.kernel_info}
    stays_stopped = bool(request.get("ends_at_error")) and app.stay_stopped()
    child.send({"bound": app.connection(), "kernel_info": info, "stays_stopped": stays_stopped})
    os.register_at_fork(after_in_child=child.forget_lines)
    app.run_user_code()
    if handover.is_there():
        handover.before_first_cell(app.shell, take_up_states)
    before = frozenset(sys.modules)
    app.start()
    loaded = loaded_later(before)
    app.end()
    child.send({"loaded": loaded})
    child.close_line()
    return 0
