"""What work costs beside time: processor seconds of whole process trees, and memory that is not shared."""

from __future__ import annotations

import compileall
import contextlib
import os
import resource
import subprocess
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """``wall`` and ``cpu`` in seconds."""

    wall: float
    cpu: float


def environment() -> dict[str, str]:
    """Return this process's environment, in which Python may keep what it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@cache
def compile_all() -> None:
    """Compile every module first: without it imports cost twice as much, to the advantage of who imports least."""
    for path in ("purelib", "stdlib"):
        compileall.compile_dir(sysconfig.get_paths()[path], quiet=2, workers=os.cpu_count() or 1)


def of_command(command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command and all that it starts and waits for; raises CalledProcessError with its output if it fails."""
    before = _children_cpu()
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env={**environment(), **(env or {})}, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - began
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout[-2000:], done.stderr[-2000:])
    return Cost(wall, _children_cpu() - before)


def tree_cpu() -> float:
    """Return the processor seconds of this process and all below it, those that have ended included."""
    total = 0.0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def proportional_memory(pids: Sequence[int]) -> int:
    """Return the bytes that processes hold, shared pages counted in parts (PSS)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    return total


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
