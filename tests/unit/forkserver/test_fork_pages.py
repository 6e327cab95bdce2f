"""A spare has the pages that children before it have written, and no others."""

from __future__ import annotations

import array
import contextlib
import ctypes
import mmap
import os

import psutil
import pytest
from eventually import eventually

from notebook_automation.forkserver.client.options import MIB
from notebook_automation.forkserver.server import pages
from notebook_automation.forkserver.server.pages import PAGE, PageHistory, covered
from notebook_automation.forkserver.server.process_info import memory_of


def _packed(*runs):
    return array.array("Q", [number for run in runs for number in run]).tobytes()


def test_pages_are_counted_over_several_lists():
    lists = [[(1, 5), (7, 9)], [(3, 8)], [(4, 5), (20, 30)]]
    assert covered(lists, 1) == [(1, 9), (20, 30)]
    assert covered(lists, 2) == [(3, 5), (7, 8)]
    assert covered(lists, 3) == [(4, 5)]
    assert covered([], 1) == []


def test_usual_is_what_one_of_the_last_children_had_for_itself():
    history = PageHistory()
    assert history.usual() == []
    history.add(_packed((10, 20)))
    history.add(_packed((15, 25)))
    assert history.usual() == [(10, 25)]
    for _ in range(pages.REPORTS - 1):
        history.add(_packed((100, 101)))
    assert history.usual() == [(15, 25), (100, 101)]
    history.add(_packed((100, 101)))
    assert history.usual() == [(100, 101)], "what children once wrote is forgotten"
    history.stop()
    history.add(_packed((10, 20)))
    assert history.usual() == []
    assert not any(history.wants_report() for _ in range(2 * pages.EVERY))


def test_a_damaged_report_teaches_nothing():
    history = PageHistory()
    for _ in range(pages.REPORTS):
        history.add(_packed((10, 20)))
    for damaged in (b"garbage", b"", b"12345678"):
        history.add(damaged)
    assert history.usual() == [(10, 20)]
    for _ in range(pages.REPORTS):
        history.add(_packed((2**64 - 1, 5), (0, 2**63)))
    assert pages.copy_ahead(history.usual(), [(10, 5)]) == 0


def test_the_first_children_report_and_then_now_and_then_one():
    history = PageHistory()
    for _ in range(pages.REPORTS):
        assert history.wants_report()
        history.add(_packed((10, 20)))
    asked = [history.wants_report() for _ in range(10 * pages.EVERY)]
    assert sum(asked) == 10


def test_children_that_are_killed_are_not_asked_for_ever():
    history = PageHistory()
    asked = [history.wants_report() for _ in range(10 * pages.EVERY)]
    assert asked[: pages.ASKED_FIRST] == [True] * pages.ASKED_FIRST
    assert sum(asked) == pages.ASKED_FIRST + 10


def test_pages_written_since_the_fork_are_found_and_those_copied_are_as_they_were():
    memory = mmap.mmap(-1, 64 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for number in range(64):
        memory[number * PAGE] = number
    first = ctypes.addressof(ctypes.c_char.from_buffer(memory)) // PAGE
    region = [(first, first + 64)]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            before = pages.own_pages(region)
            memory[3 * PAGE] = memory[4 * PAGE + 7] = memory[40 * PAGE] = 255
            written = pages.own_pages(region)
            beyond = [(first + 10, first + 12), (first + 63, first + 90)]
            copied = pages.copy_ahead(beyond, region)
            own = pages.own_pages(region)
            same = all(memory[number * PAGE] == number for number in range(64) if number not in (3, 40))
            relative = [[(a - first, b - first) for a, b in found] for found in (before, written, own)]
            os.write(writing, repr((relative, copied, same)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    result = os.read(reading, 10_000).decode()
    os.close(reading)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert result == repr(([[], [(3, 5), (40, 41)], [(3, 5), (10, 12), (40, 41), (63, 64)]], 3, True))


def test_too_much_memory_is_not_looked_at():
    too_much = [(0, pages.MOST_LOOKED_AT // PAGE + 1)]
    assert pages.own_pages(too_much) == []
    assert pages.report(too_much) == _packed((0, 0)), "an empty message would look like the end of the line"


def test_what_the_system_refuses_is_left_out_and_there_is_a_most(monkeypatch, tmp_path):
    with open(tmp_path / "short", "w+b") as file:
        file.truncate(4 * PAGE)
        cut = [mmap.mmap(file.fileno(), 4 * PAGE, flags=mmap.MAP_PRIVATE) for _ in range(2)]
        whole = mmap.mmap(-1, 16 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        cut += [mmap.mmap(file.fileno(), 4 * PAGE, flags=mmap.MAP_PRIVATE) for _ in range(2)]
        file.truncate(PAGE)
    good, *bad = (ctypes.addressof(ctypes.c_char.from_buffer(memory)) // PAGE for memory in (whole, *cut))
    usual = sorted([(good, good + 16), *((first + 2, first + 3) for first in bad)])
    assert pages.copy_ahead(usual, pages.writable_regions()) == 16
    monkeypatch.setattr(pages, "MOST_COPIED", 5 * PAGE)
    assert pages.copy_ahead([(good, good + 16)], pages.writable_regions()) == 5


def test_a_mapped_file_of_any_name_does_no_harm(tmp_path):
    name = os.fsencode(tmp_path) + b"/lat\xe9n \r.bin"
    with open(name, "w+b") as file:
        file.truncate(PAGE)
        memory = mmap.mmap(file.fileno(), PAGE, flags=mmap.MAP_PRIVATE)
    first = ctypes.addressof(ctypes.c_char.from_buffer(memory)) // PAGE
    assert pages.covered([pages.writable_regions(), [(first, first + 1)]], 2) == [(first, first + 1)]


def _spare_waits(server):
    """Whether a spare is ready, and the server knows it: both sleep."""
    try:
        spares = server.children()
        return spares and all(process.status() == psutil.STATUS_SLEEPING for process in (server, *spares))
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def server_of_pages(make_server):
    """A server whose children write to so many pages, one after the other: they report what they find."""

    async def children(server, counts):
        found = []
        for count in counts:
            process = await server.spawn({"pages": count}, hint={})
            found.append({**await process.received("own", 5), "was_spare": process.was_spare})
            await process.exited(5)
            assert process.returncode == 0
            itself = psutil.Process((await server.ready(20)).pid)
            with contextlib.suppress(AssertionError):  # where memory is short, no other spare comes
                await eventually(lambda of=itself: _spare_waits(of), seconds=1.0)
        return found

    async def make(**settings):
        server = make_server(
            "write_pages",
            prepare="prepare",
            spares=1,
            refill_seconds=1.0,
            core=("children", "children_pages"),
            **settings,
        )
        await server.ready(20)
        return server, children

    return make


async def test_a_spare_has_the_pages_that_those_before_it_have_written(server_of_pages):
    server, children = await server_of_pages()
    found = await children(server, [500, *[100] * 5, 600])
    asked, others = found[: pages.REPORTS], found[pages.REPORTS :]
    assert [one["own"] for one in asked] == [0] * len(asked), "what they were given would look like what they wrote"
    assert [one["own"] for one in others] == [500, 500]
    assert others[-1]["written"] == 600
    assert all(one["as_left_by_server"] for one in found)


async def test_a_server_that_would_hold_too_much_goes_on_without_copies(server_of_pages):
    server, children = await server_of_pages()
    await children(server, [0] * 2)
    report = await server.ready(20)
    alone = psutil.Process(report.pid)
    both = sum(memory_of(process.pid) for process in (alone, *alone.children()))
    server.close()
    server, children = await server_of_pages(memory_limit=both + 2 * MIB)
    found = await children(server, [900] * 10)
    assert not all(one["was_spare"] for one in found), "the first that had copies was too much"
    assert [one["own"] for one in found[-3:]] == [0, 0, 0]
    assert [one["was_spare"] for one in found[-3:]] == [True] * 3
