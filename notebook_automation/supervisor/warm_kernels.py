"""Which kernels are kept warm, with which imports: the default kernelspec's, and those of the others used last."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from notebook_automation.execution.workspaces import kernel_environment
from notebook_automation.forkserver import ForkOptions, ForkServer, ForkServerGone, ImportHistory, Pool, Recipe
from notebook_automation.settings import Settings

DEFAULT_KERNEL = "python3"
MOST_KERNELS = 3
"""Kernelspecs of which kernels are kept warm."""
RUNNER_SHARE = 0.25
"""Of the memory limit, for the runners' fork server; the rest is for those of kernels."""


class KernelKind:
    """Kernels of one kernelspec, forked from a server that is made by ``recipe``."""

    def __init__(self, name: str, recipe: Recipe, env: Mapping[str, str], hint: Mapping[str, Any]) -> None:
        self.name = name
        self.recipe = recipe
        self.env = env
        self._hint = hint
        self._coming: Recipe | None = None

    def improve(self, recipe: Recipe) -> None:
        """Replace the server by one of ``recipe`` once that is ready, if it imports more."""
        if set(recipe.preload) - set(self.recipe.preload):
            self._coming = recipe

    async def ready(self, pool: Pool, seconds: float) -> None:
        """Wait until its server is ready, or there is none; at most ``seconds``."""
        server = pool.get(self.recipe, self.env, self._hint)
        if server is not None and not server.is_ready:
            with contextlib.suppress(ForkServerGone, TimeoutError):
                await server.ready(seconds)

    def ready_server(self, pool: Pool) -> ForkServer | None:
        """Return the server of ``recipe`` if it is ready; what is missing is started."""
        if self._coming is not None:
            coming = pool.get(self._coming, self.env, self._hint)
            if coming is not None and coming.is_ready:
                old = pool.get(self.recipe, self.env, self._hint)
                self.recipe, self._coming = self._coming, None
                if old is not None:
                    pool.drop(old)
                return coming
        server = pool.get(self.recipe, self.env, self._hint)
        return server if server is not None and server.is_ready else None


def wanted_kernels(settings: Settings, history: ImportHistory) -> list[KernelKind]:
    """Return the kernels that are worth keeping warm. Reads files, imports: for a thread."""
    if settings.warm_kernels <= 0:
        return []
    from jupyter_client.kernelspec import NoSuchKernel

    from notebook_automation.execution.kernel_record import SAVING_PROCESS
    from notebook_automation.execution.kernel_specs import kernel_specs
    from notebook_automation.execution.kernels import HISTORY_IN_MEMORY
    from notebook_automation.forkserver import kernel_hint, kernel_recipe, launch_environment, why_not

    names = list(dict.fromkeys([DEFAULT_KERNEL, *history.kernel_names()]))[:MOST_KERNELS]
    options = ForkOptions(
        spares=settings.warm_kernels,
        memory_limit=int(settings.warm_memory * (1 - RUNNER_SHARE) / len(names)),
        idle_seconds=settings.warm_idle,
        outliving=(SAVING_PROCESS,),
    )
    manager = kernel_specs()
    found = []
    for name in names:
        try:
            spec = manager.get_kernel_spec(name)
        except (NoSuchKernel, ValueError, OSError):
            continue
        env = launch_environment(spec, kernel_environment(settings))
        if spec.metadata.get("kernel_provisioner") or why_not(spec, env):
            continue
        preload = [*settings.preload, *history.preload(name)]
        hint = kernel_hint([*spec.argv, HISTORY_IN_MEMORY], "ipc")
        found.append(KernelKind(name, kernel_recipe(spec, preload, options), env, hint))
    return found
