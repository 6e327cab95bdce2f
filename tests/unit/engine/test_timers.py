"""Sessions are woken at their time: by the clock, after it was set, after a restart, a thousand at once in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.engine.timers import Timers
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.wakes import Wakes
from notebook_automation.store import sessions

NOW = 1_800_000_000.0


class Clock:
    """A clock of the day that stands until it is set."""

    now = NOW

    def __call__(self) -> float:
        return self.now


async def waiting(server: Any, *wake_ats: float, status: str = "waiting") -> list[str]:
    """Store sessions that wait without a process until these times."""
    project = await server.project()
    made = [
        Session(
            id=SESSION_ID.new(), project_id=project.id, project="sales", call="a.ipynb", status=status,  # type: ignore[arg-type]
            created_at=NOW, started_by="ana", wake_at=at,
        )
        for at in wake_ats
    ]  # fmt: skip

    def work(tx: Any) -> None:
        for session in made:
            sessions.add(tx, session)

    await server.database.write(work)
    return [session.id for session in made]


@pytest.fixture
async def start(server: Any) -> AsyncIterator[Callable[..., Any]]:
    """Starts timers as a server that has got the lease does; all are stopped at the end."""
    started: list[Timers] = []

    async def start_one(clock: Callable[[], float], queued: Callable[[Any], None]) -> Timers:
        held = HeldSessions(server.database, server.filters)
        timers = Timers([held, Wakes(server.database, held)], queued, clock=clock)
        if not started:
            await server.changes.start()
        server.changes.on_change(timers.changed)
        await timers.start()
        started.append(timers)
        return timers

    yield start_one
    for timers in started:
        await timers.stop()


async def test_what_was_due_while_no_server_ran_is_woken_at_its_start(server: Any, start: Callable[..., Any]) -> None:
    late, later, _ = await waiting(server, NOW - 60, NOW - 5, NOW + 60)
    woken: list[str] = []
    await start(Clock(), woken.extend)
    await eventually(lambda: len(woken) == 2)
    assert woken == [late, later]


async def test_a_session_that_begins_to_wait_is_woken_at_its_time(server: Any, start: Callable[..., Any]) -> None:
    clock, woken, began = asyncio.get_running_loop().time, list[str](), asyncio.get_running_loop().time()
    await start(clock, woken.extend)
    [late, soon] = await waiting(server, began + 1000, began + 0.3)
    await eventually(lambda: woken)
    assert woken == [soon]
    assert clock() >= began + 0.3
    [held] = await waiting(server, began + 0.4, status="scheduling")
    await eventually(lambda: held in woken)
    assert late not in woken


async def test_a_clock_that_is_set_forward_wakes_who_is_due_by_it(server: Any, start: Callable[..., Any]) -> None:
    [session] = await waiting(server, NOW + 3600)
    clock, woken = Clock(), list[str]()
    timers = await start(clock, woken.extend)
    await timers.look()
    assert woken == []
    clock.now += 4000
    # The watch looks every second.
    await eventually(lambda: woken == [session])


async def test_a_thousand_at_once_are_woken_in_the_order_of_their_times(server: Any) -> None:
    times = [NOW - (number * 7919 % 1000) for number in range(1000)]
    made = await waiting(server, *times)
    portions: list[list[str]] = []
    wakes = Wakes(server.database, HeldSessions(server.database, server.filters))
    await Timers([wakes], lambda ids: portions.append(list(ids)), clock=Clock()).look()
    assert [session_id for portion in portions for session_id in portion] == [
        session_id for _, session_id in sorted(zip(times, made, strict=True))
    ]
    assert len(portions) > 5
