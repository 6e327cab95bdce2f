"""Forked kernels live and die as plain ones do, and never see each other's state."""

from __future__ import annotations

# ruff: noqa: E501
import asyncio
import json
import os
import signal
import stat
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import nbformat
import pytest
from eventually import PATIENCE, eventually
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from notebook_automation.execution.failures import KernelStartError
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.run import NotebookRun
from notebook_automation.execution.run_observer import NoObserver
from notebook_automation.execution.run_options import RunOptions
from notebook_automation.forkserver import (
    ForkOptions,
    ForkServer,
    ForkServerGone,
    default_pool,
    is_running,
    provisioner_settings,
    warm,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
SETTINGS = {"preload": ["decimal", "numpy"], "wait_ready": True, "spares": 1, "refill_seconds": 0.0}


@pytest.fixture(autouse=True)
def by_default(monkeypatch):
    """Our provisioner for every kernel, whether or not this project is installed as a package."""
    factory = KernelProvisionerFactory.instance()
    target = "notebook_automation.forkserver:ForkServerProvisioner"
    ours = EntryPoint("notebook-automation", target, factory.GROUP_NAME)
    monkeypatch.setitem(factory.provisioners, "notebook-automation", ours)
    monkeypatch.setattr(factory, "default_provisioner_name", "notebook-automation")


class Kernel:
    """A kernel with a client: `run` gives what a cell printed, or the name of its error."""

    def __init__(self, **settings):
        self.manager = AsyncKernelManager(config=Config({"ForkServerProvisioner": {**SETTINGS, **settings}}))

    @property
    def provisioner(self):
        return self.manager.provisioner

    async def start(self, **arguments):
        await self.manager.start_kernel(**arguments)
        await self.connect()
        return self

    async def connect(self):
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=30)

    async def run(self, code, timeout=20):
        said = []
        reply = await self.client.execute_interactive(
            code, timeout=timeout, allow_stdin=False, output_hook=lambda m: said.append(m["content"].get("text", ""))
        )
        content = reply["content"]
        return content["ename"] if content["status"] == "error" else "".join(said).strip()

    async def end(self, now=False):
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=now)


@pytest.fixture
async def start():
    """Start a forked kernel: (settings of the provisioner, launch arguments)."""
    started = []

    async def make(settings=None, forked=True, **arguments):
        kernel = await Kernel(**(settings or {})).start(**arguments)
        started.append(kernel)
        if forked:
            assert kernel.provisioner.reasons == []
            assert kernel.provisioner.how == "forked"
        return kernel

    yield make
    for kernel in started:
        if kernel.manager.has_kernel:
            await kernel.end(now=True)


async def test_a_run_need_not_ask_a_forked_kernel_who_it_is(tmp_path):
    manager = LightKernelManager(kernel_name="python3", config=Config({"ForkServerProvisioner": SETTINGS}))
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])

    class Replies(NoObserver):
        def started(self, kernel_info):
            replies.append(kernel_info)

    replies = []
    await NotebookRun(nb, manager, observer=Replies(), options=RunOptions(keep_kernel=True)).run()
    try:
        assert manager.provisioner.how == "forked"
        client = manager.client()
        client.start_channels()
        asked = await client.kernel_info(reply=True, timeout=20)
        client.stop_channels()
    finally:
        await manager.shutdown_kernel(now=True)
    by_chance = {"banner"}  # it ends with a tip
    assert {k: v for k, v in replies[0].items() if k not in by_chance} == {
        k: v for k, v in asked["content"].items() if k not in by_chance
    }
    assert nb.metadata.language_info == asked["content"]["language_info"]
    assert nb.cells[0].outputs[0].text == "42\n"


async def test_a_forked_kernel_whose_own_start_hangs_is_given_up(tmp_path):
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-hangs.py").write_text("import time\ntime.sleep(60)")
    env = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    manager = LightKernelManager(kernel_name="python3", config=Config({"ForkServerProvisioner": SETTINGS}))
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    with pytest.raises(KernelStartError, match="did not answer within 1 seconds"):
        await NotebookRun(nb, manager, options=RunOptions(env=env, startup_timeout=1.0)).run()
    assert nb.cells[0].outputs == []


async def test_kernel_has_its_own_environment_folder_and_session(start, tmp_path):
    (tmp_path / "one").mkdir()
    env = {**os.environ, "ONLY_ONE": "1", "JPY_SESSION_NAME": "one.ipynb"}
    one = await start(env=env, cwd=str(tmp_path / "one"))
    two = await start(cwd=str(tmp_path))
    look = "import os; print(os.getcwd(), os.environ.get('ONLY_ONE'), globals().get('__session__'), os.getsid(0) == os.getpid())"
    assert await one.run(look) == f"{tmp_path / 'one'} 1 one.ipynb True"
    assert await two.run(look) == f"{tmp_path} None None True"
    assert await two.run("import threading; print(threading.main_thread().native_id == os.getpid())") == "True"


async def test_kernels_share_no_state_whatever_one_does(start, tmp_path):
    spoiler = await start(cwd=str(tmp_path))
    spoil = (
        "import os, sys, signal, decimal, builtins, random, numpy\n"
        "os.chdir('/'); os.environ['SPOILED'] = '1'; sys.path.insert(0, '/spoiled'); os.umask(0o777)\n"
        "decimal.Decimal = None; builtins.spoiled = 1; numpy.float64 = None; random.seed(1); numpy.random.seed(1)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); sys.modules['spoiled'] = sys\n"
        "get_ipython().user_ns['spoiled'] = 1; get_ipython().colors = 'nocolor'\n"
    )
    await spoiler.run(spoil)
    look = (
        "import os, sys, signal, decimal, numpy\n"
        "print(os.getcwd(), os.environ.get('SPOILED'), '/spoiled' in sys.path, oct(os.umask(0o22)), decimal.Decimal(1), hasattr(__builtins__, 'spoiled'),\n"
        "  numpy.float64(1), signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, 'spoiled' in sys.modules, 'spoiled' in globals())"
    )
    fresh = f"{tmp_path} None False 0o22 1 False 1.0 True False False"
    for _ in range(2):
        assert await (await start(cwd=str(tmp_path))).run(look) == fresh


async def test_random_numbers_differ_between_kernels(start):
    draw = "import random, uuid, numpy\nprint(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), uuid.uuid4())"
    drawn = [(await (await start()).run(draw)).split() for _ in range(3)]
    for kind in zip(*drawn, strict=True):
        assert len(set(kind)) == 3


async def test_no_socket_or_pipe_is_shared(start):
    """What a kernel has open, apart from the client's own output streams, no other kernel has."""
    look = "import os\nfor f in os.listdir('/proc/self/fd'):\n    if os.path.lexists(p := f'/proc/self/fd/{f}'): print(os.readlink(p))"
    one, two = [set((await (await start()).run(look)).split()) for _ in range(2)]
    common = {target for target in one & two if target.startswith(("socket:", "pipe:"))}
    assert common <= {os.readlink(f"/proc/self/fd/{n}") for n in (1, 2)}
    assert len([target for target in one if target.startswith("socket:")]) > 5, "it did look"


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("import os; os._exit(7)", 7),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
        ("import os, signal; os.killpg(0, signal.SIGKILL)", -signal.SIGKILL),
    ],
)
async def test_death_of_one_kernel_is_its_own(deed, code, start):
    other = await start()
    dying = await start()
    dying.client.execute(deed)
    process = dying.provisioner.process
    assert await process.exited(10)
    assert await dying.provisioner.poll() == code
    assert not await dying.manager.is_alive()
    assert await other.run("print(6 * 7)") == "42"
    assert await (await start()).run("print(6 * 7)") == "42"


async def test_memory_limit_raises_memory_error_as_in_a_plain_kernel(start):
    limit = 4 << 30
    kernel = await start({"rlimits": {"RLIMIT_AS": [limit, limit]}})
    assert await kernel.run("x = bytearray(8 << 30)") == "MemoryError"
    assert await kernel.run("print('goes on')") == "goes on"
    assert await (await start()).run("import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])") == "-1"


async def test_interrupt(start, tmp_path):
    kernel = await start(cwd=str(tmp_path))
    running = asyncio.ensure_future(kernel.run("import time\nopen('begun', 'w').close()\ntime.sleep(600)"))
    await eventually((tmp_path / "begun").exists)
    await kernel.manager.interrupt_kernel()
    assert await running == "KeyboardInterrupt"
    assert await kernel.run("print('goes on')") == "goes on"


async def test_shutdown_runs_exit_functions_and_closes_files(start, tmp_path):
    kernel = await start(cwd=str(tmp_path))
    process = kernel.provisioner.process
    await kernel.run("import atexit, pathlib\natexit.register(lambda: pathlib.Path('exit').write_text('ran'))")
    await kernel.run("file = open('unclosed', 'w'); file.write('buffered')")
    connection_file = kernel.manager.connection_file
    await kernel.end()
    assert process.returncode == 0
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"exit": "ran", "unclosed": "buffered"}
    assert not os.path.exists(connection_file)


async def test_shutdown_is_quick_and_takes_the_group_with_it(start):
    kernel = await start()
    pid = int(await kernel.run("import subprocess; p = subprocess.Popen(['sleep', '100']); print(p.pid)"))
    await kernel.end(now=True)
    await eventually(lambda: not is_running(pid))


async def test_shutdown_does_not_wait_for_children_that_have_ended(start):
    kernel = await start()
    process = kernel.provisioner.process
    await kernel.run(
        "import os, signal\nif os.fork() == 0: os._exit(0)\nos.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)"
    )
    kernel.client.shutdown()
    assert await process.exited(10)  # ipykernel itself would wait 14 s
    assert process.returncode == 0


async def test_kernel_tells_what_parts_of_packages_it_had_to_load(start, tmp_path):
    (tmp_path / "encodings_of_mine").mkdir()
    (tmp_path / "encodings_of_mine" / "__init__.py").touch()
    codecs = ["cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500"]
    use = f"for codec in {codecs}: 'a'.encode(codec)\nimport encodings_of_mine, imaplib"
    kernel = await start(cwd=str(tmp_path))
    assert await kernel.run(use) == ""
    await kernel.end()
    assert kernel.provisioner.loaded == [f"encodings.{codec}" for codec in codecs]
    warm_one = await start({"preload": list(kernel.provisioner.loaded)}, cwd=str(tmp_path))
    await warm_one.run(use + "\nimport os\npid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0)")
    await warm_one.end()
    assert list(warm_one.provisioner.loaded) == []


async def test_what_is_shown_comes_whole_and_in_order_whatever_is_flushed(start):
    kernel = await start()
    seen = []
    code = (
        "import sys, threading, subprocess\n"
        "print('one'); sys.stdout.flush(); print('two', file=sys.stderr); display(3)\n"
        "t = threading.Thread(target=print, args=('four',)); t.start(); t.join()\n"
        "sys.stdout.flush(); sys.stderr.flush(); print('five', end='', flush=True)\n"
        "6"
    )
    for _ in range(20):
        await kernel.client.execute_interactive(code, timeout=20, output_hook=lambda m: seen.append(shown(m)))
        assert "".join(seen) == "one\ntwo\n3four\nfive6", seen
        seen.clear()


async def test_what_was_flushed_needs_nothing_more_of_the_kernel(start):
    """No Python code of the kernel runs after the flush: a call that keeps the interpreter's lock waits for ever."""
    for _ in range(5):
        kernel = await start()
        seen = []
        kernel.client.execute("for n in range(100): print(n)\ndisplay('shown')")
        kernel.client.execute("import ctypes\nprint('last', flush=True)\nctypes.PyDLL(None).pause()")
        while not "".join(seen).endswith("last\n"):
            seen.append(shown(await kernel.client.get_iopub_msg(timeout=PATIENCE)))
        assert "".join(seen) == "".join(f"{n}\n" for n in range(100)) + "'shown'last\n"


def shown(message):
    content = message["content"]
    return content.get("text", "") or content.get("data", {}).get("text/plain", "")


def forked(*cells, **options):
    manager = LightKernelManager(kernel_name="python3", config=Config({"ForkServerProvisioner": SETTINGS}))
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    return manager, NotebookRun(nb, manager, options=RunOptions(**options))


async def test_a_run_that_does_not_await_the_end_leaves_the_exit_functions_to_run(tmp_path):
    ending = "import atexit, time\nfrom pathlib import Path\n@atexit.register\ndef _():\n    time.sleep(0.4); Path('end').touch()"
    manager, run = forked(ending, cwd=str(tmp_path))
    await run.run(await_end=False)
    process = manager.provisioner.process
    assert not (tmp_path / "end").exists()
    await run.code_finished()
    assert (tmp_path / "end").exists()
    await run.kernel_ended()
    assert process.returncode == 0
    await run.cancel()


async def test_exit_functions_that_take_too_long_are_cut_off(tmp_path):
    manager, run = forked("import atexit, time\natexit.register(time.sleep, 60)")
    manager.shutdown_seconds = 0.3
    await run.run(await_end=False)
    process = manager.provisioner.process
    async with asyncio.timeout(10):
        await run.code_finished()
    assert process.returncode == -signal.SIGKILL


async def test_nothing_runs_after_an_error_however_early_it_was_sent(tmp_path):
    for _ in range(5):
        later = [f"open('{n}', 'w').close()" for n in range(8)]
        manager, run = forked("1", "1 / 0", *later, cwd=str(tmp_path))
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            await run.run()
        assert manager.provisioner.stays_stopped
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("traits", [{"allow_error_names": ["ZeroDivisionError"]}, {"allow_errors": True}])
async def test_a_run_that_goes_on_after_an_error_runs_every_cell(traits):
    _, run = forked("1", "1 / 0", "print('on')", "print('and on')", "3", traits=traits)
    nb = await run.run()
    assert [cell.outputs[0].get("text") for cell in nb.cells[2:4]] == ["on\n", "and on\n"]


async def test_a_kernel_of_nobodys_run_goes_on_after_an_error(start):
    kernel = await start()
    assert await kernel.run("1 / 0") == "ZeroDivisionError"
    assert await kernel.run("print(1)") == "1"
    assert not kernel.provisioner.stays_stopped


async def test_connection_file_is_as_ever(start):
    kernel = await start(env={**os.environ, "JPY_SESSION_NAME": "s.ipynb"})
    path = Path(kernel.manager.connection_file)
    told = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told["kernel_name"] == "python3"
    assert told["jupyter_session"] == "s.ipynb"
    info = kernel.manager.get_connection_info()
    assert told["key"] == info["key"].decode()
    assert told["transport"] == "ipc"
    assert {k: told[k] for k in told if k.endswith("_port")} == {k: info[k] for k in info if k.endswith("_port")}
    assert stat.S_IMODE(os.stat(os.path.dirname(told["ip"])).st_mode) == 0o700
    assert (
        await kernel.run("from ipykernel import get_connection_file; print(get_connection_file())")
    ) == os.path.realpath(path)


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
async def test_restarted_kernel_keeps_its_addresses(transport, start):
    kernel = await start({"transport": transport})
    await kernel.run("state = 1")
    before = kernel.manager.get_connection_info()
    pid = kernel.provisioner.pid
    await kernel.manager.restart_kernel()
    assert kernel.provisioner.how == "forked"
    assert kernel.provisioner.pid != pid
    assert kernel.manager.get_connection_info() == before
    await kernel.client.wait_for_ready(timeout=20)  # the same client goes on
    assert await kernel.run("print('state' in globals())") == "False"


async def test_restart_goes_on_plain_when_forking_is_no_longer_possible(start):
    kernel = await start()
    before = kernel.manager.get_connection_info()
    kernel.provisioner.enabled = False
    await kernel.manager.restart_kernel()
    assert kernel.provisioner.how == "plain"
    assert kernel.manager.get_connection_info() == before
    await kernel.client.wait_for_ready(timeout=20)
    assert await kernel.run("print(6 * 7)") == "42"
    folder = os.path.dirname(before["ip"])
    await kernel.end()
    assert not os.path.exists(folder)


async def test_startup_files_and_extensions_run_in_each_kernel(start, tmp_path):
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import os\nstarted_in = os.getcwd()\nprint('not in any cell')")
    (tmp_path / "profile_default" / "ipython_config.py").write_text("c.InteractiveShellApp.exec_lines = ['line = 5']")
    env = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    for _ in range(2):
        kernel = await start(env=env, cwd=str(tmp_path))
        assert await kernel.run("print(started_in, line)") == f"{tmp_path} 5"


async def test_sync_manager_works_as_well(tmp_path):
    manager = KernelManager(config=Config({"ForkServerProvisioner": SETTINGS}))

    def use():
        manager.start_kernel(cwd=str(tmp_path))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=30)
        said = []
        client.execute_interactive(
            "import os; print(os.getcwd())", output_hook=lambda m: said.append(m["content"].get("text"))
        )
        client.stop_channels()
        manager.shutdown_kernel()
        return said

    assert f"{tmp_path}\n" in await asyncio.to_thread(use)
    assert manager.provisioner.how == "forked"


async def test_server_that_dies_is_replaced_and_its_kernels_are_known_dead(start):
    kernel = await start()
    server = next(s for s in default_pool().servers() if s.is_ready and s.report.pid == _parent(kernel.provisioner.pid))
    os.kill(server.report.pid, signal.SIGKILL)
    assert await kernel.provisioner.process.exited(5)
    assert await (await start()).run("print(6 * 7)") == "42"


def _parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize(
    ("settings", "arguments", "reason"),
    [
        ({"enabled": False}, {}, "switched off"),
        ({}, {"env": {**os.environ, "PYTHONPATH": "."}}, "PYTHONPATH has a relative folder"),
        ({"wait_ready": False, "preload": ["json.tool"]}, {}, "still importing"),
    ],
)
async def test_plain_kernel_in_doubt_with_the_reason(settings, arguments, reason, start):
    kernel = await start(settings, forked=False, **arguments)
    assert kernel.provisioner.how == "plain"
    assert any(reason in r for r in kernel.provisioner.reasons)
    assert await kernel.run("print(6 * 7)") == "42"


async def test_kernel_arguments_that_change_its_start_are_for_plain_ones(start):
    kernel = await start(forked=False, extra_arguments=["--IPKernelApp.exec_lines=['x = 7']"])
    assert kernel.provisioner.how == "plain"
    assert await kernel.run("print(x)") == "7"


async def test_fork_that_fails_ends_in_a_plain_kernel(start, monkeypatch):
    """The server refuses every request: its line to this client is gone."""
    await start()

    async def refused(self, *_, **__):
        raise ForkServerGone("refused")

    monkeypatch.setattr(ForkServer, "spawn", refused)
    kernel = await start(forked=False)
    assert kernel.provisioner.how == "plain"
    assert kernel.provisioner.reasons == ["refused"]
    assert await kernel.run("print(6 * 7)") == "42"


async def test_kernel_under_an_interpreter_without_this_project(start, tmp_path):
    """The kernelspec's python has ipykernel but not this package, and is started from elsewhere."""
    folder = tmp_path / "kernels" / "bare"
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-I", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "language": "python",
        "display_name": "bare",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    kernel = Kernel(preload=[])
    kernel.manager = AsyncKernelManager(
        kernel_name="bare",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder.parent)]),
        config=Config({"ForkServerProvisioner": SETTINGS}),
    )
    await kernel.start()
    try:
        assert kernel.provisioner.how == "forked", kernel.provisioner.reasons
        assert (
            await kernel.run("import sys; print(sys.flags.isolated, 'notebook_automation' in sys.modules)") == "1 False"
        )
    finally:
        await kernel.end()


async def test_nothing_is_left_after_many_kernels(start):
    """Processes, descriptors, sockets and files are given back."""
    kernel = await start()
    server = next(s for s in default_pool().servers() if s.is_ready and s.report.pid == _parent(kernel.provisioner.pid))
    folder = Path(kernel.manager.ip).parents[1]
    await kernel.end()

    def left():
        of_dead = [p.name for p in folder.iterdir() if not is_running(int(p.name))]
        return len(os.listdir(f"/proc/{server.report.pid}/fd")), of_dead

    await eventually(lambda: left()[1] == [])
    before = left()[0]
    for number in range(6):
        pair = [await Kernel().start() for _ in range(2)]
        for one in pair:
            await one.end(now=bool(number % 2))
    await eventually(lambda: left()[0] <= before and left()[1] == [])


async def test_first_kernel_finds_what_was_warmed(start):
    options = ForkOptions(spares=1, refill_seconds=0.0)
    kernelspec = KernelSpecManager().get_kernel_spec("python3")
    assert warm(kernelspec, preload=["fractions"], options=options) == []
    server = next(s for s in default_pool().servers() if s.recipe.preload == ("fractions",))
    await server.ready(20)
    kernel = await start({**provisioner_settings(["fractions"], options), "wait_ready": False})
    assert kernel.provisioner.pid in _children(server.report.pid)
    assert kernel.provisioner.process.was_spare
    assert await kernel.run("import sys; print('fractions' in sys.modules)") == "True"


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
