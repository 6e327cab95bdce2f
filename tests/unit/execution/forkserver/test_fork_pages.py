"""A spare has the pages that children before it have written, and no others."""

from __future__ import annotations

import array
import ctypes
import mmap
import os

from notebook_automation.execution.forkserver.server import pages
from notebook_automation.execution.forkserver.server.pages import PAGE, PageHistory, covered


def _packed(*runs):
    return array.array("Q", [number for run in runs for number in run]).tobytes()


def test_pages_are_counted_over_several_lists():
    lists = [[(1, 5), (7, 9)], [(3, 8)], [(4, 5), (20, 30)]]
    assert covered(lists, 1) == [(1, 9), (20, 30)]
    assert covered(lists, 2) == [(3, 5), (7, 8)]
    assert covered(lists, 3) == [(4, 5)]
    assert covered([], 1) == []


def test_usual_is_what_most_of_the_last_children_have_written():
    history = PageHistory()
    history.add(_packed((10, 20)))
    assert history.usual == [(10, 20)]
    history.add(_packed((15, 25)))
    assert history.usual == [(15, 20)]
    history.add(_packed((12, 18)))
    assert history.usual == [(12, 20)]
    for _ in range(pages.REPORTS):
        history.add(_packed((100, 101)))
    assert history.usual == [(100, 101)], "what children once wrote is forgotten"


def test_a_damaged_report_teaches_nothing():
    history = PageHistory()
    history.add(_packed((10, 20)))
    history.add(b"garbage")
    assert history.usual == [(10, 20)]
    history.add(b"")
    assert history.usual == [], "one of two children has written nothing"


def test_the_first_children_report_and_then_now_and_then_one():
    history = PageHistory()
    for _ in range(pages.REPORTS):
        assert history.wants_report()
        history.add(_packed((10, 20)))
    asked = [history.wants_report() for _ in range(10 * pages.EVERY)]
    assert sum(asked) == 10


def test_only_pages_written_since_the_fork_are_reported_and_copied_pages_are_as_they_were():
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
    said = os.read(reading, 10_000).decode()
    os.close(reading)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert said == repr(([[], [(3, 5), (40, 41)], [(3, 5), (10, 12), (40, 41), (63, 64)]], 3, True))


def test_too_much_memory_is_not_looked_at():
    assert pages.own_pages([(0, pages.MOST_LOOKED_AT // PAGE + 1)]) == []


async def test_a_spare_has_the_pages_that_the_one_before_it_has_written(make_server):
    server = make_server("write_pages", prepare="prepare", spares=1, core=("children", "children_pages"))
    await server.ready(20)
    told = []
    for _ in range(4):
        process = await server.spawn({}, hint={})
        told.append(await process.told("own", 5))
        await process.exited(5)
        assert process.returncode == 0
    assert told[0]["own"] == 0
    assert told[-1]["own"] == told[-1]["written"] == 500
    assert all(one["as_left_by_server"] for one in told)
