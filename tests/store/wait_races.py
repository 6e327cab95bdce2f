"""Signal, timer, cancel, restart and parking at once, from two processes, for what one session waits for."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from samples import running_session
from sqlalchemy import select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.services.changes import Changes
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.events import Events
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.projects import Projects
from notebook_automation.services.sessions import Sessions
from notebook_automation.services.signals import Signals
from notebook_automation.services.subscriptions import Subscriptions
from notebook_automation.services.waits import Question, Waits
from notebook_automation.services.wakes import Wakes
from notebook_automation.settings import Settings
from notebook_automation.store import parking, session_claims, sessions, waits
from notebook_automation.store.database import Database
from notebook_automation.store.tables.waits import messages, wait_keys

ANA = Caller(kind="user", login="ana")
SECONDS = 1000.0
POSITION = (2, 0, 0)


class Side:
    """The services of one process."""

    def __init__(self, database: Database, folder: Path) -> None:
        filters, projects = Filters(), Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        self.database = database
        self.woken: list[str] = []
        self.signals = Signals(database, queued=self.woken.extend)
        blobs, settings = FileBlobs(folder / "blobs"), Settings(data_dir=str(folder))
        parked = ParkedResults(database, blobs, Seal(folder / "secret.key"), settings)
        self.sessions = Sessions(database, projects, queued=self.woken.extend, stopping=lambda _: None, parked=parked)
        self.events = Events(database, projects, filters, queued=self.woken.extend)
        self.subscriptions = Subscriptions(database, filters)
        self.waits = Waits(database, filters, Credentials(projects.cipher), Changes(database))
        self.wakes = Wakes(database, HeldSessions(database, filters))


@dataclass
class Race:
    """One session that waits for a signal or a time, and what happens to it: how often it was parked and restarted."""

    session: Session
    wait: Wait
    parks: int = 0
    restarts: int = 0

    @property
    def id(self) -> str:
        return self.session.id

    async def signal(self, side: Side) -> None:
        # Of a session that is over, nobody waits any more.
        with contextlib.suppress(Conflict):
            await side.signals.send(ANA, self.id, "approve", "yes")

    async def timer(self, side: Side) -> None:
        # As the server's timer: what is due by a clock that has come to its time.
        woken, _ = await side.wakes.wake_due((self.wait.wake_at or 0) + 1, 10)
        side.woken.extend(woken)

    async def too_early(self, side: Side) -> None:
        assert await side.wakes.wake_due((self.wait.wake_at or 0) - SECONDS - 1, 10) == ([], False)

    async def cancel(self, side: Side) -> None:
        await side.sessions.cancel(ANA, self.id)

    async def park(self, side: Side) -> None:
        def work(tx: Any) -> bool:
            now = sessions.get(tx, self.id)
            if now is None or parking.park(tx, now, now.owner or "", wake_at=self.wait.wake_at) is None:
                return False
            if waits.open_of(tx, self.id) is None:
                raise _WaitIsOver
            return True

        with contextlib.suppress(_WaitIsOver):
            parked = await side.database.write(work)
            self.parks += parked

    async def restart(self, side: Side) -> None:
        """Its process is killed: it goes on from its last checkpoint."""

        def work(tx: Any) -> bool:
            now = sessions.get(tx, self.id)
            assert now is not None
            return parking.queue_again(tx, now, now.owner or "", crashed=True, reason="killed") is not None

        # Counted after it was awaited: the other process counts, too.
        restarted = await side.database.write(work)
        self.restarts += restarted

    async def run_again(self, side: Side) -> Wait | None:
        """Claim and begin it where it is queued, and ask again as its cell does; None where it is not queued."""

        def work(tx: Any) -> Session | None:
            for one in session_claims.claim(tx, "next", 10, 60):
                begun = session_claims.acquire(tx, one.id, "next", one.attempt, token_hash=f"hash {one.id}", lease=60)
                if begun is not None and begun.id == self.id:
                    return begun
            return None

        begun = await side.database.write(work)
        # Between the two it may have been parked and cancelled.
        with contextlib.suppress(Conflict):
            return None if begun is None else await self.ask(side)
        return None

    async def ask(self, side: Side) -> Wait:
        """Ask as its cell does, each time that it runs."""
        return await ask(side, self.session)

    def end(self, tx: Any, session: Session) -> None:
        """End a session that is to be cancelled, as its runner does."""
        sessions.end(tx, self.id, "cancelled", owner=session.owner or "", attempt=session.attempt)
        waits.end_open(tx, self.id, now=1.0)


class _WaitIsOver(Exception):
    """The park comes too late."""


async def begun(side: Side, project: Project) -> Race:
    session = await asyncio.to_thread(running_session, side.database, project, "a", is_durable=True)
    wait = await ask(side, session)
    assert wait.status == "open"
    return Race(session, wait)


async def ask(side: Side, session: Session) -> Wait:
    """Wait in a session as its cell does, each time that it runs."""
    caller = Caller(kind="session", login="x", session_id=session.id, project_id=session.project_id)
    question = Question(kind="signal", name="approve", position=POSITION, seconds=SECONDS)
    return (await side.waits.ask(caller, session.id, question)).wait


def chains(race: Race, chance: random.Random) -> list[list[Callable[[Side], Awaitable[Any]]]]:
    """Return what each of two processes does, one after the other."""
    actions: list[Callable[[Side], Awaitable[Any]]] = [race.park, race.signal, race.timer]
    actions += [one for one in (race.cancel, race.restart, race.run_again, race.too_early) if chance.random() < 0.5]
    actions += chance.choices([race.park, race.timer, race.run_again, race.restart], k=chance.randrange(3))
    chance.shuffle(actions)
    cut = chance.randrange(len(actions) + 1)
    return [actions[:cut], actions[cut:]]


async def run(chain: list[Callable[[Side], Awaitable[Any]]], side: Side) -> None:
    for action in chain:
        await action(side)


async def settled(race: Race, side: Side) -> Session:
    """Let everything take its course: who is cancelled ends, who is queued begins, who waits is woken by its time."""
    for _ in range(4):
        now = await side.database.read(lambda tx: sessions.get(tx, race.id))
        assert now is not None
        if now.status == "canceling":
            await side.database.write(partial(_end, race, now))
        elif now.status == "requested":
            await race.run_again(side)
        elif now.status == "waiting":
            await race.timer(side)
        else:
            return now
    raise AssertionError(f"stuck: {now}")


def _end(race: Race, session: Session, tx: Any) -> None:
    race.end(tx, session)


async def check(race: Race, side: Side) -> None:
    now = await settled(race, side)
    if now.status == "running" and await side.database.read(lambda tx: waits.open_of(tx, race.id)) is not None:
        # It runs and waits: its own look ends it.
        await side.database.write(lambda tx: waits.expire(tx, [race.id], (race.wait.wake_at or 0) + 1))
    wait = await side.database.read(lambda tx: waits.get(tx, race.id, race.wait.id))
    sent = await side.database.read(lambda tx: tx.execute(select(messages.c.wait_id)).scalars().all())
    keys = await side.database.read(lambda tx: tx.execute(select(wait_keys)).all())
    assert wait is not None
    assert keys == []
    if now.status == "cancelled":
        assert wait.status in ("answered", "timeout", "cancelled")
        assert sent == []
    else:
        assert now.status == "running"
        # The signal is with the wait, or still to be taken: never both, never lost.
        assert (wait.status, sent) in (("answered", [wait.id]), ("timeout", [None])), (wait, sent)
        again = await ask(side, race.session)
        assert (again.id, again.status, again.answer) == (wait.id, wait.status, wait.answer)
        # Each time that it was let go it was queued once.
        assert now.attempt == 1 + race.parks + race.restarts
    await side.database.write(lambda tx: gone(tx, race.id))


def gone(tx: Any, session_id: str) -> None:
    from notebook_automation.store.tables.sessions import sessions as table

    tx.execute(table.delete().where(table.c.id == session_id))
