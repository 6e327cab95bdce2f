"""What one more kernel costs in memory: forked from a warm process, and as a process of its own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psutil
from jupyter_client.kernelspec import get_kernel_spec

from notebook_automation.execution.kernels import HISTORY_IN_MEMORY, LightKernelManager
from notebook_automation.forkserver import ForkOptions, ForkServerProvisioner, Pool, warm
from tests.benchmarks.costs import compile_all, environment, proportional_memory
from tests.benchmarks.table import Table

COUNT = 6
MODULES = {"nothing": [], "pandas and matplotlib": ["numpy", "pandas", "matplotlib.pyplot"]}


def run() -> Table:
    """Start ``COUNT`` kernels of each sort with each set of imports."""
    compile_all()
    rows = []
    for name, modules in MODULES.items():
        plain, plain_time = asyncio.run(_measured(modules, None))
        pool = Pool()
        try:
            forked, forked_time = asyncio.run(_measured(modules, pool))
        finally:
            pool.close()
        rows.append(
            (
                name, f"{forked / 2**20:.1f} MiB", f"{plain / 2**20:.1f} MiB", f"{forked / plain:.2f}", "≤ 0.3",
                f"{1 / forked_time:.1f}", f"{1 / plain_time:.1f}",
            )
        )  # fmt: skip
    return Table(
        title="Memory (PSS) of one more kernel that has imported, and kernels started a second",
        columns=("imports", "forked", "plain", "forked / plain", "goal", "forked a second", "plain a second"),
        rows=rows,
        notes=(f"From {COUNT} kernels beside one. Started one after the other until each had run the imports.",),
    )


async def _measured(modules: list[str], pool: Pool | None) -> tuple[float, float]:
    """Return bytes and seconds per kernel."""
    managers: list[Any] = []
    seconds = 0.0
    if pool is not None:
        spec = get_kernel_spec("python3")
        reasons = warm(
            spec, environment(), preload=modules, pool=pool, options=ForkOptions(spares=0, refill_seconds=60.0),
            extra_arguments=[HISTORY_IN_MEMORY],
        )  # fmt: skip
        if reasons:
            raise RuntimeError("; ".join(reasons))
        await pool.servers()[0].ready()
    held = []
    try:
        for number in range(COUNT + 1):
            began = time.perf_counter()
            managers.append(await _kernel(modules, pool))
            seconds += time.perf_counter() - began if number else 0.0
            held.append(proportional_memory([child.pid for child in psutil.Process().children(recursive=True)]))
    finally:
        for manager in managers:
            await manager.shutdown_kernel(now=True)
    return (held[-1] - held[0]) / COUNT, seconds / COUNT


async def _kernel(modules: list[str], pool: Pool | None) -> LightKernelManager:
    manager = LightKernelManager(kernel_name="python3")
    if pool is not None:
        manager.kernel_id = "k"
        manager.provisioner = ForkServerProvisioner(
            kernel_id="k", kernel_spec=manager.kernel_spec, parent=manager, pool=pool, preload=modules, wait_ready=True,
            spares=0, refill_seconds=60.0,
        )  # fmt: skip
    await manager.start_kernel(extra_arguments=[HISTORY_IN_MEMORY], env=environment())
    if pool is not None and manager.provisioner.how != "forked":
        raise RuntimeError(f"a plain kernel: {manager.provisioner.reasons}")
    client = manager.client()
    client.start_channels()
    try:
        # Not `wait_for_ready`: it listens 0.2 s for messages that do not come.
        code = "\n".join(f"import {module}" for module in modules) or "None"
        answer = await client.execute(code, silent=True, reply=True, timeout=60)
        if answer["content"]["status"] != "ok":
            raise RuntimeError(str(answer["content"]))
    finally:
        client.stop_channels()
    return manager
