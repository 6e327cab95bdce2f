"""Decides whether a kernel may be forked at all, before any process is asked; in any doubt it may not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from notebook_automation.forkserver.server.protocol import UNSAFE_MODULES

LAUNCHERS = ("ipykernel_launcher", "ipykernel")
OWN_PYTHON = ("python", "python3", f"python3.{sys.version_info[1]}")
"""Interpreter names that jupyter_client replaces by the one it runs under itself."""
READ_AT_LOAD = [
    "LD_",
    "PYTHON",
    "OMP_",
    "OPENBLAS_",
    "GOTO_",
    "MKL_",
    "NUMEXPR_",
    "BLIS_",
    "KMP_",
    "VECLIB_",
    "MALLOC_",
    "ARROW_",
    "CUDA_",
    "NVIDIA_",
    "GLIBC_TUNABLES",
    "MPL",
    "IPYTHON",
    "JUPYTER_",
    "TRAITLETS_",
    "LC_",
    "LANG",
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_",
    "PATH",
    "VIRTUAL_ENV",
    "CONDA_",
    "PANDAS_",
    "NPY_",
    "NUMPY_",
    "POLARS_",
    "RAYON_",
    "TF_",
    "JAX_",
    "XLA_",
    "TORCH_",
    "NUMBA_",
    "DASK_",
    "TQDM_",
    "SSL_",
    "REQUESTS_",
    "COVERAGE_",
    "DEBUGPY_",
    "PYDEVD_",
    "TMPDIR",
    "EDITOR",
    "PAGER",
]
"""Beginnings of variables that are read once, at import or by the loader."""
OWN_PACKAGE = __name__.partition(".")[0]
"""What this package is part of: a kernel that uses it loads it in its own environment."""
ASKING = frozenset({"ipywidgets", "tqdm.auto", "tqdm.notebook", "tqdm.autonotebook", "matplotlib_inline"})
"""Modules known to look for the running shell at import; the audit would find them, at the price of a second start."""
NEVER_PRELOADED = UNSAFE_MODULES | ASKING | {OWN_PACKAGE}
LAUNCH_ARGUMENTS = {"extra_arguments", "kernel_id", "env", "cwd", "stdin", "stdout", "stderr", "independent"}
"""Arguments of `start_kernel` that a forked kernel honours; any other is for a plain one."""
SETTING = re.compile(r"--[A-Z]\w*\.\w+=")
EARLY = ("IPKernelApp.", "BaseIPythonApplication.", "Application.", "ConnectionFileMixin.", "Session.", "ProfileDir.")
"""Classes whose settings decide how the kernel itself starts."""


def load_environment(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The part of an environment that kernels must have in common to share a fork server."""
    prefixes = tuple(READ_AT_LOAD)
    return tuple(sorted((k, v) for k, v in env.items() if k.startswith(prefixes)))


def interpreter_of(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Interpreter and flags of a kernelspec's command, None if it does not run ipykernel by `-m`."""
    if "-m" not in argv:
        return None
    at = list(argv).index("-m")
    if at == 0 or at + 1 >= len(argv) or argv[at + 1] not in LAUNCHERS:
        return None
    command = argv[0]
    if command in OWN_PYTHON:
        command = sys.executable
    found = shutil.which(command)
    return (found, *argv[1:at]) if found else None


def why_not(kernelspec: Any, env: Mapping[str, str] | None = None) -> list[str]:
    """Reasons why kernels of this kernelspec start plain on this machine; empty: they may be forked.

    What only a started fork server can know (unfit modules, threads) is in `Pool.troubles()`.
    """
    return [*why_not_here(), *why_not_kernelspec(kernelspec), *why_not_environment(env or os.environ)]


def why_not_here(platform: str = sys.platform) -> list[str]:
    """Reasons that lie in the machine."""
    if platform != "linux":
        return [f"kernels are forked on Linux only, this is {platform}"]
    reasons = []
    if not (hasattr(os, "pidfd_open") and hasattr(os, "memfd_create")):
        reasons.append("this Python or kernel lacks pidfd_open or memfd_create")
    if not os.path.exists("/proc/self/task"):
        reasons.append("/proc is not mounted, so that threads cannot be counted")
    return reasons


def why_not_kernelspec(kernelspec: Any) -> list[str]:
    """Reasons that lie in the kernelspec."""
    if str(kernelspec.language or "python").lower() != "python":
        return [f"its language is {kernelspec.language}"]
    argv = list(kernelspec.argv)
    if interpreter_of(argv) is None:
        return [f"its command does not run ipykernel by an interpreter that is here: {' '.join(argv)}"]
    arguments = argv[argv.index("-m") + 2 :]
    if "{connection_file}" not in arguments:
        return ["its command takes no connection file as an argument of its own"]
    arguments.remove("{connection_file}")
    return _strange(a for a in arguments if a != "-f")


def why_not_launch(manager: Any, kwargs: Mapping[str, Any]) -> list[str]:
    """Reasons that lie in how a kernel manager starts this one kernel: `kwargs` of `start_kernel`."""
    if manager is None:
        return ["started without a kernel manager"]
    reasons = _strange(kwargs.get("extra_arguments", []))
    if getattr(manager, "transport_encryption", "disabled") != "disabled":
        reasons.append("transport encryption is wanted")
    if manager.transport == "tcp" and not _is_local(manager.ip):
        reasons.append(f"{manager.ip} is not an address of this machine")
    unknown = sorted(set(kwargs) - LAUNCH_ARGUMENTS)
    if unknown or kwargs.get("independent"):
        reasons.append(f"launch arguments for a plain process: {', '.join(unknown) or 'independent'}")
    if any(kwargs.get(name) == subprocess.PIPE for name in ("stdin", "stdout", "stderr")):
        reasons.append("a pipe to the process itself is wanted")
    return reasons


def _strange(arguments: Iterable[str]) -> list[str]:
    """A reason if there are kernel arguments other than settings of what is built after the sockets."""
    strange = [a for a in arguments if not SETTING.match(a) or a[2:].startswith(EARLY)]
    return [f"kernel arguments for a plain process: {' '.join(strange)}"] if strange else []


def _is_local(ip: str) -> bool:
    from jupyter_client.localinterfaces import is_local_ip

    return bool(is_local_ip(ip))


def why_not_environment(env: Mapping[str, str]) -> list[str]:
    """Reasons that lie in the environment of the kernel."""
    folders = [p for p in env.get("PYTHONPATH", "").split(os.pathsep) if p]
    reasons = []
    if any(not os.path.isabs(p) for p in folders):
        reasons.append("PYTHONPATH has a relative folder, which depends on the working directory")
    for name in ("PYTHONINSPECT", "PYTHONPROFILEIMPORTTIME", "PYTHONTRACEMALLOC"):
        if env.get(name):
            reasons.append(f"{name} is set, which looks at a start that a forked kernel does not have")
    return reasons


def fit_to_preload(modules: Sequence[str]) -> list[str]:
    """The modules without those never imported ahead, in order, each once."""
    never = NEVER_PRELOADED
    return [m for m in dict.fromkeys(modules) if m not in never and m.partition(".")[0] not in never]
