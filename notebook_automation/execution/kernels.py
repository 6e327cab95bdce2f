"""A kernel manager that starts, interrupts and ends a kernel without sleeps or polls."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Collection
from inspect import isawaitable
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Bool, Float, Instance, default

from .processes import ended_within

_HISTORY_ARGUMENT = "--HistoryManager.hist_file"
HISTORY_IN_MEMORY = f"{_HISTORY_ARGUMENT}=:memory:"
"""The argument that every ipykernel gets here."""
_LONGEST_STEM = 95
"""Bytes: the name of a Unix socket ends at 107 (103 on macOS), and a port number is appended."""
_KILL_SECONDS = 5.0
"""How long a process may take to go away after SIGKILL (it can hang in the kernel of the system)."""


class LightKernelManager(AsyncKernelManager):
    """`AsyncKernelManager` whose start and end wait for what happens, never for time to pass.

    Works with every provisioner. jupyter_client's own waits 10 ms in each state change, polls for the end every
    100 ms and makes a ZeroMQ context for each kernel.
    """

    context = Instance(zmq.Context)

    shutdown_seconds = Float(
        5.0, config=True, help="Time that a kernel has to end by itself (`atexit` functions), in seconds."
    )

    @default("context")
    def _shared_context(self) -> zmq.Context[zmq.Socket[bytes]]:
        return zmq.Context.instance()

    unix_sockets = Bool(
        True,
        config=True,
        help="Let a local ipykernel listen on socket files that only this user can reach, not on ports.",
    )

    ends_at_error = Bool(False, help="Nothing is to run after an error: a forked kernel then drops all that follows.")

    def end_at_error(self, ends: bool) -> None:
        """Set, before the start, whether nothing is to run after an error."""
        self.ends_at_error = ends

    def use_kernel_spec(self, spec: KernelSpec) -> None:
        """Take the kernelspec of `kernel_name` that was found already: to look for it takes longer than a fork."""
        self._kernel_spec = spec

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """Launch the kernel; as `AsyncKernelManager.start_kernel`. Ready for requests is known by asking it."""
        self._attempted_start = True
        self._choose_transport()
        command, kw = await self._async_pre_start_kernel(**kw)
        await self._async_launch_kernel(command, **kw)
        assert self.provisioner is not None
        await self.provisioner.post_launch(**kw)

    async def shutdown_kernel(  # type: ignore[override]
        self, now: bool = False, restart: bool = False
    ) -> None:
        """End the kernel: at once with ``now`` (SIGKILL to its process group), else by request and at most
        ``shutdown_seconds`` later by SIGKILL."""
        provisioner = self.provisioner
        if provisioner is None or not self.owns_kernel:
            return
        self.shutting_down = True
        if provisioner.has_process and not now and await provisioner.poll() is None:
            await self._async_request_shutdown(restart=restart)
            now = not await ended_within(
                provisioner, provisioner.get_shutdown_wait_time(recommended=self.shutdown_seconds)
            )
        if provisioner.has_process:
            # also after a graceful end: what the kernel left running in its process group goes with it
            await provisioner.kill(restart=restart)
            await ended_within(provisioner, _KILL_SECONDS)
            await provisioner.wait()
        await self._async_cleanup_resources(restart=restart)

    def _choose_transport(self) -> None:
        """Socket files, where nobody has chosen, the kernel is known to serve them, and their names are not too long
        (jupyter_client itself would put them into the working directory).

        Ports are found free before the kernel is there to take them: of two kernels that start together one may die.
        """
        if not self.unix_sockets or sys.platform == "win32" or self.transport != "tcp":
            return
        chosen = self.trait_has_value("ip") or os.path.exists(self.connection_file)
        if chosen or not _runs_ipykernel(self):
            return
        # Beside the connection file if that has a place, so that whoever removes the one removes the other.
        stems = [os.path.splitext(self.connection_file)[0]] if self.connection_file else []
        stems.append(os.path.join(jupyter_runtime_dir(), f"kernel-{uuid.uuid4()}"))
        stem = next((stem for stem in stems if len(os.fsencode(stem)) <= _LONGEST_STEM), None)
        if stem is None:
            return
        # On a new machine no Jupyter application has made it yet.
        os.makedirs(os.path.dirname(stem), mode=0o700, exist_ok=True)
        self.connection_file = self.connection_file or f"{stem}.json"
        self.transport = "ipc"
        self.ip = f"{stem}-ipc"


async def result_of_manager(result: Any) -> Any:
    """Return what a manager's method returned, awaited where the manager is an asynchronous one."""
    return await result if isawaitable(result) else result


def launch_arguments(manager: Any, given: list[str]) -> list[str]:
    """``given`` plus what every ipykernel gets here: its history in memory (a database file costs 1.4 ms a cell and
    is locked by kernels side by side)."""
    is_chosen = any(a.startswith(_HISTORY_ARGUMENT) for a in [*_argv(manager), *given])
    if _runs_ipykernel(manager) and not is_chosen:
        return [*given, HISTORY_IN_MEMORY]
    return list(given)


def without_variables(spec: KernelSpec, own: Collection[str]) -> KernelSpec:
    """Return ``spec`` without the variables that it would put over a run's ``own``."""
    if spec.env.keys().isdisjoint(own):
        return spec
    return KernelSpec(**{**spec.trait_values(), "env": {n: v for n, v in spec.env.items() if n not in own}})


def _runs_ipykernel(manager: Any) -> bool:
    return any(a in ("ipykernel_launcher", "ipykernel") for a in _argv(manager))


def _argv(manager: Any) -> list[str]:
    spec = manager.kernel_spec
    return [] if spec is None else list(spec.argv)
