"""The entry that makes a forked child an IPython kernel: `prepare` ahead of the request, `run` with it."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from .child import Child
from .installed import loaded_later
from .randomness import take_up_states

if TYPE_CHECKING:
    from .kernel_app import TwoStepKernelApp

CORE = [
    "notebook_automation_forkserver.kernel_app",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "ipykernel.iostream",
    "ipykernel.displayhook",
    "ipykernel.comm.manager",
    "IPython.core.history",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.core.payloadpage",
    "IPython.core.profileapp",
    "IPython.core.async_helpers",
    "IPython.core.formatters",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "tornado.platform.asyncio",
    "asyncio",
    "sqlite3",
    "zmq.utils.garbage",
    "pdb",
    "faulthandler",
    "concurrent.futures.thread",
    "multiprocessing.process",
    "psutil",
    "resource",
    "random",
]
"""What a kernel imports by itself before its first cell."""
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
MOST_WAITING = 100_000
"""Messages kept for a client that does not get to read them; ZeroMQ drops the rest, by itself from the 1,000th on."""
BEFORE_FORKS = ".kernel_app:find_module_files"
PREPARE = ".kernel:prepare"
ENTRY = ".kernel:run"


def prepare(child: Child) -> TwoStepKernelApp:
    """A kernel with sockets bound and shell built, that has run no code of anybody.

    `child.hint`: {"argv": extra arguments, "transport": "ipc" | "tcp"}. `child.request` is filled only when
    the child was forked for it; its "connection" then gives the addresses to bind again (a restart).
    """
    from .kernel_app import MAX_IPC_PATH, TwoStepKernelApp, has_set_up

    if has_set_up():
        from .setup_shell import open_own_files

        open_own_files()
    app: TwoStepKernelApp = TwoStepKernelApp.instance(parent_handle=1)
    # At a restart the clients know the address and are back before `run`: every message must bear their key.
    app.session.key = child.request.get("key", os.urandom(32).hex()).encode()
    given = child.request.get("connection")
    if given:
        for name, value in given.items():
            setattr(app, name, value)
    elif child.hint.get("transport") == "ipc" and len(child.folder) < MAX_IPC_PATH:
        app.transport = "ipc"
        app.ip = os.path.join(child.folder, "k")
    if app.transport == "ipc":
        os.makedirs(os.path.dirname(app.ip), mode=0o700, exist_ok=True)
    app.initialize(child.hint.get("argv", []))
    _run_once(app)
    gc.freeze()  # the collector need not look again at what stays to the end: as the server did with what it has loaded
    child.stdio = (
        0,
        getattr(sys.stdout, "_original_stdstream_copy", 1),
        getattr(sys.stderr, "_original_stdstream_copy", 2),
    )
    return app


def _run_once(app: TwoStepKernelApp) -> None:
    """The first use of the path every cell takes: page faults and caches now, not in the first cell."""
    app.shell.run_cell("None", silent=True, store_history=False)


def run(request: dict[str, Any], child: Child) -> int:
    """Serve one kernel until its end.

    `request`: {"argv": as sys.argv from 1, "key", "connection_file", "connection_extra", "ends_at_error"}. The client
    is told {"bound": connection, "kernel_info": what it would reply to that request, "stays_stopped": whether after an
    error it drops all that follows, as asked for by "ends_at_error"} once it may connect, and at an end in order, as
    its last word, {"loaded": modules that it had to load itself, of packages that were there}.
    """
    from .kernel_app import has_set_up

    app: TwoStepKernelApp = child.prepared
    launcher = importlib.util.find_spec("ipykernel_launcher")
    program = launcher.origin if launcher is not None and launcher.origin else "ipykernel_launcher.py"
    sys.argv = [program, *request["argv"]]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = request["command"]
    if has_set_up():
        from .setup_shell import forget_folders

        forget_folders(sys.path)
    app.second_step(request)
    info = {"status": "ok", **app.kernel.kernel_info}
    stays_stopped = bool(request.get("ends_at_error")) and app.stay_stopped()
    child.tell({"bound": app.connection(), "kernel_info": info, "stays_stopped": stays_stopped})
    os.register_at_fork(after_in_child=child.forget_lines)
    app.run_user_code()
    if has_set_up():
        from .setup_shell import before_first_cell

        before_first_cell(app.shell, take_up_states)
    before = frozenset(sys.modules)
    app.start()
    loaded = loaded_later(before)
    app.end()
    child.tell({"loaded": loaded})
    child.close_line()
    return 0
