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
    server: Any, ana: Caller, make_server: Callable[..., Any]
):
    await server.changes.start()
    other = make_server()
    async with server.changes.listening() as listener:
        first = await server.trigger()
        await other.trigger("refunds")
        await server.triggers.remove(ana, first.id)
        heard = []
        async with asyncio.timeout(10):
            while not heard or heard[-1].activity != "deleted":
                heard.append(await listener.queue.get())
    assert [change.seq for change in heard] == sorted({change.seq for change in heard})
    _, stored = await server.changes.after(0)
    assert heard == stored
    assert server.changes.seq == stored[-1].seq


async def test_who_resumes_gets_what_it_missed_and_is_told_when_that_is_gone(server: Any, ana: Caller):
    await server.changes.start()
    for name in ("a", "b", "c"):
        await server.trigger(name)
    complete, all_of_them = await server.changes.after(0)
    assert complete
    seen = all_of_them[1].seq
    assert await server.changes.after(seen) == (True, all_of_them[2:])
    assert await server.changes.after(all_of_them[-1].seq) == (True, [])
    server.database.write_now(lambda tx: changes.forget(tx, time.time() + 60))
    assert (await server.changes.after(seen))[0] is False
    assert await server.changes.after(all_of_them[-1].seq - 1) == (True, all_of_them[-1:])


async def test_who_misses_more_than_is_kept_for_one_is_told_to_begin_anew(server: Any):
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(BUFFER + 501)]
    server.database.write_now(lambda tx: changes.announce_many(tx, many))
    assert (await server.changes.after(0))[0] is False
    assert (await server.changes.after(600))[0] is True


async def test_a_listener_that_does_not_keep_up_lags_and_holds_up_nobody(server: Any):
    await server.changes.start()
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(500)]
    async with server.changes.listening() as slow, server.changes.listening() as quick:
        heard = 0
        for _ in range(BUFFER // 500 + 1):
            server.database.write_now(lambda tx: changes.announce_many(tx, many))
            server.changes.poke()
            async with asyncio.timeout(20):
                for _ in range(500):
                    await quick.queue.get()
                    heard += 1
        assert slow.lagging
        assert slow.queue.qsize() == BUFFER
        assert (quick.lagging, heard) == (False, BUFFER + 500)
        last = [slow.queue.get_nowait() for _ in range(BUFFER)][-1]
        complete, rest = await server.changes.after(last.seq)
        assert complete
        assert len(rest) == 500


async def test_every_listener_is_told_of_the_end(server: Any):
    await server.changes.start()
    async with server.changes.listening() as listener:
        await server.changes.stop()
        assert await listener.queue.get() is None
