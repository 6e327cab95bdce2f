"""What a fork server for kernels is made of, and how to have one ready before the first kernel is wanted."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from notebook_automation.forkserver.server.protocol import (
    KERNEL_BEFORE_FORKS,
    KERNEL_CORE,
    KERNEL_ENTRY,
    KERNEL_PREPARE,
)

from .eligibility import fit_to_preload, interpreter_of, why_not
from .options import ForkOptions
from .pool import Pool, default_pool
from .recipe import Recipe

IMPORT_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel sets it before any user code
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""Set while the fork server imports, where the kernel's environment has nothing else."""


def kernel_recipe(kernelspec: Any, preload: Sequence[str] = (), options: ForkOptions | None = None) -> Recipe:
    """For a kernelspec that `why_not` has nothing against."""
    python = interpreter_of(kernelspec.argv)
    if python is None:
        raise ValueError(f"not a command that runs ipykernel: {kernelspec.argv}")
    return Recipe(
        python=python,
        entry=KERNEL_ENTRY,
        prepare=KERNEL_PREPARE,
        before_forks=KERNEL_BEFORE_FORKS,
        core=KERNEL_CORE,
        preload=tuple(fit_to_preload(preload)),
        watch_shell=True,
        options=options or ForkOptions(),
        env_defaults=tuple(IMPORT_ENVIRONMENT.items()),
    )


def launch_environment(kernelspec: Any, env: Mapping[str, str] | None) -> dict[str, str]:
    """The environment a kernel gets: `env` (None: this process's own) and what its kernelspec adds."""
    whole = dict(os.environ if env is None else env)
    whole.update({name: Template(value).safe_substitute(whole) for name, value in kernelspec.env.items()})
    whole.pop("PYTHONEXECUTABLE", None)  # as jupyter_client does
    return whole


def kernel_arguments(command: Sequence[str]) -> list[str]:
    """What follows `-m ipykernel_launcher`."""
    return list(command[list(command).index("-m") + 2 :])


def kernel_hint(command: Sequence[str], transport: str) -> dict[str, Any]:
    """What a spare must have been prepared for: all arguments but the connection file."""
    arguments = kernel_arguments(command)
    if "-f" in arguments:
        at = arguments.index("-f")
        del arguments[at : at + 2]
    return {"argv": arguments, "transport": transport}


def warm(
    kernelspec: Any,
    env: Mapping[str, str] | None = None,
    *,
    preload: Sequence[str] = (),
    extra_arguments: Sequence[str] = (),
    transport: str = "ipc",
    options: ForkOptions | None = None,
    pool: Pool | None = None,
) -> list[str]:
    """Have a fork server and its spares made ready for kernels that will be started like this.

    Returns at once; the reasons if that is of no use, an empty list otherwise. Kernels find what is ready if their
    provisioner is configured by `provisioner_settings` with the same `preload`, `transport` and `options`.
    """
    whole = launch_environment(kernelspec, env)
    reasons = why_not(kernelspec, whole)
    if reasons:
        return reasons
    recipe = kernel_recipe(kernelspec, preload, options)
    chosen = pool or default_pool()
    hint = kernel_hint([*kernelspec.argv, *extra_arguments], transport)
    return [] if chosen.get(recipe, whole, hint) is not None else chosen.reasons(recipe, whole)


def provisioner_settings(
    preload: Sequence[str] = (), options: ForkOptions | None = None, transport: str = "ipc"
) -> dict[str, Any]:
    """The part `ForkServerProvisioner` of a kernel manager's configuration."""
    given = options or ForkOptions()
    return {
        "preload": list(preload),
        "transport": transport,
        "spares": given.spares,
        "memory_limit": given.memory_limit,
        "idle_seconds": given.idle_seconds,
        "refill_seconds": given.refill_seconds,
    }
