"""A kernel's process that is started before anything else is known: it imports while this one does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from notebook_automation.forkserver import (
    ForkOptions,
    ForkServer,
    ForkServerGone,
    SharedServer,
    kernel_hint,
    kernel_recipe,
    launch_environment,
    why_not,
    why_not_here,
)
from notebook_automation.settings import Settings

if TYPE_CHECKING:
    from notebook_automation.runner.warm_kernels import WarmKernels

DEFAULT_KERNEL = "python3"
_READY_SECONDS = 60.0


class EarlyKernel:
    """A fork server for the kernel of ``notebook``, in which the session's kernel is forked once it is wanted.

    None is started where the kernel cannot be forked: it is started plain then, when it is wanted.
    """

    def __init__(self, notebook: Path, kernel_name: str | None, settings: Settings) -> None:
        self._server: ForkServer | None = None
        self._env: dict[str, str] = {}
        if not settings.use_fork_server or why_not_here():
            return
        from jupyter_client.kernelspec import NoSuchKernel

        from notebook_automation.execution.kernel_specs import kernel_specs
        from notebook_automation.execution.kernels import HISTORY_IN_MEMORY
        from notebook_automation.execution.workspaces import kernel_environment

        try:
            spec = kernel_specs().get_kernel_spec(kernel_name or _kernel_of(notebook))
        except (NoSuchKernel, ValueError, OSError):
            return  # the session says what is wrong with it
        self._env = launch_environment(spec, kernel_environment(settings))
        if spec.metadata.get("kernel_provisioner") or why_not(spec, self._env):
            return
        recipe = kernel_recipe(spec, settings.preload, ForkOptions(spares=0, idle_seconds=0))
        hint = kernel_hint([*spec.argv, HISTORY_IN_MEMORY], "ipc")
        self._server = ForkServer(recipe, env=self._env, hint=hint)
        self._server.start()

    async def warm(self) -> WarmKernels:
        """Wait for it to be ready; where it cannot be, none."""
        from notebook_automation.runner.warm_kernels import WarmKernels

        if self._server is None:
            return WarmKernels()
        try:
            await self._server.ready(_READY_SECONDS)
            described = SharedServer.to_json(self._env, self._server)
            return WarmKernels([SharedServer.from_json(described, self._server.control())])
        except (ForkServerGone, TimeoutError):
            return WarmKernels()

    async def close(self) -> None:
        """End it, and what was forked from it."""
        if self._server is not None:
            await asyncio.to_thread(self._server.close)


def _kernel_of(notebook: Path) -> str:
    """Return the name of a notebook's kernel; of anything else, the default's."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(notebook.read_bytes())["metadata"]["kernelspec"]["name"])
    return DEFAULT_KERNEL
