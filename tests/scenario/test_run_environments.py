"""Runs that have a kernel, variables and a limit of memory of their own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.environments import parse_environment
from tests.scenario.conftest import ANA, Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "sk-live-51H8x"
SHOW = "import json, os\nprint(json.dumps({n: os.environ.get(n) for n in ('MODE', 'KEY', 'MPLCONFIGDIR')}))"
ENV = {"MODE": "fast", "KEY": {"variable": "STRIPE_KEY"}}


async def set_secret(stand: Stand) -> None:
    await stand.services.projects.set_variable(ANA, stand.project, "STRIPE_KEY", SECRET, secret=True)


async def shown(stand: Stand, session_id: str) -> Any:
    return json.loads(next(text for kind, text in await stand.log(session_id) if kind == "print"))


async def test_each_run_has_its_own_variables_and_nobody_sees_the_secret(stand: Stand) -> None:
    await set_secret(stand)
    stand.notebook("show.ipynb", SHOW, "assert len(os.environ.get('KEY') or '-' * 13) == 13", "print('same')")
    first = await stand.run("show.ipynb", env=ENV)
    assert (first.status, first.env) == ("completed", ENV)
    assert await shown(stand, first.id) == {"MODE": "fast", "KEY": "***", "MPLCONFIGDIR": None}
    # The next one is forked from the same warm process.
    second = await stand.run("show.ipynb")
    assert await shown(stand, second.id) == {"MODE": None, "KEY": None, "MPLCONFIGDIR": None}
    again = await stand.services.sessions.retry(ANA, first.id)
    assert (await stand.ended(again.session.id)).status == "completed"
    assert await shown(stand, again.session.id) == {"MODE": "fast", "KEY": "***", "MPLCONFIGDIR": None}
    lines = await stand.services.sessions.log(ANA, first.id, after=0, limit=50)
    start = next(dict(line.data or {}) for line in lines if line.kind == "start")
    assert "environment" not in start.get("reason", ""), "what nobody reads at the start is no reason to start plain"


async def test_a_kernel_that_has_read_a_variable_at_its_start_is_not_forked(stand: Stand) -> None:
    """Warm processes have read where matplotlib keeps its settings: another place is for a process of its own."""
    stand.notebook("show.ipynb", SHOW)
    session = await stand.run("show.ipynb", env={"MPLCONFIGDIR": "/tmp/mpl-of-this-run"})
    assert (await shown(stand, session.id))["MPLCONFIGDIR"] == "/tmp/mpl-of-this-run"


async def test_a_variable_that_is_gone_and_a_kernel_that_is_gone_are_said(stand: Stand) -> None:
    stand.notebook("show.ipynb", SHOW)
    env = {"KEY": {"variable": "NOWHERE"}}
    fields = {"name": "gone", "type": "manual", "call": "show.ipynb", "env": env, "kernel_name": "fortran-77"}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=True)
    view = await stand.services.trigger_views.get(ANA, "sales/gone")
    assert [problem.code for problem in view.problems] == ["kernel_not_found", "variable_not_found"]
    session = await stand.run("show.ipynb", env=env)
    assert session.status == "failed"
    assert "NOWHERE" in (session.reason or "")


async def test_a_run_that_holds_too_much_memory_is_ended_with_all_that_it_started(stand: Stand) -> None:
    stand.notebook(
        "big.ipynb",
        "import subprocess, sys, time",
        "child = subprocess.Popen([sys.executable, '-c', \"held = bytearray(b'x') * (400 << 20)\\nimport time\\n"
        'while True: time.sleep(1)"], start_new_session=True)\nprint(child.pid)\ntime.sleep(600)',
        "print('never')",
    )
    session = await stand.run("big.ipynb", memory="300MiB")
    assert (session.status, session.memory) == ("failed", 300 * 2**20)
    assert session.error is not None
    assert (session.error.ename, session.error.cell_number) == ("MemoryExceeded", 2)
    assert "more than 300 MiB" in (session.reason or "")
    child = int(next(text for kind, text in await stand.log(session.id) if kind == "print"))
    await stand.gone(child)
    assert "big.ipynb" in await stand.artifacts(session.id)
    stand.notebook("small.ipynb", "held = bytearray(b'x') * (50 << 20)")
    assert (await stand.run("small.ipynb", memory="1GiB")).status == "completed"


async def test_a_durable_run_has_its_variables_again_when_it_goes_on(stand: Stand) -> None:
    await set_secret(stand)
    flag = stand.data / "died"
    stand.notebook(
        "durable.ipynb",
        "import os\nos.environ['MADE'] = 'here'",
        f"import pathlib\nif not pathlib.Path({str(flag)!r}).exists():\n"
        f"    pathlib.Path({str(flag)!r}).touch()\n    os._exit(3)",
        "print(os.environ['MODE'], os.environ['MADE'], len(os.environ['KEY']))",
    )
    session = await stand.run("durable.ipynb", env=ENV, is_durable=True)
    assert session.status == "completed", session.reason
    assert session.attempt == 2
    assert f"fast here {len(SECRET)}" in [text.strip() for kind, text in await stand.log(session.id) if kind == "print"]


async def test_the_secret_is_nowhere_that_the_run_is_told_of(stand: Stand) -> None:
    """Neither in the database nor in what a trigger's sessions keep of its definition."""
    await set_secret(stand)
    stand.notebook("show.ipynb", SHOW)
    fields = {"name": "keyed", "type": "manual", "call": "show.ipynb", "env": parse_environment(ENV)}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=True)
    receipt = await stand.services.events.fire(ANA, "sales/keyed")
    session = await stand.ended(receipt.session_ids[0])
    assert session.config["trigger"]["env"] == ENV
    assert await shown(stand, session.id) == {"MODE": "fast", "KEY": "***", "MPLCONFIGDIR": None}
    for folder, _, names in os.walk(stand.data):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                assert SECRET.encode() not in Path(path).read_bytes(), path
