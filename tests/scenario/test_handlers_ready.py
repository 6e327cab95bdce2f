"""A handler that is kept ready: its set-up runs once, ahead; every event sees it as if it had run for it alone."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from eventually import eventually

from notebook_automation.domain.sessions import Session
from notebook_automation.supervisor.warm_report import reported_troubles
from tests.scenario.conftest import ANA, MakeStand, Stand

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
]

Warm = Callable[..., Awaitable[str]]
HANDLE = "%%trigger handle --webhook\n"


async def registered(stand: Stand, name: str, *cells: str, **fields: Any) -> str:
    """Register a warm handler in a notebook of its own; return the trigger's key."""
    stand.notebook(f"{name}.ipynb", *cells)
    fields = {"name": name, "type": "manual", "call": f"{name}.ipynb:handle", "warm": True, **fields}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=True)
    return f"sales/{name}"


@pytest_asyncio.fixture(loop_scope="module")
async def warm(stand: Stand) -> AsyncIterator[Warm]:
    """`registered` on the module's stand, for the time of one test: the set-up of a handler that stays would run again
    whenever another test writes a file."""
    keys: list[str] = []

    async def register(name: str, *cells: str, **fields: Any) -> str:
        keys.append(await registered(stand, name, *cells, **fields))
        return keys[-1]

    yield register
    for key in keys:
        await stand.services.triggers.remove(ANA, key)


async def fire(stand: Stand, key: str, data: Any = None, **options: Any) -> Session:
    receipt = await stand.services.events.fire(ANA, key, data=data, **options)
    session = await stand.ended(receipt.session_ids[0])
    assert session.status == "completed", session.reason
    return session


async def start_line(stand: Stand, session: Session) -> dict[str, Any]:
    """What the session's log says of how it began."""
    lines = await stand.services.sessions.log(ANA, session.id, after=0, limit=50)
    return next(dict(line.data or {}) for line in lines if line.kind == "start")


async def fire_until(stand: Stand, key: str, holds: Callable[[dict[str, Any]], bool]) -> tuple[Session, dict[str, Any]]:
    """Fire until a session began as wanted; return it with its first line."""
    line: dict[str, Any] = {}

    async def began() -> Session | None:
        session = await fire(stand, key)
        line.clear()
        line.update(await start_line(stand, session))
        return session if holds(line) else None

    # Each look is a whole session, which a set-up that runs has to share the processors with.
    session = await eventually(began, lambda: f"another start than {line}", pause=1.0)
    assert session is not None
    return session, line


def ran_ahead(line: dict[str, Any]) -> bool:
    return line.get("set_up") == "ran ahead"


async def printed(stand: Stand, session: Session, kind: str = "print") -> list[str]:
    return [text for found, text in await stand.log(session.id) if found == kind]


def handler_servers(stand: Stand) -> list[int]:
    """The fork servers that keep set-ups: children of the supervisor that hold no other name."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                children = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if int(children[1]) == stand.supervisor_pid and b"forkserver" in command:
                found.append(int(folder.name))
    return found


async def test_the_set_up_runs_once_and_each_event_has_it_for_itself(stand: Stand, warm: Warm, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    (stand.project_folder / "prices.py").write_text("class Price:\n    def __init__(self, cents): self.cents = cents\n")
    key = await warm(
        "orders",
        f"import os, random\nimport prices\nopen({str(counter)!r}, 'a').write('x')\n"
        "print('set up')\nstate = [1]\n'shown'",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
        "import notebook_automation as na\nclass Order: pass\ndef double(x): return [Order, state, x * 2][2]",
        HANDLE + "import pickle, json\n"
        "state.append(len(state)); os.environ['LEAK'] = os.environ.get('LEAK', '') + 'x'\n"
        "open('made.txt', 'a').write('x')\n"
        "pickle.loads(pickle.dumps(Order())), prices.Price(3).cents\n"
        "print(json.dumps({'state': state, 'leak': os.environ['LEAK'], 'cwd': os.getcwd(), 'made': "
        "open('made.txt').read(), 'random': random.random(), 'double': double(4), 'event': na.event.data,"
        "'ours': na.session.id, 'name': __name__}))\n"
        "plt.plot([3])",
    )  # fmt: skip
    await fire_until(stand, key, ran_ahead)
    runs_before = counter.read_text()
    told, sessions = [], []
    for number in range(3):
        session = await fire(stand, key, {"number": number})
        line = await start_line(stand, session)
        assert ran_ahead(line), line
        told.append(json.loads((await printed(stand, session))[-1]))
        sessions.append(session)
    assert counter.read_text() == runs_before
    assert [one["event"] for one in told] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert [one["ours"] for one in told] == [session.id for session in sessions]
    assert {(one["leak"], one["made"], one["double"], one["name"], *one["state"]) for one in told} == {
        ("x", "x", 8, "__main__", 1, 1)
    }
    assert len({one["random"] for one in told}) == 3
    assert all(session.id in one["cwd"] for one, session in zip(told, sessions, strict=True))
    nb = await stand.executed(sessions[-1].id, "orders.ipynb")
    assert [cell.execution_count for cell in nb.cells] == [1, 2, 3, 4]
    assert [output.output_type for output in nb.cells[0].outputs] == ["stream", "execute_result"]
    assert nb.cells[0].outputs[0].text == "set up\n"
    assert "image/png" in nb.cells[1].outputs[0].data
    assert any("image/png" in output.get("data", {}) for output in nb.cells[3].outputs)
    cells = await stand.services.sessions.get(ANA, sessions[-1].id)
    assert cells.session.total_cells == 4


async def test_a_chosen_seed_and_a_read_file_are_each_events_own(stand: Stand, warm: Warm) -> None:
    (stand.project_folder / "lines.txt").write_text("one\ntwo\nthree\n")
    key = await warm(
        "seeded",
        "import random\nimport numpy as np\nrandom.seed(7); own = np.random.default_rng(7)\n"
        "any_ = np.random.default_rng()\n"
        "lines = open('lines.txt'); lines.readline()",
        HANDLE + "print(random.random(), own.random(), lines.readline().strip())\nprint(any_.random())",
    )  # fmt: skip
    await fire_until(stand, key, ran_ahead)
    sessions = [await fire(stand, key) for _ in range(2)]
    assert all([ran_ahead(await start_line(stand, session)) for session in sessions])
    (first, free), (second, other) = [await printed(stand, session) for session in sessions]
    assert first == second == "0.32383276483316237 0.625095466604667 two"
    assert free != other


async def test_the_set_up_has_the_variables_of_its_trigger_and_runs_anew_with_others(stand: Stand, warm: Warm) -> None:
    cells = ("import os\nmode = os.environ.get('MODE')", HANDLE + "print(mode, os.environ.get('MODE'))")
    key = await warm("moded", *cells, env={"MODE": "fast"})
    session, _ = await fire_until(stand, key, ran_ahead)
    assert await printed(stand, session) == ["fast fast"]
    await stand.services.triggers.change(ANA, key, {"env": {"MODE": "slow"}})
    # Whichever set-up is there: no session sees what the one before has read.
    assert await printed(stand, await fire(stand, key)) == ["slow slow"]
    await stand.services.projects.set_variable(ANA, stand.project, "MODE_OF_ALL", "open", secret=False)
    await stand.services.triggers.change(ANA, key, {"env": {"MODE": {"variable": "MODE_OF_ALL"}}})
    session, line = await fire_until(stand, key, lambda line: "variables of the project" in line["set_up_reason"])
    assert (await printed(stand, session), line["set_up"]) == (["open open"], "runs now")


async def test_a_change_of_any_file_runs_the_set_up_anew(stand: Stand, warm: Warm) -> None:
    (stand.project_folder / "rate.txt").write_text("1")
    key = await warm("rates", "rate = open('rate.txt').read()", HANDLE + "print('rate', rate)")
    session, _ = await fire_until(stand, key, ran_ahead)
    assert await printed(stand, session) == ["rate 1"]
    (stand.project_folder / "rate.txt").write_text("2")
    session = await fire(stand, key)
    line = await start_line(stand, session)
    assert line["set_up"] == "runs now"
    assert "project's files" in line["set_up_reason"] or "still running" in line["set_up_reason"]
    assert await printed(stand, session) == ["rate 2"]
    session, _ = await fire_until(stand, key, ran_ahead)
    assert await printed(stand, session) == ["rate 2"]


async def test_parameters_of_the_trigger_are_in_and_others_run_whole(stand: Stand, warm: Warm) -> None:
    name = "scaled"
    key = await warm(name, "factor = 1", "factor = factor * 10", HANDLE + "print(factor)", parameters={"factor": 3})
    stand.notebook(f"{name}.ipynb", ("factor = 1", "parameters"), "factor = factor * 10", HANDLE + "print(factor)")
    session, _ = await fire_until(stand, key, ran_ahead)
    assert await printed(stand, session) == ["30"]
    session = await fire(stand, key, parameters={"factor": 4})
    line = await start_line(stand, session)
    assert line["set_up"] == "runs now"
    assert "parameters" in line["set_up_reason"]
    assert await printed(stand, session) == ["40"]


UNSAFE = {
    "a thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "thread running",
    ),
    "a socket": ("import socket\ns = socket.socket()", "descriptor open"),
    "a written file": ("open('cache.txt', 'w').write('x')", "writes cache.txt"),
    "its session": ("import notebook_automation as na\nevent = na.event", "asks for its session"),
    "await": ("import asyncio\nawait asyncio.sleep(0)", "uses await"),
    "another folder": ("import os\nos.chdir('/')", "changes the working directory"),
    "a temporary folder": ("import tempfile\nt = tempfile.TemporaryDirectory()", "temporary folder"),
    "shared memory": ("import mmap\nm = mmap.mmap(-1, 4096)", "shares memory"),
    "a crash": ("import os\nif 'NOTEBOOK_AUTOMATION_SESSION' not in dict(os.environ): os.abort()", "SIGABRT"),
}


@pytest.mark.parametrize("what", UNSAFE)
async def test_a_set_up_that_cannot_be_shared_runs_in_each_session(stand: Stand, warm: Warm, what: str) -> None:
    source, reason = UNSAFE[what]
    key = await warm(f"unsafe-{what.replace(' ', '-')}", source, HANDLE + "print('handled')")
    await eventually(
        lambda: any(key in trouble and reason in trouble for trouble in reported_troubles(stand.data)),
        lambda: f"a report of it, for doctor: {reported_troubles(stand.data)}",
    )
    session, _ = await fire_until(
        stand, key, lambda line: line["set_up"] == "runs now" and reason in line["set_up_reason"]
    )
    assert await printed(stand, session) == ["handled"]


async def test_a_killed_handler_is_made_again(stand: Stand, warm: Warm, tmp_path: Path) -> None:
    key = await warm(
        "killed", f"import os\nopen({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')",
        HANDLE + "print(os.getppid())",
    )  # fmt: skip
    session, _ = await fire_until(stand, key, ran_ahead)
    server = int((await printed(stand, session))[0])
    assert server in handler_servers(stand)
    os.kill(server, signal.SIGKILL)
    await fire(stand, key)
    session, _ = await fire_until(stand, key, lambda line: ran_ahead(line))
    assert int((await printed(stand, session))[0]) != server


@pytest.mark.asyncio(loop_scope="function")
async def test_age_and_count_are_limited(fresh_stand: MakeStand, tmp_path: Path) -> None:
    stand = await fresh_stand(handler_max_age=3.0, handler_max_count=1)
    (tmp_path / "runs").write_text("")
    key = await registered(
        stand, "aged", f"import os\nopen({str(tmp_path / 'runs')!r}, 'a').write('x')", HANDLE + "print(os.getppid())"
    )
    _, first = await fire_until(stand, key, ran_ahead)
    _, later = await fire_until(stand, key, lambda line: ran_ahead(line) and line["ran_at"] != first["ran_at"])
    assert later["ran_at"] > first["ran_at"]
    other = await registered(stand, "other", "a = 1", HANDLE + "print(a)")
    await fire_until(stand, other, ran_ahead)
    _, line = await fire_until(stand, key, lambda line: not ran_ahead(line))
    assert "handler_max_count" in line["set_up_reason"]
