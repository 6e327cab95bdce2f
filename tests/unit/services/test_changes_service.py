"""Changes: every listener gets each one in order, or is told that it missed some."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from notebook_automation.domain.access import Caller
from notebook_automation.domain.projects import ProjectChange
from notebook_automation.services.changes import BUFFER
from notebook_automation.store import changes


async def test_a_listener_hears_every_change_in_order_whoever_made_it(
    rooms: Any, ana: Caller, make_rooms: Callable[..., Any]
):
    await rooms.changes.start()
    other = make_rooms()
    async with rooms.changes.listening() as listener:
        first = await rooms.trigger()
        await other.trigger("refunds")
        await rooms.triggers.remove(ana, first.id)
        heard = []
        async with asyncio.timeout(10):
            while not heard or heard[-1].activity != "deleted":
                heard.append(await listener.queue.get())
    assert [change.seq for change in heard] == sorted({change.seq for change in heard})
    _, stored = await rooms.changes.after(0)
    assert heard == stored
    assert rooms.changes.seq == stored[-1].seq


async def test_who_resumes_gets_what_it_missed_and_is_told_when_that_is_gone(rooms: Any, ana: Caller):
    await rooms.changes.start()
    for name in ("a", "b", "c"):
        await rooms.trigger(name)
    complete, all_of_them = await rooms.changes.after(0)
    assert complete
    seen = all_of_them[1].seq
    assert await rooms.changes.after(seen) == (True, all_of_them[2:])
    assert await rooms.changes.after(all_of_them[-1].seq) == (True, [])
    rooms.database.write_now(lambda tx: changes.forget(tx, time.time() + 60))
    assert (await rooms.changes.after(seen))[0] is False
    assert await rooms.changes.after(all_of_them[-1].seq - 1) == (True, all_of_them[-1:])


async def test_who_misses_more_than_is_kept_for_one_is_told_to_begin_anew(rooms: Any):
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(BUFFER + 501)]
    rooms.database.write_now(lambda tx: changes.announce_many(tx, many))
    assert (await rooms.changes.after(0))[0] is False
    assert (await rooms.changes.after(600))[0] is True


async def test_a_listener_that_does_not_keep_up_lags_and_holds_up_nobody(rooms: Any):
    await rooms.changes.start()
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(500)]
    async with rooms.changes.listening() as slow, rooms.changes.listening() as quick:
        heard = 0
        for _ in range(BUFFER // 500 + 1):
            rooms.database.write_now(lambda tx: changes.announce_many(tx, many))
            rooms.changes.poke()
            async with asyncio.timeout(20):
                for _ in range(500):
                    await quick.queue.get()
                    heard += 1
        assert slow.lagging
        assert slow.queue.qsize() == BUFFER
        assert (quick.lagging, heard) == (False, BUFFER + 500)
        last = [slow.queue.get_nowait() for _ in range(BUFFER)][-1]
        complete, rest = await rooms.changes.after(last.seq)
        assert complete
        assert len(rest) == 500


async def test_every_listener_is_told_of_the_end(rooms: Any):
    await rooms.changes.start()
    async with rooms.changes.listening() as listener:
        await rooms.changes.stop()
        assert await listener.queue.get() is None
