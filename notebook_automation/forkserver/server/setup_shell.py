"""The shell in which set-up cells run before any fork; see `handover` for how each child's kernel gets it."""

from __future__ import annotations

import contextlib
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.application import BaseIPythonApplication
from IPython.core.error import UsageError

from .kernel_app import TwoStepKernelApp
from .recording import RecordingSession, Streams

_Base: Any = BaseIPythonApplication
_Shell: Any = ZMQInteractiveShell  # they have no types


class SetupShell(_Shell):  # type: ignore[misc]
    """A kernel's shell without a kernel: what it shows is recorded, and no event loop can be entered."""

    def enable_gui(self, gui: Any = None) -> None:
        if gui not in (None, "inline"):
            raise UsageError(f"The event loop of {gui} needs a running kernel.")
        self.active_eventloop = gui


SetupShell.__name__ = "ZMQInteractiveShell"  # what code that looks for a notebook asks for


class SetupApp(TwoStepKernelApp):
    """Reads configuration and profile as a kernel does, and runs their start-up code; binds and starts nothing."""

    def make_shell(self, argv: list[str], streams: Streams) -> Any:
        """The shell, after extensions and start-up files of its profile."""
        _Base.initialize(self, argv)
        self.init_pdb()
        self.init_path()
        shell = SetupShell.instance(parent=self, profile_dir=self.profile_dir, compiler_class=XCachingCompiler)
        session = RecordingSession(streams.recording, parent=self)
        shell.displayhook.session = shell.display_pub.session = session
        shell.displayhook.topic = b"execute_result"
        self.shell = shell
        with contextlib.suppress(SystemExit):
            self.run_user_code()
        return shell
