"""Imports what children shall find loaded, and finds out what makes a fork of it unsafe."""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from . import installed, process_state, randomness
from .environ_watch import changes, reads_of_environ
from .protocol import ServerOptions
from .tripwire import shell_watch

Send = Callable[[dict[str, Any]], None]


class Audit:
    """One start of a fork server: imports everything, and reports what must be left out next time.

    `bad` names modules with the reason they are unfit; `fatal` holds reasons that no module answers for.
    Either one means: this process must not be forked.
    """

    def __init__(self, options: ServerOptions, send: Send) -> None:
        self.options = options
        self._send = send
        self.folders = installed.installed_folders(options.trusted_folders)
        self.bad: dict[str, str] = {}
        self.fatal: list[str] = []
        self.failed: dict[str, str] = {}
        self.milliseconds: dict[str, float] = {}
        self.read: dict[str, str | None] = {}
        self.thread_owner: dict[int, str] = {}
        self.environ_before = dict(os.environ)
        self.outside: list[str] = []
        """Files of modules that may change without an installation."""

    def watch(self, files: Iterable[str]) -> None:
        """Remember files of modules that may change without an installation."""
        self.outside.extend(files)

    def note_read(self, name: str) -> None:
        """Children must agree with the environment of the start in this variable too."""
        self.read.setdefault(name, self.environ_before.get(name))

    def run(self) -> dict[str, Any]:
        """Import, look, try a fork; the report as a dictionary of JSON values."""
        for name in self.options.core:
            self._import(name)
        for name, error in self.failed.items():
            self.fatal.append(f"{name} cannot be imported: {error}")
        for name in self.options.preload:
            self._preload(name)
        self._check_interpreter()
        self.check_threads()
        randomness.find_generators()
        return {
            "safe": not self.bad and not self.fatal,
            "bad": self.bad,
            "fatal": self.fatal,
            "failed": self.failed,
            "milliseconds": self.milliseconds,
            "environ_read": self.read,
            "watched": installed.watched_paths(),
            "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
            "pid": os.getpid(),
            "version": sys.version.split()[0],
        }

    def environ_changes(self) -> dict[str, tuple[str | None, str]]:
        """Variables set by imports: name → (value before, value after)."""
        before = self.environ_before
        return {k: (before.get(k), v) for k, v in changes(before).items()}

    def _import(self, name: str) -> None:
        self._send({"importing": name})
        began = time.perf_counter()
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001  (a module may raise anything, even SystemExit)
            self.failed[name] = repr(error)[:300]
        self.milliseconds[name] = round(1e3 * (time.perf_counter() - began), 1)

    def _preload(self, name: str) -> None:
        """Import one module of the list between two looks at everything that children would share."""
        if self._is_stray(name):
            return
        before = State()
        asked: list[str] = []
        with shell_watch(asked), reads_of_environ(self.read):
            self._import(name)
        reason = before.reason_against_sharing(self.folders)
        if asked:
            reason = f"{asked[0]} asked for the running shell"
        if reason:
            self.bad.setdefault(name, reason)
        for tid in process_state.thread_ids() - before.threads:
            self.thread_owner[tid] = name

    def _is_stray(self, name: str) -> bool:
        try:
            place = installed.place_of(name)
        except (ImportError, ValueError) as error:
            self.failed[name] = repr(error)[:300]
            return True
        stray = place is not None and not installed.is_installed(place, self.folders)
        if stray:
            self.bad[name] = f"not an installed module: {place}"
        return stray

    def _check_interpreter(self) -> None:
        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            self.fatal.append("a free-threaded build of Python")
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            self.bad["torch"] = "CUDA is initialised"

    def check_threads(self) -> None:
        """Threads do not survive a fork, but the locks they hold do.

        A trial fork tells apart native threads that end at a fork by a handler of their own (OpenBLAS) from
        those that know nothing of it.
        """
        main = threading.main_thread()
        for thread in threading.enumerate():
            if thread is not main:
                self._blame(thread.native_id, f"left a thread running: {thread.name}")
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        for tid in process_state.thread_ids() - {os.getpid()}:
            name = process_state.thread_name(tid)
            if name and name not in self.options.allow_threads:
                self._blame(tid, f"left a native thread running: {name}")

    def _blame(self, tid: int | None, reason: str) -> None:
        owner = self.thread_owner.get(tid or 0)
        if owner is not None:
            self.bad.setdefault(owner, reason)
        elif reason not in self.fatal:
            self.fatal.append(reason)


class State:
    """What an import may leave behind that children would share."""

    def __init__(self) -> None:
        self.threads = process_state.thread_ids()
        self.files = process_state.open_files()
        self.children = process_state.child_processes()
        self.handlers = process_state.signal_handlers()
        self.folder = os.getcwd()
        self.modules = set(sys.modules)

    def reason_against_sharing(self, folders: tuple[str, ...] | None, reopened: Collection[int] = ()) -> str:
        """Why what has run since then must not be shared; '' if nothing speaks against it.

        `folders`: where modules may come from; None: from anywhere. `reopened`: descriptors that each child opens
        again for itself.
        """
        files = {f: t for f, t in process_state.open_files().items() if self.files.get(f) != t and f not in reopened}
        if files:
            return f"left a descriptor open: {next(iter(files.values()))}"
        if process_state.child_processes() - self.children:
            return "started a process"
        if process_state.signal_handlers() != self.handlers:
            return "changed a signal handler"
        if os.getcwd() != self.folder:
            os.chdir(self.folder)
            return "changed the working directory"
        if folders is None:
            return ""
        stray = installed.stray_modules(set(sys.modules) - self.modules, folders)
        return f"imports {stray[0]}, which is not an installed module" if stray else ""
