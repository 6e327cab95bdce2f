"""Sessions whose runner and kernel are forked: none sees another's state, and whoever is killed leaves nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from command_lines import command_line
from eventually import eventually

from notebook_automation.domain.access import Caller
from notebook_automation.execution.import_history import import_history

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
LEASE = 2.0
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="kernels are forked on Linux only")
STAND_SETTINGS = {"lease": LEASE}
"""Of the engine that is shared by the tests that leave it as warm as they found it."""
on_module_loop = pytest.mark.asyncio(loop_scope="module")


async def how(stand: Stand, session_id: str) -> dict[str, Any]:
    """Return what the session's log says of its start."""
    [first] = await stand.services.sessions.log(ANA, session_id, after=0, limit=1)
    assert first.kind == "start"
    return dict(first.data or {})


async def warm(stand: Stand) -> None:
    """Run sessions until one is forked."""
    stand.notebook("small.ipynb", "1")

    async def is_forked() -> bool:
        session = await stand.run("small.ipynb")
        assert session.status == "completed"
        said = await how(stand, session.id)
        assert said["warm"] or said["reason"]
        return bool(said["warm"])

    await eventually(is_forked, "a session that is forked", pause=0.3)


async def prints_true(stand: Stand, notebook: str) -> None:
    """Run ``notebook`` until its last cell does."""

    async def prints_true_now() -> bool:
        session = await stand.run(notebook)
        nb = await stand.executed(session.id, notebook)
        return str(nb.cells[-1].outputs[0].text) == "True\n"

    # One right after the other: sessions that keep coming must not put the learning off.
    await eventually(prints_true_now, "a session that prints True", pause=0)


def fork_servers(stand: Stand) -> list[psutil.Process]:
    children = psutil.Process(stand.supervisor_pid).children()
    return [child for child in children if "forkserver" in " ".join(command_line(child))]


def below(stand: Stand) -> list[int]:
    """Return the supervisor and all processes below it."""
    supervisor = psutil.Process(stand.supervisor_pid)
    return [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]


DIRTY = """
import os, random, sys, json, signal, textwrap, threading
os.environ["LEFT_BEHIND"] = "1"
os.chdir("/")
sys.path.insert(0, "/left-behind")
textwrap.dedent = None  # nothing that a kernel needs to answer with, as json.dumps would be
json.left_behind = True
builtins = __import__("builtins"); builtins.left_behind = True
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
left_behind = True
"""
LOOK = """
import os, sys, json, random, signal, shop
import builtins, textwrap, uuid
print("env", os.environ.get("LEFT_BEHIND"), "cwd", os.path.basename(os.getcwd()), "path", "/left-behind" in sys.path)
print("json", textwrap.dedent(" 1"), hasattr(json, "left_behind"), hasattr(builtins, "left_behind"))
print("name", "left_behind" in globals(), signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL, shop.PLACE)
"""


@on_module_loop
async def test_a_warm_session_is_forked_and_sees_nothing_of_the_one_before(stand: Stand) -> None:
    (stand.project_folder / "shop.py").write_text("PLACE = 'here'\n")
    stand.notebook("dirty.ipynb", DIRTY)
    stand.notebook("look.ipynb", LOOK)
    stand.notebook("random.ipynb", "import random, uuid, os; print(random.random(), uuid.uuid4(), os.getpid())")
    await warm(stand)
    dirty = await stand.run("dirty.ipynb")
    looked = await stand.run("look.ipynb")
    assert [(await how(stand, session.id))["warm"] for session in (dirty, looked)] == [True, True]
    nb = await stand.executed(looked.id, "look.ipynb")
    assert nb.cells[0].outputs[0].text.splitlines() == [
        "env None cwd work path False",
        "json 1 False False",
        "name False True here",
    ]
    drawn = []
    for _ in range(3):
        session = await stand.run("random.ipynb")
        drawn.append((await stand.executed(session.id, "random.ipynb")).cells[0].outputs[0].text.split())
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == 3


@on_module_loop
async def test_imports_are_learned_and_found_loaded_by_the_next_session(stand: Stand) -> None:
    stand.notebook("imports.ipynb", "import sys\nwas_there = 'wave' in sys.modules", "import wave\nprint(was_there)")
    await prints_true(stand, "imports.ipynb")
    assert "wave" in import_history(stand.services.settings).preload("python3")


@on_module_loop
async def test_what_packages_load_at_their_first_use_is_found_loaded_too(stand: Stand) -> None:
    """Of `encodings` every kernel has loaded a part; the rest comes when text is encoded with it."""
    codecs = ["cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500"]
    stand.notebook(
        "codecs.ipynb",
        f"import sys\ncodecs = {codecs}\nfound = [c for c in codecs if f'encodings.{{c}}' in sys.modules]",
        "for codec in codecs: 'a'.encode(codec)",
        "print(found == codecs)",
    )
    await prints_true(stand, "codecs.ipynb")
    assert set(import_history(stand.services.settings).preload("python3")) > {f"encodings.{codec}" for codec in codecs}


@on_module_loop
async def test_what_a_notebook_writes_at_its_very_end_is_kept_too(stand: Stand) -> None:
    stand.notebook(
        "late.ipynb",
        "import atexit, os, time\nfrom pathlib import Path",
        "def write():\n    time.sleep(0.5)\n    Path('late.txt').write_text('at exit')",
        "_ = atexit.register(write)\nheld = open('held.txt', 'w')\n_ = held.write('never closed')",
    )
    for _ in range(2):
        session = await stand.run("late.ipynb")
        assert session.status == "completed"
        assert await stand.content(session.id, "late.txt") == b"at exit"
        assert await stand.content(session.id, "held.txt") == b"never closed"
        log = await stand.log(session.id)
        assert log[-1] == ("completion", "completed")
        assert [text for kind, text in log if kind == "artifact"] == ["late.ipynb", "held.txt", "late.txt"]
        await warm(stand)
    assert (await how(stand, session.id))["warm"] is True


@on_module_loop
async def test_a_project_that_has_a_module_of_a_loaded_ones_name_gets_a_plain_kernel(stand: Stand) -> None:
    await warm(stand)
    own = stand.project_folder / "psutil.py"
    own.write_text("OWN = True\n")
    stand.notebook("own.ipynb", "import psutil; print(psutil.OWN)")
    session = await stand.run("own.ipynb")
    own.unlink()
    said = await how(stand, session.id)
    assert said["warm"] is False
    assert "psutil.py" in said["reason"]


@on_module_loop
async def test_a_killed_runner_of_a_warm_session_takes_its_kernel_along(stand: Stand) -> None:
    await warm(stand)
    stand.notebook("long.ipynb", "print('so far')", "import time; time.sleep(600)")
    session_id = await stand.start("long.ipynb")
    await stand.running_cell(session_id, 2)
    assert (await how(stand, session_id))["warm"] is True
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    os.kill(runner, signal.SIGKILL)
    await stand.gone(kernel)
    assert (await stand.ended(session_id)).status == "abandoned"
    await warm(stand)


@on_module_loop
async def test_a_killed_supervisor_leaves_no_process(stand: Stand) -> None:
    await warm(stand)
    stand.notebook("long.ipynb", "print('so far')", "import time; time.sleep(600)")
    session_id = await stand.start("long.ipynb")
    await stand.running_cell(session_id, 2)
    there = below(stand)
    assert len(there) >= 5
    os.kill(there[0], signal.SIGKILL)
    session = await stand.ended(session_id)
    assert (session.status, session.reason) == ("abandoned", "The server that ran it was stopped.")
    for pid in there:
        await stand.gone(pid)
    await warm(stand)


@on_module_loop
async def test_killed_fork_servers_end_their_sessions_and_others_take_their_place(stand: Stand) -> None:
    await warm(stand)
    stand.notebook("long.ipynb", "print('so far')", "import time; time.sleep(600)")
    session_id = await stand.start("long.ipynb")
    await stand.running_cell(session_id, 2)
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    servers = fork_servers(stand)
    assert len(servers) >= 2  # one of runners, one of kernels, and perhaps the one that will take its place
    kernels = next(server for server in servers if kernel in [child.pid for child in server.children()])
    kernels.kill()
    session = await stand.ended(session_id)
    assert session.status == "failed"
    assert "died" in (session.reason or "").lower()
    await stand.gone(kernel)
    await stand.gone(runner)
    # Without the kernels' fork server, a session runs in a plain kernel.
    assert (await stand.run("small.ipynb")).status == "completed"
    for server in fork_servers(stand):
        server.kill()
    assert (await stand.run("small.ipynb")).status == "completed"
    await warm(stand)


@on_module_loop
async def test_nothing_is_left_of_what_was_kept_ready_when_the_engine_stops(stand: Stand) -> None:
    await warm(stand)
    there = below(stand)
    await stand.server.engine.stop()
    for pid in there:
        await stand.gone(pid)
    await stand.server.engine.start()


async def test_warm_processes_are_given_back_when_idle(fresh_stand: MakeStand) -> None:
    stand = await fresh_stand(warm_idle=4.0)
    await warm(stand)
    servers = [server.pid for server in fork_servers(stand)]
    assert servers
    for pid in servers:
        await stand.gone(pid)
    await eventually(lambda: below(stand) == [stand.supervisor_pid], lambda: below(stand))


@pytest.mark.parametrize("settings", [{"use_fork_server": False}, {"warm_memory": 0}])
async def test_without_fork_servers_sessions_run_in_plain_processes(
    fresh_stand: MakeStand, settings: dict[str, Any]
) -> None:
    stand = await fresh_stand(warm_runners=0, **settings)
    stand.notebook("small.ipynb", "1")
    session = await stand.run("small.ipynb")
    assert session.status == "completed"
    assert (await how(stand, session.id))["warm"] is False
    assert fork_servers(stand) == []
