"""The kernel manager's choices."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from notebook_automation.execution.kernels import LightKernelManager, launch_arguments


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
