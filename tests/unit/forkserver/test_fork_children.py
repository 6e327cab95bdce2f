"""A forked child is a process of its own: nothing of the server, of the client or of its siblings is in it."""

# ruff: noqa: ASYNC220, ASYNC230, E501

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from eventually import eventually

from notebook_automation.forkserver import ForkServerGone

HERE = Path(__file__).parent


async def _seen(server, **arguments):
    process = await server.spawn({}, **arguments)
    message = await process.received("seen", 5)
    assert message is not None
    await process.exited(5)
    return message["seen"]


@pytest.mark.parametrize("spares", [0, 2])
async def test_child_has_the_identity_environment_and_limits_asked_for(spares, make_server, tmp_path):
    server = make_server(spares=spares)
    report = await server.ready(20)
    process = await server.spawn(
        {"number": 5},
        cwd=str(tmp_path),
        env={"ONLY": "this"},
        umask=0o027,
        rlimits={"RLIMIT_NOFILE": [77, 99]},
    )
    message = await process.received("seen", 5)
    seen = message["seen"]
    assert seen["request"] == {"number": 5}
    assert seen["env"] == {"ONLY": "this"}
    assert seen["cwd"] == str(tmp_path)
    assert seen["umask"] == 0o027
    assert seen["limit"] == [77, 99]
    assert seen["pid"] == process.pid == seen["session"] == seen["group"]
    assert seen["parent"] == report.pid
    assert seen["threads"] == 1
    assert seen["signals"] == {
        "SIGINT": str(signal.default_int_handler),
        "SIGTERM": str(signal.SIG_DFL),
        "SIGPIPE": str(signal.SIG_IGN),
    }
    assert str(HERE.parents[2] / "notebook_automation/forkserver/server") not in seen["path"]
    assert "" not in seen["path"]


@pytest.mark.parametrize("spares", [0, 3])
async def test_child_has_no_descriptor_of_server_or_siblings(spares, make_server):
    server = make_server(spares=spares)
    await server.ready(20)
    others = [await server.spawn({"how": "work", "seconds": 0}) for _ in range(3)]
    seen = await _seen(server)
    own = 5 if spares else 4  # a spare is asked for a report when there are few
    assert len(seen["files"]) == own, "standard streams, its own line, and the one that the report goes over"
    for other in others:
        await other.exited(5)


@pytest.mark.parametrize("spares", [0, 4])
async def test_siblings_have_different_randomness(spares, make_server, write_module):
    pytest.importorskip("numpy")
    source = (
        "import numpy as np, random\nrng = np.random.default_rng(3)\nold = np.random.RandomState(3)\nown = random.Random(3)\n"
        "def draw(): return [rng.random(), old.random(), own.random(), np.random.random(), random.random()]"
    )
    server = make_server("numbers", preload=["numpy", write_module("generators", source)], spares=spares)
    report = await server.ready(20)
    assert report.left_out == {}
    drawn = []
    for _ in range(4):
        process = await server.spawn({})
        drawn.append((await process.received("numbers", 5))["numbers"])
    for kind in zip(*drawn, strict=True):
        assert len(set(kind)) == 4


async def test_siblings_have_different_identities(make_server):
    server = make_server(spares=2)
    await server.ready(20)
    seen = [await _seen(server) for _ in range(3)]
    for of in ("uuid", "temporary", "pid"):
        assert len({s[of] for s in seen}) == 3
    assert len({tuple(s["random"]) for s in seen}) == 3


@pytest.mark.parametrize("spares", [0, 1])
async def test_what_one_child_changes_touches_no_other(spares, make_server, tmp_path):
    server = make_server("spoil_or_look", spares=spares)
    await server.ready(20)

    async def look():
        process = await server.spawn({}, cwd=str(tmp_path), env={"A": "1"}, umask=0o022)
        return (await process.received("seen", 5))["seen"]

    same = ("cwd", "env", "umask", "signals", "path", "changed")
    before = await look()
    for _ in range(3):
        process = await server.spawn({"spoil": True}, cwd=str(tmp_path))
        assert await process.received("spoiled", 5)
    after = await look()
    assert {k: after[k] for k in same} == {k: before[k] for k in same}


async def test_streams_are_those_given(make_server, tmp_path):
    server = make_server("copy")
    await server.ready(20)
    (tmp_path / "in").write_text("warm kernels")
    with open(tmp_path / "in") as given, open(tmp_path / "out", "w") as out, open(tmp_path / "err", "w") as err:
        process = await server.spawn({}, stdin=given.fileno(), stdout=out.fileno(), stderr=err.fileno())
        assert await process.exited(5)
    assert (tmp_path / "out").read_text() == "WARM KERNELS"
    assert (tmp_path / "err").read_text() == "careful\n"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"how": "none"}, 0),
        ({"how": "code", "code": 7}, 7),
        ({"how": "exit", "code": 4}, 4),
        ({"how": "signal", "signal": int(signal.SIGSEGV)}, -signal.SIGSEGV),
        ({"how": "raise"}, 70),
    ],
)
async def test_exit_is_reported(how, code, make_server, tmp_path):
    server = make_server("end")
    await server.ready(20)
    with open(tmp_path / "err", "w") as err:
        process = await server.spawn(how, stderr=err.fileno())
        assert await process.exited(5)
    assert process.returncode == process.poll() == process.wait() == code
    if how["how"] == "raise":
        assert "LookupError: nothing here" in (tmp_path / "err").read_text()
        assert (await process.received("failed"))["failed"] == "LookupError: nothing here"
    again = await server.spawn({"how": "code", "code": 1})
    assert again.wait(5) == 1, "the next one is not touched"


async def test_usage_is_reported(make_server):
    server = make_server("end")
    await server.ready(20)
    process = await server.spawn({"how": "work", "seconds": 0.2})
    await process.exited(10)
    assert 0.2 <= process.usage.user_seconds + process.usage.system_seconds < 2
    assert process.usage.peak_memory > 1_000_000


async def test_closing_the_line_kills_the_whole_group(make_server, running):
    server = make_server("family")
    await server.ready(20)
    process = await server.spawn({})
    family = (await process.received("family", 5))["family"]
    assert all(running(pid) for pid in family)
    process.close()
    await eventually(lambda: not any(running(pid) for pid in family))


async def test_what_a_child_leaves_running_ends_with_it(make_server, running):
    server = make_server("family")
    await server.ready(20)
    process = await server.spawn({"leave": True})
    family = (await process.received("family", 5))["family"]
    assert await process.exited(5)
    assert process.returncode == 0
    await eventually(lambda: not running(family[1]))


async def test_signals_reach_child_or_group(make_server, running):
    server = make_server("family")
    await server.ready(20)
    process = await server.spawn({})
    await process.received("family", 5)
    process.signal_group(signal.SIGTERM)
    assert await process.exited(5)
    assert process.returncode == -signal.SIGTERM
    process.send_signal(signal.SIGTERM)  # nobody there any more: nothing happens
    process.kill()


async def test_several_wait_for_one_child_from_several_loops(make_server):
    server = make_server("end")
    await server.ready(20)
    process = await server.spawn({"how": "work", "seconds": 0.2})

    def elsewhere():
        return asyncio.run(process.exited(10))

    results = await asyncio.gather(process.exited(10), asyncio.to_thread(elsewhere), process.exited(10))
    assert results == [True, True, True]
    assert not await (await server.spawn({"how": "work", "seconds": 5})).exited(0.05), "a wait has its limit"


async def test_requests_may_be_large(make_server):
    server = make_server("large", spares=1)
    await server.ready(20)
    process = await server.spawn({"text": "x" * 3_000_000}, env={f"V{i}": "y" * 1000 for i in range(200)})
    assert (await process.received("size", 5))["size"] == 3_000_000


async def test_end_of_the_server_ends_its_children(make_server, running):
    server = make_server("family")
    report = await server.ready(20)
    process = await server.spawn({})
    family = (await process.received("family", 5))["family"]
    os.kill(report.pid, signal.SIGKILL)
    assert await process.exited(5)
    assert process.returncode == -signal.SIGKILL
    await eventually(lambda: not any(running(pid) for pid in family))
    await eventually(lambda: server.has_ended)
    with pytest.raises(ForkServerGone):
        await server.spawn({})


async def test_end_of_the_client_ends_everything(running, tmp_path):
    """The client is killed without a chance to say anything."""
    client = subprocess.Popen(
        [sys.executable, str(HERE / "client_to_kill.py"), str(HERE)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[2]), str(HERE)]), "TMPDIR": str(tmp_path)},
    )
    pids = json.loads(client.stdout.readline())
    assert all(running(pid) for pid in pids)
    client.kill()
    client.wait()
    client.stdout.close()
    await eventually(lambda: not any(running(pid) for pid in pids))
    await eventually(lambda: not list(tmp_path.iterdir()))


async def test_server_that_ends_before_it_answers_is_used_no_more(make_server):
    server = make_server()
    report = await server.ready(20)
    os.kill(report.pid, signal.SIGSTOP)
    asking = asyncio.ensure_future(server.spawn({}))
    await asyncio.sleep(0)
    os.kill(report.pid, signal.SIGKILL)
    with pytest.raises(ForkServerGone):
        await asking
    assert not server.is_ready
