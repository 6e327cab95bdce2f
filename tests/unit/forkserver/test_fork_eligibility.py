"""Which kernels may be forked at all: in any doubt none."""

from __future__ import annotations

import subprocess
import sys

import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from notebook_automation.forkserver.client import eligibility
from notebook_automation.forkserver.client.eligibility import interpreter_of, why_not

COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def spec(argv=COMMAND, language="python"):
    return KernelSpec(argv=list(argv), language=language)


def test_python_kernel_may_be_forked():
    assert why_not(spec(), {"HOME": "/home/me", "PYTHONPATH": "/a:/b"}) == []


@pytest.mark.parametrize(
    ("argv", "interpreter"),
    [
        (COMMAND, (sys.executable,)),
        (["python", "-m", "ipykernel", "-f", "{connection_file}"], (sys.executable,)),
        (
            ["python3", "-Xfrozen_modules=off", "-B", "-m", "ipykernel_launcher"],
            (sys.executable, "-Xfrozen_modules=off", "-B"),
        ),
        (["/nowhere/python", "-m", "ipykernel_launcher"], None),
        ([sys.executable, "-m", "xeus_python"], None),
        ([sys.executable, "/opt/my_kernel.py", "-f", "{connection_file}"], None),
        ([sys.executable, "-m"], None),
        (["-m", "ipykernel_launcher"], None),
        (["conda", "run", "python"], None),
        ([], None),
    ],
)
def test_interpreter_of_a_command(argv, interpreter):
    assert interpreter_of(argv) == interpreter


@pytest.mark.parametrize(
    ("kernelspec", "env", "reason"),
    [
        (spec(language="R"), {}, "its language is R"),
        (spec(["bash", "-f", "{connection_file}"]), {}, "does not run ipykernel"),
        (spec(["/nowhere/python", *COMMAND[1:]]), {}, "does not run ipykernel by an interpreter that is here"),
        (spec([*COMMAND[:3], "-f={connection_file}"]), {}, "no connection file as an argument of its own"),
        (spec([*COMMAND, "--matplotlib=inline"]), {}, "kernel arguments for a plain process: --matplotlib=inline"),
        (spec([*COMMAND, "--IPKernelApp.quiet=False"]), {}, "kernel arguments for a plain process"),
        (spec(), {"PYTHONPATH": "/a:lib"}, "relative folder"),
        (spec(), {"PYTHONTRACEMALLOC": "1"}, "PYTHONTRACEMALLOC is set"),
    ],
)
def test_reasons_against(kernelspec, env, reason):
    assert any(reason in r for r in why_not(kernelspec, env))


def test_settings_of_what_is_built_late_are_honoured():
    assert (
        why_not(spec([*COMMAND, "--HistoryManager.hist_file=:memory:", "--InteractiveShell.colors=nocolor"]), {}) == []
    )


@pytest.mark.parametrize(
    ("trait", "arguments", "reason"),
    [
        ({}, {"cwd": "/", "env": {}, "extra_arguments": ["--HistoryManager.enabled=False"]}, None),
        ({"transport_encryption": "auto"}, {}, "transport encryption is wanted"),
        ({"ip": "192.0.2.1"}, {}, "192.0.2.1 is not an address of this machine"),
        ({}, {"extra_arguments": ["--ip=0.0.0.0"]}, "kernel arguments for a plain process: --ip=0.0.0.0"),
        ({}, {"independent": True}, "launch arguments for a plain process: independent"),
        ({}, {"preexec_fn": print}, "launch arguments for a plain process: preexec_fn"),
        ({}, {"stdout": subprocess.PIPE}, "a pipe to the process itself is wanted"),
    ],
)
def test_launches_that_start_plain(trait, arguments, reason):
    reasons = eligibility.why_not_launch(KernelManager(**trait), arguments)
    assert reasons == ([reason] if reason else [])


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_start_plain_kernels(platform):
    assert eligibility.why_not_here(platform) == [f"kernels are forked on Linux only, this is {platform}"]


def test_variables_read_at_load_are_distinguished_from_others():
    shared = eligibility.load_environment
    env = {"HOME": "/h", "OMP_NUM_THREADS": "1", "LD_PRELOAD": "x.so", "TOKEN": "1"}
    assert shared(env) == shared({**env, "TOKEN": "2", "PWD": "/tmp"})
    for name in ("HOME", "OMP_NUM_THREADS", "LD_PRELOAD", "PYTHONHASHSEED", "LANG", "PATH"):
        assert shared(env) != shared({**env, name: "other"})


def test_modules_with_native_state_are_never_preloaded():
    wanted = ["pandas", "jax.numpy", "grpc", "pandas", "tensorflow", "tqdm.auto", "tqdm", "matplotlib.pyplot"]
    assert eligibility.fit_to_preload(wanted) == ["pandas", "tqdm", "matplotlib.pyplot"]


def test_the_package_that_this_one_is_part_of_is_never_preloaded():
    assert eligibility.fit_to_preload(["notebook_automation", "json", "notebook_automation.sdk"]) == ["json"]
