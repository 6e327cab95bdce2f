"""Every gate that keeps an unsafe module out of a fork server, tripped by a real one."""

# ruff: noqa: E501

from __future__ import annotations

import sys

import pytest

from notebook_automation.forkserver import ForkOptions, ForkServer, ForkServerGone, Recipe

GATES = {
    "a Python thread": (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True, name='pump').start()",
        "left a thread running: pump",
    ),
    "a native thread": (
        "import ctypes\nc = ctypes.CDLL(None)\nt = ctypes.c_ulong()\nc.pthread_create(ctypes.byref(t), None, c.pause, None)",
        "left a native thread running",
    ),
    "an open file": ("import os\nfile = open(os.__file__)", "left a descriptor open"),
    "a socket": ("import socket\npair = socket.socketpair()", "left a descriptor open: socket:"),
    "a process": (
        "import subprocess\np = subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL)",
        "started a process",
    ),
    "a signal handler": ("import signal\nsignal.signal(signal.SIGUSR1, print)", "changed a signal handler"),
    "a folder": ("import os\nos.chdir('/tmp')", "changed the working directory"),
    "a crash": ("import os\nos.abort()", "import ended the process (SIGABRT)"),
    "a sudden end": ("import os\nos._exit(5)", "import ended the process (exit code 5)"),
}


@pytest.mark.parametrize("gate", GATES)
async def test_module_that_makes_forking_unsafe_is_left_out_and_named(gate, make_server, write_module):
    source, reason = GATES[gate]
    server = make_server(preload=["json", write_module("unfit", source), "decimal"])
    report = await server.ready(20)
    assert reason in report.left_out["unfit"]
    assert set(report.left_out) == {"unfit"}
    assert {"json", "decimal"} <= set(report.milliseconds), "the others are still imported"
    process = await server.spawn({})
    assert (await process.received("seen", 5)) is not None
    if "end" in gate or "crash" in gate:
        assert server.take_crashed() == {"unfit": reason}
        assert server.take_crashed() == {}


async def test_import_that_hangs_is_ended_and_named(make_server, write_module):
    server = make_server(preload=[write_module("slow", "import time\ntime.sleep(60)")], import_seconds=1.0)
    report = await server.ready(20)
    assert report.left_out == {"slow": "import took longer than 1 s"}


async def test_module_that_cannot_be_imported_harms_nobody(make_server, write_module):
    broken = write_module("broken", "1 / 0")
    leaving = write_module("leaving", "raise SystemExit(1)")
    report = await make_server(preload=[broken, leaving, "not_there_at_all", "json"]).ready(20)
    assert report.left_out == {}
    assert "ZeroDivisionError" in report.failed["broken"]
    assert "SystemExit" in report.failed["leaving"]
    assert "ModuleNotFoundError" in report.failed["not_there_at_all"]


async def test_module_that_asks_for_the_shell_is_left_out(make_server, write_module):
    asks = write_module("asks", "from IPython import get_ipython\nshell = get_ipython()")
    indirect = write_module("indirect", "import asks_too")
    write_module("asks_too", "import IPython.core.getipython as g\nif g.get_ipython() is None: half = True")
    server = make_server(preload=[asks, indirect, "json"], core=("children", "IPython"), watch_shell=True)
    report = await server.ready(20)
    assert report.left_out == {
        "asks": "asks asked for the running shell",
        "indirect": "asks_too asked for the running shell",
    }


async def test_editable_and_working_directory_modules_are_never_imported_ahead(make_server, write_module):
    mine = write_module("mine", "import sys\nsys.stderr.write('imported')")
    server = make_server(preload=[mine, "json"], trusted=False)
    report = await server.ready(20)
    assert report.left_out["mine"].startswith("not an installed module: ")
    assert "mine" not in report.milliseconds, "it was not imported to find that out"


async def test_installed_module_that_imports_an_editable_one_is_left_out(tmp_path, make_server, write_module):
    write_module("editable", "")
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "plugin.py").write_text("import editable")

    recipe = Recipe(
        (sys.executable,),
        entry="json:dumps",
        preload=("plugin",),
        options=ForkOptions(trusted_folders=(str(installed),)),
    )
    server = ForkServer(recipe, env={"PYTHONPATH": f"{installed}:{tmp_path}"})
    try:
        report = await server.ready(20)
        assert report.left_out == {"plugin": "imports editable, which is not an installed module"}
    finally:
        server.close()


async def test_threads_known_to_survive_a_fork_are_allowed(make_server, write_module):
    named = write_module(
        "named",
        "import ctypes, threading\nc = ctypes.CDLL(None)\nt = ctypes.c_ulong()\n"
        "c.pthread_create(ctypes.byref(t), None, c.pause, None)\nc.pthread_setname_np(t, b'known_pool')",
    )
    report = await make_server(preload=[named], allow_threads=("known_pool",)).ready(20)
    assert report.left_out == {}


async def test_what_the_entry_itself_needs_must_import(make_server):
    server = make_server(core=("children", "not_there_at_all"))
    with pytest.raises(ForkServerGone, match="not_there_at_all cannot be imported"):
        await server.ready(20)
    assert server.has_ended
    with pytest.raises(ForkServerGone, match="not_there_at_all"):
        await server.spawn({})


async def test_thread_of_the_entrys_own_modules_makes_the_server_unusable(make_server, write_module):
    core = write_module(
        "threaded", "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    with pytest.raises(ForkServerGone, match="left a thread running"):
        await make_server(core=("children", core)).ready(20)


async def test_interpreter_that_is_not_there(make_server):
    with pytest.raises(ForkServerGone, match="interpreter cannot be started"):
        await make_server(python=("/nowhere/python",)).ready(20)


async def test_interpreter_that_ends_at_once(make_server):
    with pytest.raises(ForkServerGone, match="exit code 1"):
        await make_server(python=("/bin/false",)).ready(20)


async def test_variables_that_imports_look_up_are_known(make_server, write_module):
    reader = write_module(
        "reader",
        "import os\nkey = os.environ.get('READER_KEY')\nmode = os.environ['READER_MODE']\ndict(os.environ.items())",
    )
    server = make_server(preload=[reader], env={"READER_MODE": "fast", "UNRELATED": "1"})
    report = await server.ready(20)
    assert report.environ_read["READER_KEY"] is None
    assert report.environ_read["READER_MODE"] == "fast"
    assert "UNRELATED" not in report.environ_read
    same = {**report.environ_read, "READER_MODE": "fast", "UNRELATED": "2"}
    env = {k: v for k, v in same.items() if v is not None}
    assert server.accepts(env)
    assert not server.accepts({**env, "READER_KEY": "secret"})
    assert not server.accepts({**env, "READER_MODE": "slow"})


async def test_variables_that_imports_set_are_set_in_children_as_well(make_server, write_module):
    setter = write_module("setter", "import os\nos.environ.setdefault('SETTER_LEVEL', 'low')")
    server = make_server(preload=[setter])
    await server.ready(20)
    for env, level in (({}, "low"), ({"SETTER_LEVEL": "high"}, "high")):
        process = await server.spawn({}, env=env)
        assert (await process.received("seen", 5))["seen"]["env"]["SETTER_LEVEL"] == level
