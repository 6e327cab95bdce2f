"""Processes killed and stopped in the middle of a session: nothing runs twice, and every status becomes true."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.store.tables.sessions import sessions

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
LEASE = 2.0
STAND_SETTINGS = {"lease": LEASE, "max_sessions": 1}
"""Of the engine that is shared by the tests after which it goes on as before."""
on_module_loop = pytest.mark.asyncio(loop_scope="module")


async def in_cell_two(stand: Stand, marker: Path) -> str:
    """Start a session and return its id once it runs its long second cell."""
    stand.notebook(
        "work.ipynb",
        f"print('so far'); open({str(marker)!r}, 'a').write('ran ')",
        "import time; time.sleep(600)",
        f"open({str(marker)!r}, 'a').write('on ')",
    )
    session_id = await stand.start("work.ipynb")
    await stand.running_cell(session_id, 2)
    return session_id


async def still_works(stand: Stand) -> None:
    stand.notebook("small.ipynb", "print('fine')")
    assert (await stand.run("small.ipynb")).status == "completed"


@on_module_loop
async def test_a_killed_runner(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    session_id = await in_cell_two(stand, marker)
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    os.kill(runner, signal.SIGKILL)
    session = await stand.ended(session_id)
    assert session.status == "abandoned"
    assert "no sign of life" in (session.reason or "")
    await stand.gone(kernel)
    nb = await stand.executed(session_id, "work.ipynb")
    assert "so far\n" in [output.get("text") for cell in nb.cells for output in cell.get("outputs", [])]
    assert ("completion", "abandoned") in await stand.log(session_id)
    await still_works(stand)
    assert marker.read_text() == "ran "
    assert not (stand.data / "sessions" / session_id).exists()


@on_module_loop
async def test_a_killed_supervisor(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    session_id = await in_cell_two(stand, marker)
    waiting = await stand.start("work.ipynb")
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    os.kill(stand.supervisor_pid, signal.SIGKILL)
    session = await stand.ended(session_id)
    assert session.status == "abandoned"
    assert session.reason == "The server that ran it was stopped."
    for pid in (kernel, runner):
        await stand.gone(pid)
    nb = await stand.executed(session_id, "work.ipynb")
    assert "so far\n" in [output.get("text") for cell in nb.cells for output in cell.get("outputs", [])]
    # What waited runs under the next supervisor.
    await stand.running_cell(waiting, 2)
    await stand.services.sessions.cancel(ANA, waiting)
    assert (await stand.ended(waiting)).status == "cancelled"


def _opened_by_a_reader(path: Path) -> int:
    """Return a descriptor that writes to a named pipe; 0 while nobody waits at its other end."""
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return 0


async def test_a_killed_supervisor_whose_runner_has_not_begun(
    fresh_stand: MakeStand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A runner reads this before all else, and waits while it is a pipe that nobody has written to.
    os.mkfifo(gate := tmp_path / "gate")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nif 'runner' in sys.argv: open({str(gate)!r}).read()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    stand = await fresh_stand(lease=LEASE, use_fork_server=False, warm_runners=0)
    marker = tmp_path / "marker"
    stand.notebook("once.ipynb", f"open({str(marker)!r}, 'a').write('ran ')")
    session_id = await stand.start("once.ipynb")
    pipe = await eventually(lambda: _opened_by_a_reader(gate), "a runner that waits")
    gate.unlink()
    gate.touch()
    claimed = await stand.session(session_id)
    assert claimed.status == "scheduled"
    os.kill(stand.supervisor_pid, signal.SIGKILL)
    # Its runner had half a minute to begin.
    ran_out = update(sessions).where(sessions.c.id == session_id).values(lease_until=0.0)
    await stand.server.database.write(lambda tx: tx.execute(ran_out))
    await stand.when(session_id, lambda session: session.owner != claimed.owner)
    os.close(pipe)
    assert (await stand.ended(session_id)).status == "completed"
    assert marker.read_text() == "ran "


@on_module_loop
async def test_a_runner_stopped_past_its_lease_is_refused_when_it_goes_on(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    session_id = await in_cell_two(stand, marker)
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    os.kill(runner, signal.SIGSTOP)
    try:
        session = await stand.ended(session_id)
    finally:
        os.kill(runner, signal.SIGCONT)
    assert session.status == "abandoned"
    await stand.gone(kernel)
    await stand.gone(runner)
    assert await stand.session(session_id) == session
    assert [kind for kind, _ in await stand.log(session_id)].count("completion") == 1
    assert set(await stand.artifacts(session_id)) == {"work.ipynb"}
    assert marker.read_text() == "ran "


@on_module_loop
async def test_a_stopped_server_ends_its_sessions_and_the_next_one_runs_what_waits(
    stand: Stand, tmp_path: Path
) -> None:
    session_id = await in_cell_two(stand, tmp_path / "marker")
    waiting = await stand.start("work.ipynb")
    kernel = stand.kernel_pid(session_id)
    await stand.server.engine.stop()
    session = await stand.session(session_id)
    assert (session.status, session.reason) == ("abandoned", "The server that ran it was stopped.")
    await stand.gone(kernel)
    assert (await stand.session(waiting)).status == "requested"
    await stand.server.engine.start()
    await stand.running_cell(waiting, 2)
    await stand.services.sessions.cancel(ANA, waiting)
    assert (await stand.ended(waiting)).status == "cancelled"


_SERVER = """
import asyncio, json, sys
from notebook_automation.compose.builders import build_server
from notebook_automation.settings import Settings

async def serve():
    await build_server(Settings(**json.loads(sys.argv[1])), api_url="").start()
    await asyncio.Event().wait()

asyncio.run(serve())
"""


async def test_a_killed_server(fresh_stand: MakeStand, tmp_path: Path) -> None:
    stand = await fresh_stand(lease=LEASE, run_engine=False, max_sessions=1)
    settings = json.dumps(asdict(replace(stand.services.settings, run_engine=True)))
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, settings)
    marker = tmp_path / "marker"
    session_id = await in_cell_two(stand, marker)
    waiting = await stand.start("work.ipynb")
    kernel, runner = stand.kernel_pid(session_id), stand.runner_pid(session_id)
    server.kill()
    await server.wait()
    session = await stand.ended(session_id)
    assert (session.status, session.reason) == ("abandoned", "The server that ran it was stopped.")
    for pid in (kernel, runner):
        await stand.gone(pid)
    assert (await stand.session(waiting)).status == "requested"
    (stand.data / "sessions" / "ses_of_long_ago" / "work").mkdir(parents=True)
    await stand.server.engine.start()
    await stand.running_cell(waiting, 2)
    assert marker.read_text() == "ran ran "
    await stand.services.sessions.cancel(ANA, waiting)
    assert (await stand.ended(waiting)).status == "cancelled"
    assert not (stand.data / "sessions" / "ses_of_long_ago").exists()


async def test_a_session_whose_runners_cannot_begin_fails_with_what_they_said(fresh_stand: MakeStand) -> None:
    stand = await fresh_stand(warm_runners=0, start_tries=2)
    stand.notebook("small.ipynb", "1")
    await stand.services.projects.set_variable(ANA, stand.project, "password", "canary", secret=True)
    key = stand.data / "secret.key"
    right = key.read_bytes()
    key.unlink()
    session = await stand.run("small.ipynb")
    assert session.status == "failed"
    assert session.reason is not None
    assert session.reason.startswith("Its runner ended with code 4 before it began. It said: A secret cannot be read")
    assert (await stand.log(session.id))[-1] == ("completion", "failed")
    key.write_bytes(right)
    await still_works(stand)
