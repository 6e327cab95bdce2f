"""The watch over a kernel's process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
from eventually import PATIENCE
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from notebook_automation.execution import processes
from notebook_automation.execution.processes import ProcessWatch, ended_within


def provisioner(seconds: float) -> Any:
    """A provisioner whose kernel is a process that sleeps."""
    process = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
    local = LocalProvisioner.__new__(LocalProvisioner)
    local.process, local.pid = process, process.pid
    return local


async def assert_end_is_noticed(watched: Any) -> None:
    end = asyncio.Event()
    watch = ProcessWatch(watched, end.set)
    async with asyncio.timeout(PATIENCE):
        await end.wait()
    watch.close()


async def test_the_end_of_a_process_is_noticed() -> None:
    await assert_end_is_noticed(provisioner(0.2))


async def test_the_end_of_a_process_that_has_ended_is_noticed() -> None:
    gone = provisioner(0)
    gone.process.wait()
    await assert_end_is_noticed(gone)


async def test_without_descriptors_of_processes_the_provisioner_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    monkeypatch.setattr(processes, "_POLL_SECONDS", 0.02)
    await assert_end_is_noticed(provisioner(0.2))


async def test_a_closed_watch_notices_nothing_and_gives_its_descriptor_back() -> None:
    running = provisioner(60)
    before = len(os.listdir("/proc/self/fd"))
    notified: list[int] = []
    watch = ProcessWatch(running, lambda: notified.append(1))
    watch.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert not await ended_within(running, 0.05)
    running.process.kill()
    assert await ended_within(running, 10)
    assert notified == []
