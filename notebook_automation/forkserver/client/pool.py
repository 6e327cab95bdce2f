"""The fork servers of this process: one for all that may share it, others beside it, none where it is unsafe."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notebook_automation.forkserver.server.process_state import memory_of

from .eligibility import load_environment
from .forkserver import ForkServer
from .options import ForkOptions

MAX_VARIANTS = 4
"""Servers that differ only in variables their imports looked up; beyond it, plain processes."""
RETRY_SECONDS = 60.0
"""A server that could not be made is tried again after so long, and twice as long after each further failure."""


@dataclass(frozen=True)
class Recipe:
    """What a fork server is to be made of; the environment is told apart from it, see `Pool.get`."""

    python: tuple[str, ...]
    entry: str
    preload: tuple[str, ...] = ()
    prepare: str = ""
    before_forks: str = ""
    core: tuple[str, ...] = ()
    watch_shell: bool = False
    options: ForkOptions = field(default_factory=ForkOptions)
    env_defaults: tuple[tuple[str, str], ...] = ()
    """Variables set while importing, unless the environment has them."""


@dataclass
class _Shelf:
    """All servers of one recipe and load-time environment."""

    servers: list[ForkServer] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    crashes: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Module → (how often it crashed, when it may be tried again)."""
    failures: int = 0
    retry_at: float = 0.0
    reasons: list[str] = field(default_factory=list)


class Pool:
    """Fork servers by what may differ between them; safe to use from several threads.

    `memory_limit`: bytes that all servers may hold together (their own, spares excluded); the ones used longest
    ago are given back beyond it.
    """

    def __init__(
        self,
        memory_limit: int = 0,
        make: Callable[..., ForkServer] = ForkServer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.memory_limit = memory_limit
        self._make = make
        self._clock = clock
        self._lock = threading.RLock()
        self._shelves: dict[Any, _Shelf] = {}
        self._retired: list[ForkServer] = []

    def get(self, recipe: Recipe, env: Mapping[str, str], hint: Mapping[str, Any] | None = None) -> ForkServer | None:
        """The server for such children, started if it was not there; None: use a plain process.

        It may still be importing: see `ForkServer.is_ready`. `reasons` tells why there is none.
        """
        with self._lock:
            shelf = self._shelves.setdefault((recipe, load_environment(env)), _Shelf())
            self._tidy(shelf)
            whole = {**dict(recipe.env_defaults), **env}
            for server in shelf.servers:
                if server.report is None or server.accepts(whole):
                    return server
            return self._new(shelf, recipe, whole, hint)

    def reasons(self, recipe: Recipe, env: Mapping[str, str]) -> list[str]:
        """Why `get` gave nothing, or a server that never became ready."""
        with self._lock:
            shelf = self._shelves.get((recipe, load_environment(env)))
            return list(shelf.reasons) if shelf is not None else []

    def troubles(self) -> list[str]:
        """Sentences for `doctor`: what is left out of fork servers and which cannot be made, with the reason."""
        with self._lock:
            said = []
            for shelf in self._shelves.values():
                self._tidy(shelf)
                known = dict(shelf.left_out)
                for server in shelf.servers:
                    known.update(server.report.left_out if server.report is not None else {})
                    known.update(server.report.failed if server.report is not None else {})
                    said += server.notes
                said += [f"{module} is not imported ahead: {reason}" for module, reason in known.items()]
                said += [f"kernels start plain: {reason}" for reason in shelf.reasons]
            return list(dict.fromkeys(said))

    def servers(self) -> list[ForkServer]:
        """Those in use now, without the retired ones."""
        with self._lock:
            return [s for shelf in self._shelves.values() for s in shelf.servers if not s.has_ended]

    def drop(self, server: ForkServer) -> None:
        """Retire one server; children already running live on."""
        with self._lock:
            for shelf in self._shelves.values():
                if server in shelf.servers:
                    shelf.servers.remove(server)
            self._retire(server)

    def give_back(self) -> None:
        """Retire every server; children already running live on."""
        with self._lock:
            for shelf in self._shelves.values():
                for server in shelf.servers:
                    self._retire(server)
                shelf.servers.clear()

    def close(self) -> None:
        """End every server and kill every child."""
        with self._lock:
            ending = self.servers() + self._retired
            self._shelves.clear()
            self._retired = []
        for server in ending:
            server.close()

    def forget(self) -> None:
        """In a process forked from this one: the servers belong to the parent."""
        self._lock = threading.RLock()
        for server in [*(s for shelf in self._shelves.values() for s in shelf.servers), *self._retired]:
            server.abandon()
        self._shelves = {}
        self._retired = []

    # -- inside ------------------------------------------------------------------------------------------

    def _new(
        self, shelf: _Shelf, recipe: Recipe, env: Mapping[str, str], hint: Mapping[str, Any] | None
    ) -> ForkServer | None:
        if self._clock() < shelf.retry_at:
            return None
        if len(shelf.servers) >= MAX_VARIANTS:
            shelf.reasons = ["too many environments differ in variables that preloaded modules look up"]
            return None
        self._make_room()
        server = self._make(
            recipe.python,
            entry=recipe.entry,
            preload=recipe.preload,
            env=env,
            prepare=recipe.prepare,
            before_forks=recipe.before_forks,
            core=recipe.core,
            hint=hint,
            watch_shell=recipe.watch_shell,
            left_out={**shelf.left_out, **self._backed_off(shelf)},
            options=recipe.options,
        )
        shelf.servers.append(server)
        shelf.reasons = []
        server.start()
        return server

    def _backed_off(self, shelf: _Shelf) -> dict[str, str]:
        now = self._clock()
        return {m: "it crashed a moment ago" for m, (_, again_at) in shelf.crashes.items() if now < again_at}

    def _tidy(self, shelf: _Shelf) -> None:
        """Drop servers that have ended or no longer match what is installed; learn from both."""
        for server in list(shelf.servers):
            self._learn(shelf, server)
            if server.has_ended:
                shelf.servers.remove(server)
                self._note_failure(shelf, server)
            elif server.retiring or (server.report is not None and is_stale(server.report.watched)):
                shelf.servers.remove(server)
                self._retire(server)
                shelf.left_out.clear()  # what was unfit may have been repaired by the same installation
            elif server.report is not None:
                shelf.failures = 0

    def _learn(self, shelf: _Shelf, server: ForkServer) -> None:
        for module in server.crashed:
            times = shelf.crashes.get(module, (0, 0.0))[0] + 1
            wait = server.options.backoff_seconds * 2 ** (times - 1)
            shelf.crashes[module] = (times, self._clock() + wait)
        reasons = server.report.left_out if server.report is not None else {}
        for module, reason in reasons.items():
            if module not in shelf.crashes:
                shelf.left_out[module] = reason
        server.crashed.clear()

    def _note_failure(self, shelf: _Shelf, server: ForkServer) -> None:
        if server.reasons and server.report is None:
            shelf.failures += 1
            shelf.reasons = list(server.reasons)
            shelf.retry_at = self._clock() + RETRY_SECONDS * 2 ** (shelf.failures - 1)

    def _retire(self, server: ForkServer) -> None:
        self._retired = [s for s in self._retired if not s.has_ended]
        if not server.has_ended:
            server.retire()
            self._retired.append(server)

    def _make_room(self) -> None:
        """Give back the servers used longest ago while all together hold more than the limit."""
        if not self.memory_limit:
            return
        living = sorted((s for s in self.servers() if s.report is not None), key=lambda s: s.last_used)
        held = {s: memory_of(s.process_id or 0) for s in living}
        for server in living:
            if sum(held.values()) <= self.memory_limit:
                return
            del held[server]
            self.drop(server)


def is_stale(watched: Mapping[str, int]) -> bool:
    """Whether a folder of the server's `sys.path` has changed since it imported from there."""
    for path, changed in watched.items():
        try:
            now = os.stat(path).st_mtime_ns
        except OSError:
            now = 0
        if now != changed:
            return True
    return False


_default: Pool | None = None
_default_lock = threading.Lock()


def default_pool() -> Pool:
    """The pool that kernels of this process share; closed at its end, forgotten in forks of it."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Pool()
            atexit.register(_default.close)
            os.register_at_fork(after_in_child=_default.forget)
        return _default
