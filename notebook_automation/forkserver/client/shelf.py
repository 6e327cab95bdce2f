"""The fork servers of one recipe and load-time environment: made, looked over, and what was found out from them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .fork_server import ForkServer
from .recipe import Recipe

MAX_VARIANTS = 4
"""Servers that differ only in variables their imports looked up; beyond it, plain processes."""
RETRY_SECONDS = 60.0
"""A server that could not be made is tried again after so long, and twice as long after each further failure."""


class Shelf:
    """Its servers, and why there may be none. `clock` as `time.monotonic`."""

    def __init__(self, recipe: Recipe, clock: Callable[[], float] = time.monotonic) -> None:
        self.servers: list[ForkServer] = []
        self.reasons: list[str] = []
        """Why there is no server, or one that never became ready."""
        self._recipe = recipe
        self._clock = clock
        self._left_out: dict[str, str] = {}
        self._crashes: dict[str, tuple[int, float]] = {}
        """Module → (how often it crashed, when it may be tried again)."""
        self._failures = 0
        self._retry_at = 0.0

    def fitting(self, env: Mapping[str, str]) -> ForkServer | None:
        """A server for children with this environment; one that still imports may turn out to be one."""
        whole = self._recipe.environment(env)
        return next((server for server in self.servers if server.report is None or server.accepts(whole)), None)

    def may_make(self) -> bool:
        """Whether another server may be started now; if not, `reasons` has been set."""
        if self._clock() < self._retry_at:
            return False
        if len(self.servers) >= MAX_VARIANTS:
            self.reasons = ["too many environments differ in variables that preloaded modules look up"]
            return False
        return True

    def make(self, env: Mapping[str, str], hint: Mapping[str, Any] | None) -> ForkServer:
        """Start another server."""
        left_out = {**self._left_out, **self._backed_off()}
        server = ForkServer(self._recipe, env=env, hint=hint, left_out=left_out)
        self.servers.append(server)
        self.reasons = []
        server.start()
        return server

    def tidy(self) -> list[ForkServer]:
        """Drop servers that have ended, and those no longer of use, which are returned; keep what both have shown."""
        to_retire = []
        for server in list(self.servers):
            self._note_modules(server)
            if server.has_ended:
                self.servers.remove(server)
                self._note_failure(server)
            elif server.retiring or server.is_stale():
                self.servers.remove(server)
                to_retire.append(server)
                self._left_out.clear()  # what was unfit may have been repaired by the same installation
            elif server.report is not None:
                self._failures = 0
        return to_retire

    def troubles(self) -> list[str]:
        """Sentences: what is left out, what cannot be made, with the reason."""
        found: list[str] = []
        known = dict(self._left_out)
        for server in self.servers:
            known.update(server.report.left_out if server.report is not None else {})
            known.update(server.report.failed if server.report is not None else {})
            found += server.notes
        found += [f"{module} is not imported ahead: {reason}" for module, reason in known.items()]
        found += [f"kernels start plain: {reason}" for reason in self.reasons]
        return found

    def _backed_off(self) -> dict[str, str]:
        now = self._clock()
        return {m: "it crashed a moment ago" for m, (_, again_at) in self._crashes.items() if now < again_at}

    def _note_modules(self, server: ForkServer) -> None:
        for module in server.take_crashed():
            times = self._crashes.get(module, (0, 0.0))[0] + 1
            wait = self._recipe.options.backoff_seconds * 2 ** (times - 1)
            self._crashes[module] = (times, self._clock() + wait)
        reasons = server.report.left_out if server.report is not None else {}
        for module, reason in reasons.items():
            if module not in self._crashes:
                self._left_out[module] = reason

    def _note_failure(self, server: ForkServer) -> None:
        if server.reasons and server.report is None:
            self._failures += 1
            self.reasons = list(server.reasons)
            self._retry_at = self._clock() + RETRY_SECONDS * 2 ** (self._failures - 1)
