"""One fork server as its client sees it: started beside the loop, asked for children, given back."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from notebook_automation.forkserver.server.process_info import memory_of
from notebook_automation.forkserver.server.protocol import ServerOptions, SetupOrders

from .forked_process import ForkServerGone
from .recipe import Recipe
from .report import Report
from .server_process import ServerProcess
from .spawner import Spawner

NOT_PASSED_ON = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "JPY_INTERRUPT_EVENT")
"""Belong to one kernel; ipykernel reads the first at import."""
MAX_ATTEMPTS = 8
"""Starts of one server, each without the modules found unfit so far."""


class ForkServer(Spawner):
    """A process that has imported what `recipe` names and forks children that run its entry.

    `env`: what children will get, and with the recipe's defaults the environment of the imports. `hint`: what the
    first spares are prepared for. `left_out`: modules not to import, with the reasons. `setup`: cells that run there
    once, with a kernel's entry only.

    Modules that make forking unsafe, crash or hang are left out by themselves and named in `report.left_out`. Linux
    only.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        env: Mapping[str, str] | None = None,
        hint: Mapping[str, Any] | None = None,
        left_out: Mapping[str, str] | None = None,
        setup: SetupOrders | None = None,
    ) -> None:
        self.recipe = recipe
        self.report: Report | None = None
        self.reasons: list[str] = []
        """Why it is not usable, once it has failed."""
        self.notes: list[str] = []
        self.retiring = False
        self.last_used = time.monotonic()
        self._crashed: dict[str, str] = {}
        self._left_out = dict(left_out or {})
        whole = recipe.environment(os.environ if env is None else env)
        self._env = {k: v for k, v in whole.items() if k not in NOT_PASSED_ON}
        options = recipe.options
        self._orders = ServerOptions(
            entry=recipe.entry,
            prepare=recipe.prepare,
            before_forks=recipe.before_forks,
            core=list(recipe.core),
            watch_shell=recipe.watch_shell,
            hint=dict(hint or {}),
            setup=setup,
            allow_threads=list(options.allow_threads),
            trusted_folders=list(options.trusted_folders),
            spares=options.spares,
            memory_limit=options.memory_limit,
            idle_seconds=options.idle_seconds,
            refill_seconds=options.refill_seconds,
            linger_seconds=options.linger_seconds,
            outliving=list(options.outliving),
        )
        self._ready: concurrent.futures.Future[Report] = concurrent.futures.Future()
        self._lock = threading.Lock()
        self._process: ServerProcess | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    # -- life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once, the imports go on in the new process."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_lives, name="fork-server", daemon=True)
            self._thread.start()

    @property
    def is_ready(self) -> bool:
        return self.report is not None and not self.retiring and not self._closed

    @property
    def has_ended(self) -> bool:
        """Failed, or gone; it will not come back."""
        return self._closed

    @property
    def process_id(self) -> int | None:
        return self.report.pid if self.report is not None and not self._closed else None

    def is_stale(self) -> bool:
        """Whether what is installed has changed since it imported from there."""
        return self.report is not None and self.report.is_stale()

    def memory(self) -> int:
        """Bytes (proportional set size) that the server itself holds; 0 if it is not ready or gone."""
        return memory_of(self.process_id) if self.process_id is not None else 0

    def take_crashed(self) -> dict[str, str]:
        """Modules that crashed or hung at their import since the last call, with the reasons."""
        crashed, self._crashed = self._crashed, {}
        return crashed

    async def ready(self, timeout: float | None = None) -> Report:
        """Wait until children can be forked.

        Raises ForkServerGone with the reasons if that cannot be, TimeoutError after `timeout` seconds.
        """
        self.start()
        async with asyncio.timeout(timeout):
            return await asyncio.shield(asyncio.wrap_future(self._ready))

    def wait_ready(self, timeout: float | None = None) -> Report:
        """As `ready`, blocking."""
        self.start()
        return self._ready.result(timeout)

    def retire(self) -> None:
        """No new children; spares go now, the server when its last child has ended."""
        self.retiring = True
        with self._lock, contextlib.suppress(OSError):
            if self._process is not None:
                self._process.send({"retire": True})

    def close(self) -> None:
        """End the server and kill all its children; waits for the server's process."""
        self._closed = True
        with self._lock:
            if self._process is not None:
                self._process.hang_up()
                if self.report is None:
                    self._process.kill()  # it looks at its line only when everything is imported
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(10)

    def abandon(self) -> None:
        """In a process forked from the client: let go of the lines without touching the server."""
        self._closed = True
        if self._process is not None:
            self._process.forget()
            self._process = None

    # -- children ----------------------------------------------------------------------------------------

    def control(self) -> int:
        """A new descriptor of the line to the server, with which another process may ask it: see `AttachedServer`.

        Raises ForkServerGone if the server is not ready.
        """
        with self._lock:
            if self._process is None or not self.is_ready:
                raise ForkServerGone("; ".join(self.reasons) or "the fork server is not ready")
            return self._process.descriptor()

    def _order(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        with self._lock:
            if self._process is None or not self.is_ready:
                raise ForkServerGone("; ".join(self.reasons) or "the fork server is not ready")
            self._process.send(order, descriptors)
        self.last_used = time.monotonic()

    # -- the thread that looks after the process ------------------------------------------------------------

    def _run_lives(self) -> None:
        for _ in range(MAX_ATTEMPTS):
            try:
                again = self._one_life()
            except OSError as error:
                self.reasons = [f"the interpreter cannot be started: {error}"]
                again = False
            if not again or self._closed:
                break
        self._closed = True
        if not self._ready.done():
            self.reasons = self.reasons or ["the fork server ended while it started"]
            self._ready.set_exception(ForkServerGone("; ".join(self.reasons)))

    def _one_life(self) -> bool:
        """Run one server process to its end; whether to start another without what was found unfit."""
        preload = [m for m in self.recipe.preload if m not in self._left_out]
        process = ServerProcess(self.recipe.python, self._env, replace(self._orders, preload=preload))
        with self._lock:
            self._process = process
            if self._closed:
                process.hang_up()
        try:
            return self._listen(process)
        finally:
            with self._lock:
                self._process = None
            process.clear_away()

    def _listen(self, process: ServerProcess) -> bool:
        """Take what the server sends until it ends; whether another life may go better."""
        importing = ""
        limit: float | None = self.recipe.options.import_seconds
        while True:
            try:
                message = process.receive(limit)
            except TimeoutError:
                process.kill()
                return self._crash(importing, f"import took longer than {limit:g} s")
            if message is None:
                self.retiring = self.report is not None
                if self.retiring or self._closed:
                    return False
                return self._crash(importing, f"import ended the process ({process.how_it_ended()})")
            if "importing" in message:
                importing = message["importing"]
            elif "report" in message:
                limit = None
                if not message["report"]["safe"]:
                    return self._unfit(message["report"])
                self._set_ready(message["report"])
            elif "note" in message:
                self.notes.append(message["note"])
            elif "retiring" in message:
                self.retiring = True

    def _set_ready(self, report: dict[str, Any]) -> None:
        names = ("pid", "version", "milliseconds", "failed", "environ_read", "watched")
        loaded = tuple(report.get("loaded", ()))
        self.report = Report(**{n: report[n] for n in names}, loaded=loaded, left_out=dict(self._left_out))
        self._ready.set_result(self.report)

    def _unfit(self, report: dict[str, Any]) -> bool:
        """Leave the named modules out; without a name nothing can be done."""
        self.reasons = list(report["fatal"])
        self._left_out.update(report["bad"])
        return bool(report["bad"]) and not self.reasons

    def _crash(self, importing: str, reason: str) -> bool:
        """The process ended while it imported: that module is left out, if it was one of the list."""
        if importing not in self.recipe.preload:
            self.reasons = [f"{importing or 'the interpreter'}: {reason}"]
            return False
        self._left_out[importing] = self._crashed[importing] = reason
        return True
