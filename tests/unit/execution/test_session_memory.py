"""The memory of a session's processes is counted once, whoever of them holds it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from notebook_automation.execution.session_mark import mark_process
from notebook_automation.execution.session_memory import _by_library, used_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

MIB = 2**20
SESSION = "ses_memory"
HOLDS = """
import os, subprocess, sys
held = bytearray(os.urandom(1)) * (60 << 20)
pids = [os.getpid()]
for _ in range(3):
    pid = os.fork()
    if not pid:
        sys.stdin.readline()
        os._exit(0)
    pids.append(pid)
code = "held = bytearray(b'x') * (40 << 20); print('there', flush=True); import sys; sys.stdin.readline()"
other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
other.stdout.readline()
print("there", flush=True)
sys.stdin.readline()
other.kill()
"""


@pytest.fixture
def holding() -> Iterator[int]:
    """A process that holds 60 MiB, three forks that share them, and a detached child with 40 MiB; all are marked."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    mark_process(process.pid, SESSION)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        yield process.pid
        process.communicate(b"\n" * 9)


def test_what_several_processes_share_is_counted_once(holding: int) -> None:
    exact = used_memory(holding, SESSION, 0)
    assert 100 * MIB < exact < 200 * MIB
    # Each of the four holds the same 60 MiB: together no more than one of them, which tells a limit of 250 MiB.
    assert used_memory(holding, SESSION, 250 * MIB) < 250 * MIB


def test_a_quick_look_is_enough_while_it_is_far_below(holding: int) -> None:
    quick = used_memory(holding, SESSION, 10_000 * MIB)
    assert quick > 250 * MIB, "as each process says it: never less than it is"


def test_processes_that_nothing_marked_are_found_below_the_kernel(holding: int) -> None:
    assert used_memory(holding, "ses_another", 0) > 100 * MIB


def test_where_there_is_no_proc_a_library_knows_it(holding: int) -> None:
    assert _by_library(holding) > 100 * MIB


def test_a_process_that_has_ended_holds_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert used_memory(ended.pid, SESSION, 0) == 0
    assert _by_library(ended.pid) == 0
