"""A session that goes on may be claimed again while its runner still clears up: its attempts never overlap here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.claims import Claims
from notebook_automation.store import parking, sessions
from notebook_automation.supervisor import claimed_attempt
from notebook_automation.supervisor.in_process_runners import InProcessRunners
from notebook_automation.supervisor.supervisor import Supervisor
from tests.eventually import eventually


class GoesOnAndOn:
    """Runners whose attempts let their session go when they are told to, and are over later."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts
        self.acquired: list[AcquiredSession] = []
        self.over: list[asyncio.Event] = []
        self.told: list[tuple[int, str]] = []

    def build(self, begun: Callable[[], None], changed: Callable[[], None]) -> _Attempt:
        return _Attempt(self, self._attempts, begun)


class _Attempt:
    def __init__(self, all: GoesOnAndOn, attempts: Attempts, begun: Callable[[], None]) -> None:
        self._all, self._attempts, self._begun = all, attempts, begun
        self._number = 0

    async def run(self, session_id: str, owner: str, attempt: int) -> None:
        acquired = await self._attempts.acquire(session_id, owner, attempt)
        assert acquired is not None
        over = asyncio.Event()
        self._number = attempt
        self._all.over.append(over)
        self._all.acquired.append(acquired)
        self._begun()
        await over.wait()

    def stop(self, cause: str) -> None:
        self._all.told.append((self._number, cause))
        self._all.over[self._number - 1].set()


@pytest.fixture
async def runners(server: Any, ana: Caller) -> AsyncIterator[tuple[GoesOnAndOn, Supervisor, str]]:
    """The runners of a supervisor that runs one durable session, which has begun; and the session's id."""
    project = await server.project()
    server.notebook("sales/report.ipynb", None, "1")
    session = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session
    runners = GoesOnAndOn(Attempts(server.database, server.projects, server.settings))
    claims = Claims(server.database, server.projects, server.settings)
    settings = replace(server.settings, supervisor_poll=0.05)
    supervisor = Supervisor(claims, settings, InProcessRunners(runners.build), lambda news: None)
    working = asyncio.create_task(supervisor.work())
    await eventually(lambda: len(runners.acquired) == 1)
    yield runners, supervisor, session.id
    supervisor.close()
    for over in runners.over:
        over.set()
    await working


async def go_on_later(server: Any, acquired: AcquiredSession) -> None:
    await server.database.write(
        lambda tx: parking.queue_again(tx, acquired.session, acquired.owner, crashed=False, reason="")
    )


async def status(server: Any, session_id: str, wanted: str) -> bool:
    found = await server.database.read(lambda tx: sessions.statuses(tx, [session_id]))
    return bool(found[session_id] == wanted)


async def test_an_attempt_begins_when_the_one_before_it_is_over(
    server: Any, runners: tuple[GoesOnAndOn, Supervisor, str]
) -> None:
    all, supervisor, session_id = runners
    await go_on_later(server, all.acquired[0])
    await eventually(lambda: status(server, session_id, "scheduled"))
    assert len(all.acquired) == 1
    all.over[0].set()
    await eventually(lambda: len(all.acquired) == 2)
    assert all.acquired[1].session.attempt == 2
    # It is the second one that is known now.
    supervisor.cancel(session_id)
    await eventually(lambda: (2, "cancelled") in all.told)


async def test_an_attempt_that_hangs_makes_way_for_the_next(
    server: Any, runners: tuple[GoesOnAndOn, Supervisor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claimed_attempt, "_LETS_GO_SECONDS", 0.05)
    all, _, _ = runners
    await go_on_later(server, all.acquired[0])
    await eventually(lambda: len(all.acquired) == 2)
    assert not all.over[0].is_set()
