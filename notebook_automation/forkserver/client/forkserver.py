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

from notebook_automation.forkserver.server.options import Options

from .options import ForkOptions
from .process import ForkServerGone
from .report import Report
from .server_process import ServerProcess
from .spawning import Spawner

NOT_PASSED_ON = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "JPY_INTERRUPT_EVENT")
"""Belong to one kernel; ipykernel reads the first at import."""
MAX_ATTEMPTS = 8
"""Starts of one server, each without the modules found unfit so far."""


class ForkServer(Spawner):
    """A process that has imported `core` and `preload` and forks children running `entry`.

    `python`: the interpreter's command with its flags. `env`: the environment of the imports. `entry`:
    `module:function`, called in the child as `function(request)` or `function(request, child)`; what it returns is
    the exit code. In the same form, `prepare(child)` runs in spares ahead of their request, for the `hint` of the
    last one, and `before_forks(hint)`, or without an argument, once in the server. `setup`: cells
    that run there once, with a kernel's entry only; see `server.setup.run_setup`.

    Modules that make forking unsafe, crash or hang are left out by themselves and named in `report.left_out`; those
    that crashed or hung are in `crashed` as well. Linux only.
    """

    def __init__(
        self,
        python: Sequence[str],
        *,
        entry: str,
        preload: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        prepare: str = "",
        before_forks: str = "",
        core: Sequence[str] = (),
        hint: Mapping[str, Any] | None = None,
        watch_shell: bool = False,
        left_out: Mapping[str, str] | None = None,
        options: ForkOptions | None = None,
        spares: int | None = None,
        setup: Mapping[str, Any] | None = None,
    ) -> None:
        self.python = tuple(python)
        self.entry = entry
        self.preload = tuple(preload)
        self.options = options or ForkOptions()
        self.report: Report | None = None
        self.reasons: list[str] = []
        """Why it is not usable, once it has failed."""
        self.notes: list[str] = []
        self.crashed: dict[str, str] = {}
        self.retiring = False
        self.last_used = time.monotonic()
        self._left_out = dict(left_out or {})
        self._env = {k: v for k, v in (os.environ if env is None else env).items() if k not in NOT_PASSED_ON}
        self._orders = Options(
            entry=entry,
            prepare=prepare,
            before_forks=before_forks,
            core=list(core),
            watch_shell=watch_shell,
            hint=dict(hint or {}),
            setup=dict(setup or {}),
            allow_threads=list(self.options.allow_threads),
            trusted_folders=list(self.options.trusted_folders),
            spares=self.options.spares if spares is None else spares,
            memory_limit=self.options.memory_limit,
            idle_seconds=self.options.idle_seconds,
            refill_seconds=self.options.refill_seconds,
            linger_seconds=self.options.linger_seconds,
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
            self._thread = threading.Thread(target=self._look_after, name="fork-server", daemon=True)
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

    def _look_after(self) -> None:
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
        preload = [m for m in self.preload if m not in self._left_out]
        process = ServerProcess(self.python, self._env, replace(self._orders, preload=preload))
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
        """Take what the server says until it ends; whether another life may go better."""
        importing = ""
        limit: float | None = self.options.import_seconds
        while True:
            try:
                said = process.receive(limit)
            except TimeoutError:
                process.kill()
                return self._crash(importing, f"import took longer than {limit:g} s")
            if said is None:
                self.retiring = self.report is not None
                if self.retiring or self._closed:
                    return False
                return self._crash(importing, f"import ended the process ({process.how_it_ended()})")
            if "importing" in said:
                importing = said["importing"]
            elif "report" in said:
                limit = None
                if not said["report"]["safe"]:
                    return self._unfit(said["report"])
                self._set_ready(said["report"])
            elif "note" in said:
                self.notes.append(said["note"])
            elif "retiring" in said:
                self.retiring = True

    def _set_ready(self, said: dict[str, Any]) -> None:
        names = ("pid", "version", "milliseconds", "failed", "environ_read", "watched")
        loaded = tuple(said.get("loaded", ()))
        self.report = Report(**{n: said[n] for n in names}, loaded=loaded, left_out=dict(self._left_out))
        self._ready.set_result(self.report)

    def _unfit(self, said: dict[str, Any]) -> bool:
        """Leave the named modules out; without a name nothing can be done."""
        self.reasons = list(said["fatal"])
        self._left_out.update(said["bad"])
        return bool(said["bad"]) and not self.reasons

    def _crash(self, importing: str, reason: str) -> bool:
        """The process ended while it imported: that module is left out, if it was one of the list."""
        if importing not in self.preload:
            self.reasons = [f"{importing or 'the interpreter'}: {reason}"]
            return False
        self._left_out[importing] = self.crashed[importing] = reason
        return True
