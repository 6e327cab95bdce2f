"""The fork servers of this process: one for all that may share it, others beside it, none where it is unsafe."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .eligibility import load_environment
from .fork_server import ForkServer
from .recipe import Recipe
from .shelf import Shelf

ShelfKey = tuple[Recipe, tuple[tuple[str, str], ...]]
"""A recipe, and the variables that are read once, at import or by the loader."""


class Pool:
    """Fork servers by what may differ between them; safe to use from several threads.

    `memory_limit`: bytes that all servers may hold together (their own, spares excluded); the ones used longest
    ago are given back beyond it.
    """

    def __init__(self, memory_limit: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.memory_limit = memory_limit
        self._clock = clock
        self._lock = threading.RLock()
        self._shelves: dict[ShelfKey, Shelf] = {}
        self._retired: list[ForkServer] = []

    def get(self, recipe: Recipe, env: Mapping[str, str], hint: Mapping[str, Any] | None = None) -> ForkServer | None:
        """The server for such children, started if it was not there; None: use a plain process.

        It may still be importing: see `ForkServer.is_ready`. `reasons` has why there is none.
        """
        with self._lock:
            key = (recipe, load_environment(env))
            shelf = self._shelves.get(key)
            if shelf is None:
                shelf = self._shelves[key] = Shelf(recipe, self._clock)
            self._tidy(shelf)
            server = shelf.fitting(env)
            if server is not None or not shelf.may_make():
                return server
            self._make_room()
            return shelf.make(env, hint)

    def reasons(self, recipe: Recipe, env: Mapping[str, str]) -> list[str]:
        """Why `get` gave nothing, or a server that never became ready."""
        with self._lock:
            shelf = self._shelves.get((recipe, load_environment(env)))
            return list(shelf.reasons) if shelf is not None else []

    def troubles(self) -> list[str]:
        """Sentences for a person: what is left out of fork servers and which cannot be made, with the reason."""
        with self._lock:
            found: list[str] = []
            for shelf in self._shelves.values():
                self._tidy(shelf)
                found += shelf.troubles()
            return list(dict.fromkeys(found))

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

    def _tidy(self, shelf: Shelf) -> None:
        for server in shelf.tidy():
            self._retire(server)

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
        held = {s: s.memory() for s in living}
        for server in living:
            if sum(held.values()) <= self.memory_limit:
                return
            del held[server]
            self.drop(server)


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
