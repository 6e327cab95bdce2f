"""The shell in which set-up cells run before any fork, and which becomes the shell of each child's kernel."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.application import BaseIPythonApplication
from IPython.core.error import UsageError

from .kernel_app import TwoStepKernelApp
from .process_state import File, open_again
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
        session = RecordingSession(parent=self)
        session.recording = streams.recording
        shell.displayhook.session = shell.display_pub.session = session
        shell.displayhook.topic = b"execute_result"
        self.shell = shell
        with contextlib.suppress(SystemExit):
            self.run_user_code()
        return shell


@dataclass
class _HandedOver:
    """What the children find: the shell and its streams, the set-up's folders, and the files it left open."""

    shell: Any
    streams: Streams
    folders: list[str]
    files: list[File]


_made: list[_HandedOver] = []
"""At most one."""


def hand_over(shell: Any, streams: Streams, folders: list[str], files: list[File]) -> None:
    """Let the children of this process take the shell; `files` are those that each opens again for itself."""
    _made.append(_HandedOver(shell, streams, folders, files))


def is_there() -> bool:
    """Whether a set-up has run here, so that start-up code must not run again."""
    return bool(_made)


def open_own_files() -> None:
    """In a child, before anything is read: positions in files are its own from here on."""
    for made in _made:
        open_again(made.files)


def adopt(kernel: Any, out: Any, err: Any) -> None:
    """Make the shell the kernel's own, which has found it as the one instance there may be."""
    for made in _made:
        made.shell.__class__ = ZMQInteractiveShell
        made.shell.parent = made.shell.kernel = kernel
        made.streams.lead_to(out, err)


def forget_folders(path: list[str]) -> None:
    """Search the session's own folders, no longer those of the set-up."""
    for made in _made:
        path[:] = [folder for folder in path if folder not in made.folders]


def before_first_cell(shell: Any, function: Callable[[], None]) -> None:
    """Call the function when the kernel has done all that it does by itself."""

    def once(*_: Any) -> None:
        shell.events.unregister("pre_run_cell", once)
        function()

    shell.events.register("pre_run_cell", once)
