"""The pool shares a server where it may, makes another where it must, and none where it is of no use."""

# ruff: noqa: ASYNC221

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eventually import eventually

from notebook_automation.forkserver import ForkOptions, ForkServerGone, Pool, Recipe

HERE = str(Path(__file__).parent)


@pytest.fixture
def clock():
    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def pool(clock):
    pool = Pool(clock=clock)
    yield pool
    pool.close()


@pytest.fixture
def recipe(tmp_path):
    return Recipe(
        python=(sys.executable,),
        entry="children:look",
        core=("children",),
        options=ForkOptions(spares=0, trusted_folders=(HERE, str(tmp_path)), backoff_seconds=60.0),
    )


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{tmp_path}"}


async def test_one_server_for_all_that_may_share_it(pool, recipe, env):
    server = pool.get(recipe, env)
    await server.ready(20)
    assert pool.get(recipe, {**env, "SESSION": "2", "PWD": "/elsewhere"}) is server
    assert pool.servers() == [server]


async def test_another_server_where_something_read_at_load_differs(pool, recipe, env):
    server = pool.get(recipe, env)
    assert pool.get(recipe, {**env, "OMP_NUM_THREADS": "3"}) is not server
    assert pool.get(replace(recipe, preload=("decimal",)), env) is not server
    assert pool.get(replace(recipe, python=(sys.executable, "-O")), env) is not server
    assert len(pool.servers()) == 4


async def test_another_server_where_imports_looked_up_what_differs(pool, recipe, env, write_module):
    write_module("looks", "import os\nmode = os.environ.get('LOOKS_MODE')")
    recipe = replace(recipe, preload=("looks",))
    server = pool.get(recipe, env)
    await server.ready(20)
    other = pool.get(recipe, {**env, "LOOKS_MODE": "1"})
    assert other is not server
    await other.ready(20)
    assert pool.get(recipe, env) is server
    assert pool.get(recipe, {**env, "LOOKS_MODE": "1"}) is other


async def test_variables_that_differ_always_end_in_plain_processes(pool, recipe, env, write_module):
    write_module("looks", "import os\nmode = os.environ.get('LOOKS_MODE')")
    recipe = replace(recipe, preload=("looks",))
    for number in range(4):
        await pool.get(recipe, {**env, "LOOKS_MODE": str(number)}).ready(20)
    assert pool.get(recipe, {**env, "LOOKS_MODE": "4"}) is None
    assert "too many environments" in pool.reasons(recipe, env)[0]


async def test_installation_makes_a_new_server_and_old_children_live_on(pool, recipe, env, tmp_path, write_module):
    recipe = replace(recipe, entry="children:family")
    server = pool.get(recipe, env)
    await server.ready(20)
    process = await server.spawn({})
    assert await process.received("family", 5)
    write_module("just_installed", "")
    newer = pool.get(recipe, env)
    assert newer is not server
    await newer.ready(20)
    assert server.retiring
    assert process.poll() is None


async def test_crashing_module_is_left_out_ever_longer(pool, recipe, env, clock, write_module, tmp_path):
    count = tmp_path / "count"
    write_module("crashing", f"import os\nopen({str(count)!r}, 'a').write('x')\nos.abort()")
    recipe = replace(recipe, preload=("crashing", "decimal"))

    async def new_server():
        for server in pool.servers():
            server.close()
        server = pool.get(recipe, env)
        await server.ready(20)
        pool.troubles()
        return server

    async def crashes_after(seconds):
        clock.now += seconds
        before = len(count.read_text())
        assert "crashing" in (await new_server()).report.left_out
        return len(count.read_text()) - before

    await new_server()
    assert len(count.read_text()) == 1
    assert await crashes_after(30) == 0
    assert await crashes_after(31) == 1
    assert await crashes_after(61) == 0, "twice as long after the second crash"
    assert await crashes_after(60) == 1
    assert any("crashing is not imported ahead" in trouble for trouble in pool.troubles())


async def test_server_that_cannot_be_made_is_not_tried_at_every_start(pool, recipe, env, clock):
    recipe = replace(recipe, core=("not_there_at_all",))
    server = pool.get(recipe, env)
    with pytest.raises(ForkServerGone):
        await server.ready(20)
    assert pool.get(recipe, env) is None
    assert "not_there_at_all cannot be imported" in pool.reasons(recipe, env)[0]
    assert any("not_there_at_all" in trouble for trouble in pool.troubles())
    clock.now += 61
    assert pool.get(recipe, env) is not None


async def test_memory_limit_gives_back_what_was_used_longest_ago(recipe, env):
    pool = Pool(memory_limit=1)
    try:
        first = pool.get(recipe, env)
        await first.ready(20)
        second = pool.get(replace(recipe, preload=("decimal",)), env)
        assert pool.servers() == [second]
        await eventually(lambda: first.has_ended)
    finally:
        pool.close()


async def test_give_back_ends_idle_servers(pool, recipe, env):
    server = pool.get(recipe, env)
    await server.ready(20)
    pool.give_back()
    await eventually(lambda: server.has_ended)
    assert pool.servers() == []
    assert pool.get(recipe, env) is not server


async def test_start_does_not_wait_for_imports(pool, recipe, env, write_module, tmp_path):
    gate = tmp_path / "gate"
    write_module("slow", f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)")
    recipe = replace(recipe, preload=("slow",))
    server = pool.get(recipe, env)
    assert not server.is_ready
    assert pool.get(recipe, env) is server, "one start, however many ask"
    with pytest.raises(TimeoutError):
        await server.ready(0.05)
    gate.touch()
    assert "slow" in (await server.ready(20)).milliseconds


async def test_close_does_not_wait_for_imports(recipe, env, write_module):
    write_module("endless", "import time\nopen(__file__ + '.begun', 'w').close()\ntime.sleep(600)")
    pool = Pool()
    server = pool.get(replace(recipe, preload=("endless",)), env)
    begun = Path(env["PYTHONPATH"].split(os.pathsep)[1]) / "endless.py.begun"
    await eventually(begun.exists)
    pool.close()
    assert server.has_ended


async def test_pool_in_a_fork_of_its_process_leaves_the_servers_alone(tmp_path):
    code = """
import os, sys, time
from notebook_automation.forkserver import Recipe, default_pool
pool = default_pool()
recipe = Recipe(python=(sys.executable,), entry="json:dumps", core=("json",))
server = pool.get(recipe, dict(os.environ)); server.wait_ready(20)
if os.fork() == 0:
    assert default_pool().servers() == []
    sys.exit(0)
assert os.wait()[1] == 0
assert default_pool().get(recipe, dict(os.environ)) is server and server.is_ready
"""
    env = {**os.environ, "PYTHONPATH": str(Path(HERE).parents[2]), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        # Newer Pythons warn of every fork of a process with threads: here that is what is asked for.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == [], "the servers' folders are gone with the process"
