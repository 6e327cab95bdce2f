"""What a forked child does to become a process of its own, and what its entry function is given: the child's side."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import inspect
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from . import pages
from .orphans import adopt_orphans
from .protocol import MAX_REQUEST_FDS, REQUEST_FDS, ServerOptions
from .randomness import reseed

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


EnvironChanges = dict[str, tuple[str | None, str]]
"""Variables set by imports: name → (value before, value after)."""


class Child:
    """What one child knows of itself (`ChildHandle` is what the server has of it): given to its entry functions.

    `server_folder`: where the folders of all children are. `usual_pages`: those that it copies ahead, while it waits.
    """

    def __init__(
        self,
        hint: dict[str, Any],
        server_folder: str,
        *,
        reports_pages: bool = False,
        usual_pages: pages.Runs | None = None,
    ) -> None:
        self.hint = hint
        self.folder = ""
        """Private, made by who needs it, removed after this process."""
        self.prepared: Any = None
        self.request: dict[str, Any] = {}
        self.descriptors: list[int] = []
        """Those the client has sent along, for the entry function to use and close; not inherited by programs."""
        self.stdio = (0, 1, 2)
        """Where standard input, output and error go; `prepare` may have moved them."""
        self._server_folder = server_folder
        self._usual_pages = usual_pages or []
        self._reports_pages = reports_pages
        """Whether the server wants to know at the end which pages this process has for itself."""
        self._line: socket.socket | None = None
        self._pair: socket.socket | None = None
        self._regions: pages.Runs = []

    def begin(self, server_pid: int) -> None:
        """Right after the fork: be a process of its own; see `become_process`."""
        become_process(server_pid)
        self.folder = folder_of(self._server_folder, os.getpid())

    def move_output(self, stdout: int, stderr: int) -> None:
        """The request's standard output and error are to replace these descriptors."""
        self.stdio = (0, stdout, stderr)

    def failed(self, error: BaseException) -> None:
        """Report what ended this process, on its standard error and, if still there, to the client."""
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        with contextlib.suppress(OSError):
            os.write(self.stdio[2], text.encode())
            self.send({"failed": f"{type(error).__name__}: {error}"[:2000]})

    def prepare(self, options: ServerOptions) -> None:
        """What can be done ahead, if the entry has such a part."""
        if options.prepare:
            self.prepared = resolve(options.prepare)(self)

    def wait_for_request(self, pair: socket.socket, options: ServerOptions, changes: EnvironChanges) -> None:
        """A spare's life until it is used; it ends here when the server no longer wants it."""
        self.prepare(options)
        with contextlib.suppress(OSError, ValueError):  # without it this process is only slower
            self._regions = pages.writable_regions()
            pages.copy_ahead(self._usual_pages, self._regions)
        pair.send(b"ready")
        data, fds, _, _ = socket.recv_fds(pair, 64, MAX_REQUEST_FDS, socket.MSG_CMSG_CLOEXEC)
        if not data:
            os._exit(0)
        if self._reports_pages:
            self._pair = pair
        else:
            pair.close()
        self.accept(fds, changes)

    def end(self, code: int) -> NoReturn:
        """End this process here and now; all it had to send and to write is sent and written."""
        try:
            if self._pair is not None:
                self._pair.send(pages.report(self._regions), socket.MSG_DONTWAIT)
        except OSError:
            pass  # it would only have made the next child faster
        finally:
            os._exit(code)

    def send(self, message: dict[str, Any]) -> None:
        """Send a small message (JSON, up to 100 kB) to the client that asked for this child."""
        if self._line is not None:
            self._line.send(json.dumps({"message": message}).encode())

    def close_line(self) -> None:
        """No more messages from this process; the server sends the exit code."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def forget_lines(self) -> None:
        """In a process that the user's code has forked: it has nothing to send to anybody."""
        self.close_line()
        if self._pair is not None:
            self._pair.close()
            self._pair = None

    def accept(self, fds: list[int], changes: EnvironChanges) -> None:
        """Take over one request: its body, standard streams and lease; then environment, folder and limits."""
        body = json.loads(_read_all(fds[0]))
        for fd, target in zip(fds[1:4], self.stdio):  # noqa: B905  (strict= is newer than the oldest Python)
            os.dup2(fd, target, inheritable=target <= 2)
        for fd in fds[:4]:
            os.close(fd)
        self._line = socket.socket(fileno=fds[4])
        self.descriptors = fds[REQUEST_FDS:]
        self.request = body["request"]
        _set_environ(body["env"], changes)
        _search_first(body.get("path", []))
        _set_limits(body)
        os.chdir(body["cwd"])


IGNORED = frozenset(
    number
    for number in signal.valid_signals()
    if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) == signal.SIG_IGN
)
"""What a new interpreter ignores here: two signals by its own choice, and what whoever started us ignores (nohup)."""
FILE_LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)


def raise_file_limit() -> None:
    """For the server, which has three descriptors open for each child; children get the old limit back."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILE_LIMIT[1], FILE_LIMIT[1]))


def folder_of(server_folder: str, pid: int) -> str:
    """The private folder of one child."""
    return os.path.join(server_folder, str(pid))


def become_process(server_pid: int) -> None:
    """Own session and group, end with the server, plain signals, fresh randomness."""
    os.setsid()
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    adopt_orphans()
    if os.getppid() != server_pid:
        os._exit(71)  # the server ended before the line above
    resource.setrlimit(resource.RLIMIT_NOFILE, FILE_LIMIT)
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, _first_handler(number))
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    main: Any = threading.main_thread()
    main._set_native_id()  # not every Python does it after a fork
    reseed()
    gc.enable()


def _first_handler(number: int) -> Any:
    """The handler a fresh interpreter starts with."""
    if number in IGNORED:
        return signal.SIG_IGN
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def _read_all(fd: int) -> bytes:
    return os.pread(fd, os.fstat(fd).st_size, 0)


def _set_environ(env: dict[str, str], changes: EnvironChanges) -> None:
    """Make `env` the environment, and then what the imports would have set, had they run with it."""
    for name, (before, after) in changes.items():
        if env.get(name) == before:
            env = {**env, name: after}
    for name in set(os.environ) - set(env):
        del os.environ[name]
    for name, value in env.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    time.tzset()
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and env.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = env["MPLBACKEND"]


def _search_first(folders: list[str]) -> None:
    """Put folders where `PYTHONPATH` would: before everything but the working directory."""
    at = 1 if sys.path[:1] == [""] else 0
    sys.path[at:at] = folders


def _set_limits(body: dict[str, Any]) -> None:
    if body.get("umask") is not None:
        os.umask(body["umask"])
    if body.get("oom_score_adj") is not None:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(body["oom_score_adj"]))
    for name, limit in body.get("rlimits", {}).items():
        resource.setrlimit(getattr(resource, name), tuple(limit))


def resolve(name: str) -> Callable[..., Any]:
    """The function of `module:function`; a module with a leading dot is the server's own."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module, __package__), function)
    return found


def call_before_forks(options: ServerOptions) -> None:
    """Run `before_forks()` or `before_forks(hint)`, with the hint that the first spares are prepared for."""
    function = resolve(options.before_forks)
    function(*[options.hint][: len(inspect.signature(function).parameters)])


def call_entry(name: str, child: Child) -> int:
    """Run `entry(request)` or `entry(request, child)`; what it returns is the exit code (None: 0)."""
    function = resolve(name)
    wanted = len(inspect.signature(function).parameters)
    code = function(child.request, child) if wanted > 1 else function(child.request)
    return int(code or 0)
