"""The kernel manager's choices, the watch over a process, and what an ipykernel is told first."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from eventually import PATIENCE
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from notebook_automation.execution import processes
from notebook_automation.execution.failures import KernelDied
from notebook_automation.execution.kernel_setup import needs_lockstep, setup_request, understands
from notebook_automation.execution.kernels import LightKernelManager, launch_arguments
from notebook_automation.execution.leftovers import RecordedKernelManager
from notebook_automation.execution.processes import ProcessWatch, ended_within


def provisioner(seconds: float) -> Any:
    """A provisioner whose kernel is a process that sleeps."""
    process = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
    local = LocalProvisioner.__new__(LocalProvisioner)
    local.process, local.pid = process, process.pid
    return local


async def assert_end_is_told(watched: Any) -> None:
    end = asyncio.Event()
    watch = ProcessWatch(watched, end.set)
    async with asyncio.timeout(PATIENCE):
        await end.wait()
    watch.close()


async def test_the_end_of_a_process_is_told() -> None:
    await assert_end_is_told(provisioner(0.2))


async def test_the_end_of_a_process_that_has_ended_is_told() -> None:
    gone = provisioner(0)
    gone.process.wait()
    await assert_end_is_told(gone)


async def test_without_descriptors_of_processes_the_provisioner_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    monkeypatch.setattr(processes, "_POLL_SECONDS", 0.02)
    await assert_end_is_told(provisioner(0.2))


async def test_a_closed_watch_tells_nothing_and_gives_its_descriptor_back() -> None:
    running = provisioner(60)
    before = len(os.listdir("/proc/self/fd"))
    told: list[int] = []
    watch = ProcessWatch(running, lambda: told.append(1))
    watch.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert not await ended_within(running, 0.05)
    running.process.kill()
    assert await ended_within(running, 10)
    assert told == []


async def test_ipykernels_listen_on_socket_files_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="na") as short:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", short)
        km = LightKernelManager(kernel_name="python3")
        await km.start_kernel()
        try:
            assert (km.transport, os.path.dirname(km.ip)) == ("ipc", short)
        finally:
            await km.shutdown_kernel(now=True)
        assert os.listdir(short) == []


@pytest.mark.parametrize("why", ["chosen", "long", "off", "other"])
def test_or_on_ports(why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    km = LightKernelManager(kernel_name="python3", unix_sockets=why != "off")
    if why == "chosen":
        km.ip = "127.0.0.1"
    elif why == "long":
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    elif why == "other":
        assert km.kernel_spec is not None
        km.kernel_spec.argv[:] = ["R", "--args", "{connection_file}"]
    km._choose_transport()
    assert km.transport == "tcp"


def test_history_of_ipykernels_is_in_memory_unless_said_otherwise() -> None:
    km = LightKernelManager(kernel_name="python3")
    assert launch_arguments(km, ["-v"]) == ["-v", "--HistoryManager.hist_file=:memory:"]
    assert launch_arguments(km, ["--HistoryManager.hist_file=h"]) == ["--HistoryManager.hist_file=h"]
    assert km.kernel_spec is not None
    km.kernel_spec.argv[:] = ["R"]
    assert launch_arguments(km, []) == []


def test_the_set_up_leaves_no_name_and_is_for_ipykernel() -> None:
    code = setup_request(end_in_order=True, stay_stopped=True)["code"]
    names: dict[str, Any] = {"get_ipython": lambda: Shell}
    exec(compile(code, "set-up", "exec"), names)
    assert set(names) - {"__builtins__"} == {"get_ipython"}
    assert Shell.kernel.stop_on_error_timeout > 1e5
    assert understands({"implementation": "ipython"})
    assert not understands({"implementation": "xeus-python"})


class Shell:
    """As an ipykernel before version 7, which has no thread of its own for the shell channel."""

    class kernel:
        parent = None
        stop_on_error_timeout = 0.0


def test_widgets_need_the_client_between_cells() -> None:
    def of(source: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])

    assert needs_lockstep(of("import ipywidgets as w"))
    assert not needs_lockstep(of("import pandas"))


def test_the_error_of_a_dead_kernel_says_why_and_travels() -> None:
    assert str(KernelDied(-9, 2)) == (
        "Kernel died while running cell 3: its process was killed by SIGKILL (out of memory, or killed from outside)."
    )
    assert str(KernelDied(3)) == "Kernel died: its process exited with code 3."
    again = pickle.loads(pickle.dumps(KernelDied(-11, 0)))
    assert (again.exit_code, again.cell_index) == (-11, 0)


async def test_a_kernel_that_was_started_ahead_is_taken_or_given_up(tmp_path: Path) -> None:
    told: list[list[str]] = []
    for wanted in (True, False):
        folder = tmp_path / str(wanted)
        folder.mkdir()
        manager = RecordedKernelManager(kernel_name="python3", connection_file=str(folder / "connection.json"))
        manager.record_folder, manager.launched = folder, told.append
        await asyncio.to_thread(manager.start_ahead, asyncio.get_running_loop(), env=dict(os.environ))
        await asyncio.sleep(0)
        assert not manager.has_kernel
        if wanted:
            await manager.start_kernel()
        else:
            await manager.give_up()
        pid = json.loads((folder / "kernel.json").read_text())["pid"]
        # Two that start together would look for the same free ports.
        assert manager.transport == "ipc"
        assert manager.has_kernel is wanted
        assert psutil.pid_exists(pid) is wanted
        await manager.shutdown_kernel(now=True)
        assert not psutil.pid_exists(pid)
    assert len(told) == 1
