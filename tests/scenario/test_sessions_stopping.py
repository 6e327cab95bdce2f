"""A session that is stopped before its end: cancelled, out of time, or its kernel gone; nothing of it lives on."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from notebook_automation.domain.access import Caller

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")


async def cancelled_in_cell_two(stand: Stand, call: str) -> tuple[str, list[int]]:
    """Cancel a session in its second cell; return its id and the processes it had."""
    session_id = await stand.start(call)
    await stand.running_cell(session_id, 2)
    processes = [stand.kernel_pid(session_id), stand.runner_pid(session_id)]
    await asyncio.gather(*(stand.services.sessions.cancel(ANA, session_id) for _ in range(2)))
    return session_id, processes


@pytest.mark.parametrize(
    "busy",
    [
        "import time; time.sleep(600)",
        "while True: pass",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import subprocess; subprocess.run(['sleep', '600'])",
    ],
    ids=["sleep", "loop", "deaf loop", "subprocess"],
)
async def test_a_cancelled_session_ends_with_its_output_so_far(stand: Stand, busy: str) -> None:
    stand.notebook("busy.ipynb", "print('before'); open('made.txt', 'w').write('made')", busy, "print('after')")
    session_id, processes = await cancelled_in_cell_two(stand, "busy.ipynb")
    session = await stand.ended(session_id)
    assert (session.status, session.reason, session.error) == ("cancelled", "Cancelled by ana.", None)
    made = await stand.artifacts(session_id)
    assert set(made) == {"busy.ipynb", "made.txt"}
    nb = await stand.executed(session_id, "busy.ipynb")
    texts = [output.get("text", "") for cell in nb.cells for output in cell.get("outputs", [])]
    assert "before\n" in texts
    assert "after\n" not in texts
    log = await stand.log(session_id)
    assert ("stop_request", "Cancelled by ana.") in log
    assert log[-1] == ("completion", "cancelled")
    for pid in processes:
        await stand.gone(pid)
    again = (await stand.services.sessions.cancel(ANA, session_id)).session
    assert again.status == "cancelled"
    assert again.finished_at == session.finished_at


async def test_a_session_is_stopped_at_its_time_limit(stand: Stand) -> None:
    stand.notebook("long.ipynb", "print('begun')", "import time; time.sleep(600)")
    session = await stand.run("long.ipynb", time_limit=2.0)
    assert (session.status, session.reason) == ("timeout", "It was stopped at its time limit of 2 seconds.")
    assert session.duration is not None
    assert 1.9 < session.duration < 10
    assert ("print", "begun") in await stand.log(session.id)


async def test_a_queued_session_is_cancelled_at_once_and_never_runs(stand: Stand, tmp_path: Path) -> None:
    stand.notebook("wait.ipynb", "import time; time.sleep(600)")
    stand.notebook("touch.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    holding = [await stand.start("wait.ipynb") for _ in range(2)]
    for session_id in holding:
        await stand.when(session_id, lambda session: session.status == "running")
    queued = await stand.start("touch.ipynb")
    assert (await stand.services.sessions.cancel(ANA, queued)).session.status == "cancelled"
    for session_id in holding:
        await stand.services.sessions.cancel(ANA, session_id)
        assert (await stand.ended(session_id)).status == "cancelled"
    assert not (tmp_path / "ran").exists()


OVERFLOW = """
import sys
sys.setrecursionlimit(10**7)
class Endless:
    def __getattr__(self, name):
        return getattr(self, name)
Endless().x
"""


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("import os; os._exit(3)", "exited with code 3"),
        ("import os, signal; os.kill(os.getpid(), 9)", "SIGKILL"),
        (OVERFLOW, "SIGSEGV"),
    ],
    ids=["exit", "kill", "stack overflow"],
)
async def test_a_kernel_that_dies_fails_its_session_with_the_cause(stand: Stand, cell: str, cause: str) -> None:
    stand.notebook("dies.ipynb", "print('before')", cell, "print('after')")
    session = await stand.run("dies.ipynb")
    assert session.status == "failed"
    assert session.reason is not None
    assert cause in session.reason
    assert session.error is not None
    assert session.error.cell_index == 1
    nb = await stand.executed(session.id, "dies.ipynb")
    assert "before\n" in [output.get("text") for cell in nb.cells for output in cell.get("outputs", [])]


async def test_a_kernel_killed_from_outside_fails_its_session_soon(stand: Stand) -> None:
    stand.notebook("killed.ipynb", "1", "import time; time.sleep(600)")
    session_id = await stand.start("killed.ipynb")
    await stand.running_cell(session_id, 2)
    os.kill(stand.kernel_pid(session_id), signal.SIGKILL)
    session = await stand.ended(session_id)
    assert session.status == "failed"
    assert session.reason is not None
    assert "SIGKILL" in session.reason


LEAVES = """
import os, subprocess
pids = [subprocess.Popen(["sleep", "600"]).pid, subprocess.Popen(["sleep", "601"], start_new_session=True).pid]
reading, writing = os.pipe()
if not os.fork():
    os.setsid()
    if not os.fork():
        os.write(writing, str(os.getpid()).encode())
        os.execve("/usr/bin/env", ["env", "-i", "sleep", "602"], {})
    os._exit(0)
pids.append(int(os.read(reading, 20)))
"""


@pytest.mark.parametrize("ending", ["completed", "failed", "cancelled"])
async def test_what_a_session_leaves_running_ends_with_it(stand: Stand, tmp_path: Path, ending: str) -> None:
    await leave_and_end(stand, tmp_path, ending)


@pytest.mark.asyncio(loop_scope="function")
async def test_what_a_session_leaves_running_ends_with_a_plain_kernel_too(
    fresh_stand: MakeStand, tmp_path: Path
) -> None:
    stand = await fresh_stand(use_fork_server=False, warm_runners=0)
    for ending in ("completed", "cancelled"):
        await leave_and_end(stand, tmp_path, ending)


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("killed", ["runner", "fork server"])
async def test_what_a_session_leaves_ends_also_where_its_keeper_is_killed(
    fresh_stand: MakeStand, tmp_path: Path, killed: str
) -> None:
    """A plain runner, or the process that the kernel was forked from: whoever would have ended the rest."""
    warm = killed == "fork server"
    stand = await fresh_stand(lease=2.0, use_fork_server=warm, warm_runners=int(warm))
    session_id = await leave(stand, tmp_path, "import time; time.sleep(600)")
    await stand.running_cell(session_id, 2)
    keeper = psutil.Process(stand.kernel_pid(session_id)).ppid()
    assert (keeper != stand.runner_pid(session_id)) is warm
    os.kill(keeper, signal.SIGKILL)
    assert (await stand.ended(session_id)).status == ("failed" if warm else "abandoned")
    await all_gone(stand, tmp_path)


async def leave_and_end(stand: Stand, tmp_path: Path, ending: str) -> None:
    last = {"completed": "", "failed": "1 / 0", "cancelled": "import time; time.sleep(600)"}[ending]
    session_id = await leave(stand, tmp_path, last)
    if ending == "cancelled":
        await stand.running_cell(session_id, 2)
        await stand.services.sessions.cancel(ANA, session_id)
    assert (await stand.ended(session_id)).status == ending
    await all_gone(stand, tmp_path)


async def leave(stand: Stand, tmp_path: Path, last: str) -> str:
    """Start a session that leaves processes in its first cell and does ``last`` in its second; return its id."""
    write = f"open({str(tmp_path / 'pids')!r}, 'w').write(' '.join(map(str, pids)))"
    stand.notebook("children.ipynb", f"{LEAVES}\n{write}", f"1\n{last}")
    return await stand.start("children.ipynb")


async def all_gone(stand: Stand, tmp_path: Path) -> None:
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        await stand.gone(pid)
