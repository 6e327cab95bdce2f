"""Thousands of sessions one after another: what a server and its engine hold must not grow with them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.hooked import Hooked, hooked
from tests.benchmarks.table import Table

SESSIONS = int(os.environ.get("BENCHMARK_SOAK_SESSIONS", "2000"))
SAMPLES = 8
AT_ONCE = 2
QUIET = 3.0
"""Seconds without work before a look: spares are made ready again, ended processes are reaped."""


@dataclass(frozen=True, slots=True)
class Held:
    """What this process and all below it hold at rest; ``memory`` is USS in bytes, ``files`` those on disk."""

    processes: int
    threads: int
    descriptors: int
    sockets: int
    memory: int
    files: int


def run() -> Table:
    """Run ``SESSIONS`` sessions of notebook a, ``AT_ONCE`` at a time, and look between them."""
    rows: list[tuple[str, ...]] = []
    began = time.monotonic()
    with hooked("a") as ours:
        ours.warm_up("a")
        rows.append(_row(0, _held(ours)))
        for sample in range(1, SAMPLES + 1):
            _batch(ours, SESSIONS // SAMPLES)
            time.sleep(QUIET)
            rows.append(_row(sample * (SESSIONS // SAMPLES), _held(ours)))
    rate = SESSIONS / (time.monotonic() - began)
    return Table(
        title=f"A soak of {SESSIONS} sessions",
        columns=("after", "processes", "threads", "descriptors", "sockets", "private memory", "session folders"),
        rows=rows,
        notes=(
            f"The server, its engine and all below them, {QUIET:g} s after work ended. {rate:.1f} sessions a second.",
        ),
    )


def _batch(ours: Hooked, count: int) -> None:
    for _ in range(0, count, AT_ONCE):
        ours.ended([ours.post("a") for _ in range(AT_ONCE)])


def _held(ours: Hooked) -> Held:
    me = psutil.Process()
    tree = [me, *me.children(recursive=True)]
    return Held(
        processes=len(tree),
        threads=_sum(tree, lambda process: process.num_threads()),
        descriptors=_sum(tree, lambda process: process.num_fds()),
        sockets=_sum(tree, lambda process: len(_sockets(process.pid))),
        memory=_sum(tree, lambda process: process.memory_full_info().uss),
        files=len(list((Path(ours.server.services.settings.data_dir) / "sessions").glob("*"))),
    )


def _sockets(pid: int) -> list[str]:
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if (target := os.readlink(entry)).startswith("socket:"):
                found.append(target)
    return found


def _sum(processes: list[psutil.Process], count: Callable[[psutil.Process], int]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):
            total += count(process)
    return total


def _row(after: int, held: Held) -> tuple[str, ...]:
    return (
        str(after),
        str(held.processes),
        str(held.threads),
        str(held.descriptors),
        str(held.sockets),
        f"{held.memory / 2**20:.0f} MiB",
        str(held.files),
    )
