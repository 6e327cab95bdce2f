"""Fork servers that belong to another process: asked over a shared line, with folders and descriptors of one's own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from eventually import eventually

from notebook_automation.forkserver import ForkOptions, ForkServer, ForkServerGone, Recipe, Report
from notebook_automation.forkserver.client.shared_server import hidden_module, without_folders
from notebook_automation.forkserver.client.spawner import AttachedServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")

ENTRY = """
import os, sys, time

def main(request, child):
    message = {"pid": os.getpid(), "path": sys.path[:2], "first": request.get("first")}
    for fd in child.descriptors:
        os.write(fd, b"hello")
        os.close(fd)
    child.send(message)
    if request.get("wait"):
        sys.stdin.read()
        child.send({"received": "the end"})
        time.sleep(request["wait"])
    return 7
"""


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[ForkServer]:
    (tmp_path / "entry_of_test.py").write_text(ENTRY)
    recipe = Recipe(
        (sys.executable,),
        entry="entry_of_test:main",
        core=("entry_of_test",),
        options=ForkOptions(linger_seconds=0.5, spares=0),
    )
    one = ForkServer(recipe, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    await one.ready(30)
    yield one
    await asyncio.to_thread(one.close)


async def test_another_holder_of_the_line_gets_children_of_its_own(server: ForkServer) -> None:
    assert server.report is not None
    attached = AttachedServer(server.control(), server.report)
    mine, theirs = await asyncio.gather(server.spawn({"first": "owner"}), attached.spawn({"first": "guest"}))
    messages = [await process.received("first", 10) for process in (mine, theirs)]
    assert [one and one["first"] for one in messages] == ["owner", "guest"]
    assert await mine.exited(10)
    assert await theirs.exited(10)
    assert (mine.returncode, theirs.returncode) == (7, 7)
    attached.close()
    assert await (await server.spawn({})).exited(10)


async def test_folders_come_first_and_descriptors_arrive(server: ForkServer, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = await server.spawn({}, path=[str(tmp_path / "own")], descriptors=[writing])
    os.close(writing)
    message = await process.received("path", 10)
    assert message is not None
    assert message["path"][0] == str(tmp_path / "own")
    assert await asyncio.to_thread(os.read, reading, 100) == b"hello"
    assert await asyncio.to_thread(os.read, reading, 100) == b""
    os.close(reading)


async def test_a_child_that_lost_its_client_gets_a_moment_and_is_killed_then(server: ForkServer) -> None:
    stdin, hold = os.pipe()
    quick = await server.spawn({"wait": 0.0001}, stdin=stdin)
    slow = await server.spawn({"wait": 600}, stdin=stdin)
    os.close(stdin)
    pids = [(await process.received("pid", 10) or {})["pid"] for process in (quick, slow)]
    quick.close()
    slow.close()
    os.close(hold)
    await eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


async def test_a_closed_server_refuses_its_guests(server: ForkServer) -> None:
    assert server.report is not None
    attached = AttachedServer(server.control(), server.report)
    await asyncio.to_thread(server.close)
    with pytest.raises(ForkServerGone):
        await attached.spawn({})
    assert attached.retiring


def test_folders_of_one_kernel_are_no_part_of_what_kernels_share() -> None:
    first = ["/session/work"]
    assert without_folders({"A": "1", "PYTHONPATH": "/session/work"}, first) == {"A": "1"}
    assert without_folders({"PYTHONPATH": "/session/work:/lib"}, first) == {"PYTHONPATH": "/lib"}
    assert without_folders({"PYTHONPATH": "/lib"}, first) == {"PYTHONPATH": "/lib"}


def test_a_module_that_a_loaded_one_would_hide_is_named(tmp_path: Path) -> None:
    report = Report(1, "3", {}, {}, {}, {}, loaded=("json", "wave", "pandas"))
    for name in ("json.ipynb", "wave.csv", "shop.py"):
        (tmp_path / name).touch()
    (tmp_path / "pandas").mkdir()
    assert hidden_module(report, [str(tmp_path), "/not/there"]) == ""
    (tmp_path / "pandas" / "__init__.py").touch()
    assert hidden_module(report, [str(tmp_path)]) == "pandas"
    (tmp_path / "pandas" / "__init__.py").unlink()
    (tmp_path / "wave.py").touch()
    assert hidden_module(report, [str(tmp_path)]) == "wave.py"
