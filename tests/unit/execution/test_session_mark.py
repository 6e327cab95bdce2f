"""What comes of a marked process is found by its mark, whatever it does to be a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from eventually import wait_until

from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.session_mark import is_marked, mark_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

DETACHES = """
import os, sys, subprocess
early = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(early.pid, flush=True)
sys.stdin.readline()
if not os.fork():
    os.setsid()
    if not os.fork():
        print(os.getpid(), flush=True)
        os.execve("/usr/bin/env", ["env", "-i", "sleep", "601"], {})
    os._exit(0)
os.wait()
"""

Parent = tuple[subprocess.Popen[str], int]


@pytest.fixture
def given() -> Iterator[Parent]:
    """A process that has started another (and that one), starts one more when it is sent a line, and then ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", DETACHES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        early = _pid(process)
        yield process, early
        process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.kill(early, signal.SIGKILL)


def _pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_detached_process_without_environment_or_parent_is_found_and_killed(given: Parent, tmp_path: Path) -> None:
    parent, early = given
    mark_process(parent.pid, "ses_one")
    assert parent.stdin is not None
    parent.stdin.write("\n")
    parent.stdin.flush()
    late = _pid(parent)
    parent.wait()
    assert is_marked(early, "ses_one"), "it was started before"
    wait_until(lambda: psutil.Process(late).cmdline()[:1] == ["sleep"])
    assert kill_session_processes(tmp_path, "ses_two") == 0
    assert kill_session_processes(tmp_path, "ses_one") == 2
    for pid in (early, late):
        wait_until(lambda pid=pid: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_a_session_within_a_session_belongs_to_the_outer_one(given: Parent) -> None:
    parent, _ = given
    mark_process(parent.pid, "ses_outer")
    mark_process(parent.pid, "ses_inner")
    assert is_marked(parent.pid, "ses_outer")
    assert not is_marked(parent.pid, "ses_inner")


def test_what_is_not_there_or_not_ours_is_left_alone() -> None:
    assert not is_marked(os.getpid(), "ses_one")
    assert not is_marked(2**22 + 1, "ses_one")
    mark_process(2**22 + 1, "ses_one")
