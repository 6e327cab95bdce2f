"""What a child has detached from itself ends with it, in whatever way either is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.forkserver.server import orphans


async def left_by(server: Any, **request: bool) -> tuple[Any, list[int]]:
    await server.ready(60)
    process = await server.spawn({"parent_stays": False, "waits": True, **request})
    message = await process.received("left", 60)
    return process, message["left"]


async def all_end(pids: list[int], running: Any) -> None:
    await eventually(lambda: not any(map(running, pids)), lambda: f"{pids} end")


@pytest.mark.parametrize("parent_stays", [True, False])
async def test_it_ends_with_a_child_that_ends_by_itself(make_server: Any, running: Any, parent_stays: bool) -> None:
    server = make_server("leave")
    process, pids = await left_by(server, parent_stays=parent_stays, waits=False)
    assert await process.exit_code() == 0
    await all_end(pids, running)


@pytest.mark.parametrize("parent_stays", [True, False])
async def test_it_ends_with_a_child_that_is_killed_and_nobody_else_does(
    make_server: Any, running: Any, parent_stays: bool
) -> None:
    server = make_server("leave", spares=1)
    process, pids = await left_by(server, parent_stays=parent_stays)
    other, others = await left_by(server, parent_stays=parent_stays)
    os.kill(process.pid, signal.SIGKILL)
    await all_end(pids, running)
    assert all(map(running, others))
    assert other.poll() is None
    other.kill()
    await all_end(others, running)
    again, _ = await left_by(server, parent_stays=parent_stays, waits=False)
    assert await again.exit_code() == 0


async def test_what_may_outlive_a_child_ends_with_the_server(make_server: Any, running: Any) -> None:
    name = os.path.basename(sys.executable)[:15]
    server, left = make_server("leave", outliving=[name]), []
    for _ in range(2):
        process, [pid] = await left_by(server)
        await eventually(lambda pid=pid: Path(f"/proc/{pid}/comm").read_text().strip() == name)  # type: ignore[misc]
        os.kill(process.pid, signal.SIGKILL)
        await process.exited()
        left.append(pid)
    # By the end of the second the server has looked at what the first has left.
    assert running(left[0])
    server.close()
    await all_end(left, running)


async def test_it_ends_with_the_server(make_server: Any, running: Any) -> None:
    server = make_server("leave")
    _, pids = await left_by(server)
    server.close()
    await all_end(pids, running)


def test_what_comes_to_the_server_while_it_looks_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen(["sleep", "600"])
    try:
        looks = iter([[], [child.pid], [child.pid], [child.pid]])
        monkeypatch.setattr(orphans, "children_of_this", lambda: next(looks))
        assert not orphans.kill_orphans((), ["sleep"])
        assert not orphans.kill_orphans((), ["sleep"])
        assert child.poll() is None
        assert orphans.kill_orphans((), ["other"])
        assert child.wait() == -signal.SIGKILL
    finally:
        child.kill()
