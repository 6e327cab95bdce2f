"""An ipykernel application whose start is cut in two: what can be done ahead, and what needs the request."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import Any, ClassVar

import ipykernel.ipkernel
import ipykernel.kernelapp
import psutil
import zmq
from ipykernel.connect import write_connection_file
from ipykernel.kernelapp import IPKernelApp
from traitlets.config.loader import Config, DeferredConfigString

from . import handover
from .output import OutputStream, OutputThread
from .process_state import may_have_children
from .protocol import MESSAGE_QUEUE_LIMIT, PORTS

ipkernel: Any = ipykernel.ipkernel
kernelapp: Any = ipykernel.kernelapp

MAX_IPC_PATH = 96
"""Bytes; a Unix socket's address holds 107."""
CLOSE_SECONDS = 1.0
"""How long each channel may take to send its last messages at the end."""


MODULE_FILES: list[str] = []
"""Files of the modules loaded before the first fork."""


def find_module_files() -> None:
    """Called once, in the server, when everything is imported."""
    MODULE_FILES[:] = [f for m in list(sys.modules.values()) if (f := getattr(m, "__file__", None))]


class _SystemWithoutModules:
    """The module `sys`, but for its list of modules."""

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


_Base: Any = IPKernelApp  # it has no types


class TwoStepKernelApp(_Base):  # type: ignore[misc]
    """Binds its sockets and builds the shell ahead; runs configuration and user code only in `second_step`."""

    name = "ipython-kernel"
    outstream_class = f"{OutputStream.__module__}.{OutputStream.__qualname__}"
    deferring = True

    def choose_addresses(self, request: dict[str, Any], transport: str, folder: str) -> None:
        """Decide where to bind: at a restart where the request's "connection" says, else in `folder`, or on ports.

        At a restart the clients know the address and are back before `second_step`: every message must bear their key.
        """
        self.session.key = request.get("key", os.urandom(32).hex()).encode()
        given = request.get("connection")
        if given:
            for name, value in given.items():
                setattr(self, name, value)
        elif transport == "ipc" and len(folder) < MAX_IPC_PATH:
            self.transport = "ipc"
            self.ip = os.path.join(folder, "k")
        if self.transport == "ipc":
            os.makedirs(os.path.dirname(self.ip), mode=0o700, exist_ok=True)

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """`--Class.trait=value` by hand, the rest as ever.

        Building the parser for all aliases and flags takes 6 ms and copies 1000 shared pages.
        """
        config = Config()
        for argument in argv or ():
            name, equals, value = argument.partition("=")
            owner, dot, trait = name[2:].partition(".")
            simple = argument.startswith("--") and equals and dot and owner[:1].isupper() and trait.isidentifier()
            if not simple:
                super().parse_command_line(argv)
                return
            config[owner][trait] = DeferredConfigString(value)
        self.cli_config = config
        self.update_config(config)

    def init_connection_file(self) -> None:
        """No file yet: the request says where it goes."""

    def write_connection_file(self, **_: Any) -> None:
        """Written in `second_step`."""

    def init_poller(self) -> None:
        """No thread that polls for the parent: the system ends this process with the fork server."""

    def init_kernel(self) -> None:
        """As ever, without three of its costs.

        The kernel walks over all modules for their files, which would copy a page of each: the list is known. At its
        end it looks at all processes of the machine for its children, which mostly has none; and it waits up to 14 s
        for those that have ended, but that the user's code has not waited for.
        """
        walked = ipkernel.sys
        ipkernel.sys = _SystemWithoutModules()
        try:
            super().init_kernel()
        finally:
            ipkernel.sys = walked
        self.kernel._execute_sleep = 0
        everyone = self.kernel._process_children
        self.kernel._process_children = lambda: (
            [p for p in everyone() if p.status() != psutil.STATUS_ZOMBIE] if may_have_children() else []
        )
        self.kernel._kernel_modules = MODULE_FILES
        if getattr(self.kernel, "debugger", None) is not None:
            self.kernel.debugger.kernel_modules = MODULE_FILES
        handover.adopt(self.kernel, sys.stdout, sys.stderr)

    def init_iopub(self, context: Any) -> None:
        """As ever, with a thread that knows what still waits in it, and a socket that does not soon drop messages."""
        context.setsockopt(zmq.SNDHWM, MESSAGE_QUEUE_LIMIT)  # for its sockets from here on
        theirs = kernelapp.IOPubThread
        kernelapp.IOPubThread = OutputThread
        try:
            super().init_iopub(context)
        finally:
            kernelapp.IOPubThread = theirs

    def init_gui_pylab(self) -> None:
        if not self.deferring:
            super().init_gui_pylab()

    def init_extensions(self) -> None:
        if not self.deferring:
            super().init_extensions()

    def init_code(self) -> None:
        if not self.deferring:
            super().init_code()

    def connection(self) -> dict[str, Any]:
        """What a client needs to connect, in the form of a connection file."""
        ports = {port: getattr(self, port) for port in PORTS}
        return {
            "transport": self.transport,
            "ip": self.ip,
            "key": self.session.key.decode(),
            "signature_scheme": self.session.signature_scheme,
            **ports,
        }

    def second_step(self, request: dict[str, Any]) -> None:
        """What needs the request's environment, folder, key and files; the reverse order is not possible."""
        self.session.key = request["key"].encode()
        self.connection_file = request["connection_file"]
        extra = request.get("connection_extra", {})
        ports = {port: getattr(self, port) for port in PORTS}
        write_connection_file(
            self.connection_file, ip=self.ip, transport=self.transport, key=self.session.key, **ports, **extra
        )
        self.shell.init_environment()  # the request's environment has replaced what it set
        if os.environ.get("JPY_SESSION_NAME"):
            self.shell.user_ns["__session__"] = os.environ["JPY_SESSION_NAME"]

    def stay_stopped(self) -> bool:
        """Drop every request after an error, as a plain kernel does on its first request; whether it can."""
        if not callable(getattr(self.kernel, "_post_dummy_stop_aborting_message", None)):
            return False  # ipykernel 6
        self.kernel._post_dummy_stop_aborting_message = lambda *_: None
        return True

    def run_user_code(self) -> None:
        """Configuration's extensions, startup files and `exec_lines`, as a plain start runs them."""
        self.deferring = False
        if not handover.is_there():
            self.init_gui_pylab()
            self.init_extensions()
            self.init_code()
        sys.stdout.flush()
        sys.stderr.flush()

    def end(self) -> None:
        """Leave in good order after the loop has stopped.

        ipykernel 7's own `close`, run at exit, can wait for the Control thread while that one flushes into an
        IOPub thread already stopped (one shutdown in twenty takes 2.6 s): here Control ends first, and the
        user's exit functions and objects are finished while their output still goes out.
        """
        atexit.unregister(self.close)
        atexit.unregister(self.iopub_thread.stop)
        threading._shutdown()  # type: ignore[attr-defined]
        self._collect_once()
        atexit._run_exitfuncs()
        self._forget_user_objects()
        sys.stdout.flush()
        sys.stderr.flush()
        for thread in (self.control_thread, self.shell_channel_thread):
            if thread is not None and thread.is_alive():
                thread.stop()
                thread.join(CLOSE_SECONDS)
        self.iopub_thread.stop()
        self._send_the_rest()

    def _collect_once(self) -> None:
        """The shell's exit function would collect garbage as well, while most of it is still in use."""
        hook = self.shell.displayhook
        hook.do_full_cache = 0
        hook._ = hook.__ = hook.___ = ""  # as it does itself; what else it keeps goes with the user's names

    def _forget_user_objects(self) -> None:
        """Files left open are written and finalisers run, as at the end of a plain interpreter."""
        names = self.shell.user_ns
        for name in reversed(list(names)):  # what came last may still use what came before
            names.pop(name, None)
        for name in ("last_value", "last_traceback", "last_exc"):
            if hasattr(sys, name):
                delattr(sys, name)
        gc.collect()

    def _send_the_rest(self) -> None:
        """Close the channels; messages still queued get a moment to leave."""
        self.iopub_thread.close()
        for channel in (self.shell_socket, self.control_socket, self.stdin_socket):
            if channel is not None and not channel.closed:
                channel.close()
        for name in ("debugpy_socket", "debug_shell_socket"):
            channel = getattr(self, name, None)
            if channel is not None and not channel.closed:
                channel.close(0)
        closing = threading.Thread(target=self.context.term, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


TwoStepKernelApp.__name__ = "IPKernelApp"  # in messages of the log and of `%config`, as ever
