"""The launcher of this machine keeps the promises of the port: with its supervisor, real runners and real kernels."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import psutil
import pytest
from eventually import eventually
from launcher import LauncherContract, MakePlace

from notebook_automation.engine.local_launcher import LocalLauncher
from notebook_automation.settings import Settings


class LocalPlace:
    """This machine: a supervisor and what is below it."""

    def __init__(self, settings: Settings) -> None:
        self.launcher = LocalLauncher(settings, api_url="")
        self._seen: dict[int, psutil.Process] = {}

    async def kill(self) -> None:
        killed = await eventually(lambda: self.launcher.supervisor_pid)
        self.processes()
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: self.launcher.supervisor_pid != killed)

    def processes(self) -> Sequence[int]:
        pid = self.launcher.supervisor_pid
        if pid is not None:
            with_children = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            self._seen.update({process.pid: process for process in with_children})
        # Those seen before as well: without its supervisor a runner is nobody's child.
        return [pid for pid, process in self._seen.items() if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def make_place() -> MakePlace:
    return LocalPlace


class TestLocalLauncher(LauncherContract):
    """This machine's, by the suite."""
