"""Spares are ready ahead, fit what is asked for, and are given back by memory, time and order."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess

import pytest
from eventually import eventually

from notebook_automation.forkserver.client.options import MIB
from notebook_automation.forkserver.server.children import ChildHandle
from notebook_automation.forkserver.server.process_info import memory_of
from notebook_automation.forkserver.server.protocol import ServerOptions
from notebook_automation.forkserver.server.spares import SOON, SparePolicy


def _children(report):
    with open(f"/proc/{report.pid}/task/{report.pid}/children") as file:
        return [int(pid) for pid in file.read().split()]


async def test_spare_has_done_its_part_before_the_request(make_server):
    server = make_server("prepared", prepare="prepare", spares=1)
    report = await server.ready(20)
    await eventually(lambda: len(_children(report)) == 1)
    waiting = _children(report)[0]
    process = await server.spawn({}, hint={})
    message = await process.received("prepared", 5)
    assert process.was_spare
    assert process.pid == waiting
    assert message["prepared"] == {"hint": {}, "pid": waiting}
    await eventually(lambda: len(_children(report)) == 1 and waiting not in _children(report))


async def test_spares_follow_what_is_asked_for(make_server):
    server = make_server("prepared", prepare="prepare", spares=2)
    report = await server.ready(20)
    await eventually(lambda: len(_children(report)) == 2)
    first = await server.spawn({}, hint={"argv": ["--quiet"]})
    assert not first.was_spare
    assert (await first.received("prepared", 5))["prepared"]["hint"] == {"argv": ["--quiet"]}
    await first.exited(5)

    async def a_spare():
        process = await server.spawn({}, hint={"argv": ["--quiet"]})
        await process.exited(5)
        return process if process.was_spare else None

    later = await eventually(a_spare)
    assert (await later.received("prepared"))["prepared"]["hint"] == {"argv": ["--quiet"]}


async def test_without_spares_or_when_they_are_not_wanted_a_child_is_forked_at_once(make_server):
    server = make_server("prepared", prepare="prepare", spares=1)
    await server.ready(20)
    process = await server.spawn({}, use_spare=False)
    message = await process.received("prepared", 5)
    assert not process.was_spare
    assert message["prepared"]["pid"] == process.pid


async def test_spares_that_end_by_themselves_are_given_up(make_server):
    server = make_server("prepared", prepare="prepare_badly", spares=1)
    report = await server.ready(20)
    await eventually(lambda: server.notes)
    assert server.notes == ["spare children end before their use (exit code 9): none are kept"]
    assert _children(report) == []


async def test_spares_stay_within_the_memory_limit(make_server):
    server = make_server("prepared", prepare="prepare", spares=8)
    report = await server.ready(20)
    await eventually(lambda: len(_children(report)) == 8)
    alone = memory_of(report.pid)
    limited = make_server("prepared", prepare="prepare", spares=8, memory_limit=alone + MIB)
    report = await limited.ready(20)
    process = await limited.spawn({})
    assert await process.received("prepared", 5), "the limit is about spares only"
    await process.exited(5)
    assert len(_children(report)) < 8


async def test_idle_server_is_given_back(make_server, running):
    server = make_server(spares=2, idle_seconds=0.5)
    report = await server.ready(20)
    await eventually(lambda: server.has_ended)
    assert not running(report.pid)


async def test_idle_server_waits_for_its_children(make_server, running):
    server = make_server("family", spares=2, idle_seconds=0.3)
    report = await server.ready(20)
    process = await server.spawn({})
    await process.received("family", 5)
    await eventually(lambda: server.retiring and _children(report) == [process.pid])
    assert running(process.pid)
    process.kill()
    assert await process.exited(5)
    await eventually(lambda: server.has_ended)


async def test_retired_server_ends_with_its_last_child(make_server, running):
    server = make_server("family", spares=2)
    report = await server.ready(20)
    process = await server.spawn({})
    await process.received("family", 5)
    server.retire()
    assert not server.is_ready
    await eventually(lambda: _children(report) == [process.pid])
    process.close()
    await eventually(lambda: not running(report.pid))


async def test_no_descriptor_or_process_is_left_after_many_children(make_server):
    server = make_server("end", spares=2)
    report = await server.ready(20)

    def held():
        return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{report.pid}/fd"))

    async def some(count):
        for number in range(count):
            process = await server.spawn({"how": "code", "code": number % 100})
            await process.exited(5)
            assert process.returncode == number % 100
        await eventually(lambda: len(_children(report)) == 2)

    await some(5)
    before = held()
    await some(60)
    grown = lambda: [now - then for now, then in zip(held(), before, strict=True) if now > then]  # noqa: E731
    await eventually(lambda: not grown(), what=lambda: f"{held()} is more than {before}")


async def test_next_spare_is_made_when_nobody_is_at_work(make_server):
    server = make_server("end", spares=1, refill_seconds=60.0)
    report = await server.ready(20)
    await eventually(lambda: len(_children(report)) == 1)
    first = await server.spawn({"how": "work", "seconds": 60})
    second = await server.spawn({"how": "work", "seconds": 0})
    await second.exited(5)
    assert _children(report) == [first.pid], "one child is still at work"
    first.kill()
    await first.exited(5)
    await eventually(lambda: len(_children(report)) == 1)
    third = await server.spawn({"how": "code", "code": 0})
    assert third.was_spare
    await third.exited(5)


async def test_requests_that_never_cease_do_not_keep_spares_away(make_server):
    server = make_server("end", spares=1, refill_seconds=0.3)
    await server.ready(20)
    working = await server.spawn({"how": "work", "seconds": 60})
    were_spares = []
    async with asyncio.timeout(30):
        while were_spares.count(True) < 3:
            process = await server.spawn({"how": "code", "code": 0})
            await process.exited(5)
            were_spares.append(process.was_spare)
    working.kill()
    assert not all(were_spares)


@pytest.fixture
def policy():
    """One spare is wanted, 60 s after the last was used."""
    return SparePolicy(ServerOptions(entry="children:end", spares=1, refill_seconds=60.0))


def test_a_spare_is_due_a_while_after_the_last_was_used(policy):
    assert policy.next_at([]) == 0.0
    policy.served(by_spare=True, now=10.0)
    assert policy.next_at([]) == 70.0


def test_a_spare_is_due_soon_when_the_last_child_at_work_has_ended(policy):
    policy.served(by_spare=True, now=10.0)
    policy.nothing_runs(now=20.0)
    assert policy.next_at([]) == 20.0 + SOON


def test_no_spare_is_due_where_the_next_request_has_come_at_once(policy):
    policy.served(by_spare=True, now=10.0)
    policy.nothing_runs(now=20.0)
    policy.served(by_spare=False, now=20.01)
    assert policy.next_at([]) == 20.01 + 60.0 / 5


def test_further_requests_do_not_put_the_next_spare_off(policy):
    policy.served(by_spare=True, now=10.0)
    policy.served(by_spare=False, now=30.0)
    assert policy.next_at([]) == 42.0
    policy.served(by_spare=True, now=41.0)
    assert policy.next_at([]) == 42.0


def test_a_spare_that_has_been_killed_is_given_to_nobody_while_it_dies(policy):
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    ours, theirs = socket.socketpair()
    spare = ChildHandle(process.pid, ours, {})
    try:
        assert policy.fitting({}, [spare]) == [spare]
        spare.kill()
        assert policy.fitting({}, [spare]) == []
    finally:
        process.kill()
        process.wait()
        spare.close()
        theirs.close()
