"""Durable sessions: whatever is killed, they go on from the last finished cell, with all as it was."""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from sqlalchemy import update

from notebook_automation.compose.builders import build_server
from notebook_automation.domain.access import Caller
from notebook_automation.store import checkpoints
from notebook_automation.store.tables.sessions import sessions

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")
STAND_SETTINGS = {"lease": 2.0, "max_sessions": 1}


async def begun(stand: Stand, name: str, marker: Path) -> str:
    """Start a durable session that waits in its third cell for the file ``marker``.go; return its id."""
    stand.notebook(
        name,
        "import os, random, pathlib\nrandom.seed(7)\nitems = [1]\nalias = items\n"
        f"def ran(what):\n    open({str(marker)!r}, 'a').write(what + ' ')\nran('a')",
        "items.append(2); pathlib.Path('own.txt').write_text('first'); os.environ['SEEN'] = 'yes'; ran('b'); first = "
        "random.random()\nprint('so far')",
        "import time\npathlib.Path('own.txt').write_text('half'); ran('c')\n"
        f"while not os.path.exists({str(marker)!r} + '.go'):\n    time.sleep(0.05)",
        "alias.append(3); ran('d')\nprint(items, random.random(), os.environ['SEEN'])",
    )
    session_id = await stand.start(name, is_durable=True)
    await stand.running_cell(session_id, 3)
    return session_id


async def saved_twice(stand: Stand, session_id: str) -> None:
    async def both() -> bool:
        found = await stand.server.database.read(lambda tx: checkpoints.of_session(tx, session_id))
        return [one.number for one in found] == [0, 1]

    await eventually(both, "two checkpoints are stored")


async def test_a_killed_kernel(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    session_id = await begun(stand, "killed.ipynb", marker)
    await saved_twice(stand, session_id)
    Path(f"{marker}.go").touch()
    os.kill(stand.kernel_pid(session_id), signal.SIGKILL)
    session = await stand.ended(session_id)
    assert (session.status, session.attempt, session.reason) == ("completed", 2, None), await stand.log(session_id)
    assert marker.read_text().replace("c c ", "c ") == "a b c d "
    nb = await stand.executed(session_id, "killed.ipynb")
    random.seed(7)
    random.random()
    assert nb.cells[3].outputs[0].text == f"[1, 2, 3] {random.random()} yes\n"
    assert nb.cells[1].outputs[0].text == "so far\n"
    assert [cell.execution_count for cell in nb.cells] == [1, 2, 3, 4]
    assert [cell.metadata.papermill.status for cell in nb.cells] == ["completed"] * 4
    cells = await stand.services.sessions.cells(ANA, session.id)
    assert [(cell.status, cell.execution_count) for cell in cells] == [("ok", 1), ("ok", 2), ("ok", 3), ("ok", 4)]
    assert await stand.content(session_id, "own.txt") == b"half"
    await stand.cleared(session_id)


async def test_a_finished_cell_that_is_still_being_saved_does_not_run_again(stand: Stand, tmp_path: Path) -> None:
    """Its kernel is killed, as if it had no memory left, while a forked child still saves what the cell has made."""
    marker = tmp_path / "slow"
    stand.notebook(
        "slow.ipynb",
        "import os, time\nclass Slow:\n    def __reduce__(self):\n"
        f"        open({str(marker)!r} + '.saves', 'w').close()\n"
        f"        while not os.path.exists({str(marker)!r} + '.go'):\n            time.sleep(0.01)\n"
        "        return Slow, ()",
        f"open({str(marker)!r}, 'a').write('b ')\nslow = [Slow()]",
        f"open({str(marker)!r}, 'a').write('c ')\n"
        f"while not os.path.exists({str(marker)!r} + '.go'):\n    time.sleep(0.01)\nprint(slow)",
    )
    session_id = await stand.start("slow.ipynb", is_durable=True)
    await stand.running_cell(session_id, 3)
    await eventually(Path(f"{marker}.saves").exists, "it is being saved")
    kernel = stand.kernel_pid(session_id)
    os.kill(kernel, signal.SIGKILL)
    await stand.gone(kernel)
    assert await stand.server.database.read(lambda tx: len(checkpoints.of_session(tx, session_id))) <= 1
    Path(f"{marker}.go").touch()
    session = await stand.ended(session_id)
    assert (session.status, session.attempt) == ("completed", 2), await stand.log(session_id)
    assert marker.read_text() == "b c c "
    await stand.cleared(session_id)


async def test_what_is_being_saved_ends_with_a_session_that_is_cancelled(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "endless"
    stand.notebook(
        "endless.ipynb",
        "import os, time\nclass Endless:\n    def __reduce__(self):\n"
        f"        open({str(marker)!r}, 'w').write(str(os.getpid()))\n"
        "        while True:\n            time.sleep(0.01)",
        "endless = [Endless()]", "while True:\n    time.sleep(0.01)",
    )  # fmt: skip
    session_id = await stand.start("endless.ipynb", is_durable=True)
    await stand.running_cell(session_id, 3)
    await eventually(lambda: marker.exists() and marker.read_text(), "it is being saved")
    os.kill(stand.kernel_pid(session_id), signal.SIGKILL)
    saving = int(marker.read_text())
    await stand.services.sessions.cancel(ANA, session_id)
    assert (await stand.ended(session_id)).status == "cancelled"
    await stand.gone(saving)
    await stand.cleared(session_id)


@pytest.mark.parametrize("victim", ["runner", "supervisor"])
async def test_a_killed_process_of_ours(stand: Stand, tmp_path: Path, victim: str) -> None:
    marker = tmp_path / "marker"
    session_id = await begun(stand, f"{victim}.ipynb", marker)
    await saved_twice(stand, session_id)
    kernel = stand.kernel_pid(session_id)
    os.kill(stand.runner_pid(session_id) if victim == "runner" else stand.supervisor_pid, signal.SIGKILL)
    Path(f"{marker}.go").touch()
    session = await stand.ended(session_id)
    assert (session.status, session.attempt) == ("completed", 2), await stand.log(session_id)
    assert marker.read_text().replace("c c ", "c ") == "a b c d "
    await stand.gone(kernel)
    await stand.cleared(session_id)


async def test_a_server_that_stops_leaves_it_to_the_next(fresh_stand: MakeStand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    stand = await fresh_stand(max_sessions=1)
    session_id = await begun(stand, "stopped.ipynb", marker)
    await saved_twice(stand, session_id)
    await stand.server.stop()
    Path(f"{marker}.go").touch()
    again = build_server(stand.services.settings, api_url="http://127.0.0.1:9/notebook-automation/api/v1")
    await again.start()
    try:
        after = replace(stand, server=again)
        session = await after.ended(session_id)
        assert (session.status, session.attempt, session.crashes) == ("completed", 2, 0), await after.log(session_id)
        assert marker.read_text().replace("c c ", "c ") == "a b c d "
    finally:
        await again.stop()


async def test_it_is_not_tried_for_ever_where_it_is_killed_again_and_again(stand: Stand, tmp_path: Path) -> None:
    stand.notebook(
        "dies.ipynb", "x = 1", f"import os, signal; open({str(tmp_path / 'tries')!r}, 'a').write('x')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )  # fmt: skip
    session = await stand.run("dies.ipynb", is_durable=True)
    assert session.status == "failed"
    assert "died" in (session.reason or "")
    # More often only where the kernel died before what its first cell had left was saved.
    assert len((tmp_path / "tries").read_text()) >= 3
    assert any("3 times at the same place" in text for _, text in await stand.log(session.id))
    # A session that is not durable is not tried again at all.
    (tmp_path / "tries").unlink()
    assert (await stand.run("dies.ipynb")).status == "failed"
    assert (tmp_path / "tries").read_text() == "x"


async def test_what_cannot_be_saved_is_said_before_it_matters_and_never_passed_over(stand: Stand) -> None:
    stand.notebook(
        "plug.ipynb", "import socket, os, signal\nplug = socket.socket()", "print('still fine')",
        "os.kill(os.getpid(), signal.SIGKILL)",
    )  # fmt: skip
    session = await stand.run("plug.ipynb", is_durable=True)
    assert (session.status, session.attempt) == ("failed", 1)
    log = [text for _, text in await stand.log(session.id)]
    assert any(text.startswith("Not resumable past cell 1: `plug` is a socket") for text in log), log
    assert any(text.startswith("It cannot go on from its last finished cell: `plug`") for text in log), log


async def test_the_time_limit_counts_what_earlier_attempts_ran(stand: Stand, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    session_id = await begun(stand, "limited.ipynb", marker)
    await saved_twice(stand, session_id)
    ran = await stand.server.database.write(
        lambda tx: tx.execute(update(sessions).where(sessions.c.id == session_id).values(ran_before=1e6)).rowcount
    )
    assert ran == 1
    os.kill(stand.kernel_pid(session_id), signal.SIGKILL)
    session = await stand.ended(session_id)
    assert (session.status, session.attempt) == ("timeout", 2)
