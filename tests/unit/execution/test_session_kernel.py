"""The kernel of a session: started ahead, written down."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import psutil

from notebook_automation.execution.session_kernel import SessionKernelManager


async def test_a_kernel_that_was_started_ahead_is_waited_for_or_given_up(tmp_path: Path) -> None:
    launches: list[list[str]] = []
    for wanted in (True, False):
        folder = tmp_path / str(wanted)
        folder.mkdir()
        manager = SessionKernelManager(folder, "python3")
        manager.on_launch(launches.append)
        await asyncio.to_thread(manager.start_ahead, asyncio.get_running_loop(), env=dict(os.environ))
        await asyncio.sleep(0)
        assert not manager.has_kernel
        if wanted:
            await manager.start_kernel()
        else:
            await manager.give_up()
        assert (folder / "kernel.stderr").stat().st_mode & 0o777 == 0o600
        pid = json.loads((folder / "kernel.json").read_text())["pid"]
        # Two that start together would look for the same free ports.
        assert manager.transport == "ipc"
        assert manager.has_kernel is wanted
        assert psutil.pid_exists(pid) is wanted
        await manager.shutdown_kernel(now=True)
        assert not psutil.pid_exists(pid)
    assert len(launches) == 1
