"""Answers, time-out, withdrawal, cancel, restart and parking at once, from two processes, for what one session asks."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inquiry_desk import code_of, person
from samples import running_session
from wait_races import SECONDS, Race, Side, gone, settled

from notebook_automation.domain.errors import Conflict, Forbidden
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.services.inquiries import Inquiries
from notebook_automation.services.inquiry_answers import InquiryAnswers
from notebook_automation.services.inquiry_changes import end_of_session
from notebook_automation.services.inquiry_times import InquiryTimes
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log, waits
from notebook_automation.store.database import Database

BEGIN = 1_000_000.0
POSITION = (2, 0, 0)
_ENDS = {"responded": "answered", "timeout": "timed_out", "cancelled": ("withdrawn", "cancelled")}


class InquirySide(Side):
    """The services of one process; the clock stands at the beginning until the time-out moves it."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        settings, clock = Settings(), lambda: BEGIN
        self.inquiries = Inquiries(database, settings, clock=clock)
        self.answers = InquiryAnswers(database, settings, queued=self.woken.extend, clock=clock)
        self.times = InquiryTimes(database, settings)


@dataclass
class InquiryRace(Race):
    """One session that asks; ``won`` are those whose act was taken."""

    won: list[str] = field(default_factory=list)

    @property
    def inquiry_id(self) -> str:
        found: str = self.wait.question["inquiries"][0]
        return found

    async def answer(self, side: Side, who: str, decision: Any) -> None:
        assert isinstance(side, InquirySide)
        # Who comes too late, or again, is told so.
        with contextlib.suppress(Conflict, Forbidden):
            await side.answers.answer(person(who), self.inquiry_id, Given(decision=decision), "rest")
            self.won.append(f"{decision} by {who}")

    async def approve(self, side: Side) -> None:
        await self.answer(side, "bea", "approve")

    async def reject(self, side: Side) -> None:
        await self.answer(side, "cy", "reject")

    async def withdraw(self, side: Side) -> None:
        assert isinstance(side, InquirySide)
        with contextlib.suppress(Conflict):
            await side.answers.withdraw(code_of(self.session), self.inquiry_id, "", "rest")
            self.won.append("withdrawn")

    async def timer(self, side: Side) -> None:
        await self.times(side, BEGIN + SECONDS + 1)

    async def too_early(self, side: Side) -> None:
        await self.times(side, BEGIN + SECONDS - 1)

    async def times(self, side: Side, now: float) -> None:
        assert isinstance(side, InquirySide)
        woken, more = await side.times.wake_due(now, 10)
        assert not more
        side.woken.extend(woken)

    async def ask(self, side: Side) -> Wait:
        assert isinstance(side, InquirySide)
        return await ask(side, self.session)

    def end(self, tx: Any, session: Session) -> None:
        super().end(tx, session)
        end_of_session(tx, self.id, BEGIN)


async def begun(side: InquirySide, project: Project) -> InquiryRace:
    session = await asyncio.to_thread(running_session, side.database, project, "a", is_durable=True)
    wait = await ask(side, session)
    assert wait.status == "open"
    return InquiryRace(session, wait)


async def ask(side: InquirySide, session: Session) -> Wait:
    question = Asked(prompt="Release?", timeout=SECONDS)
    wait, _ = await side.inquiries.ask(code_of(session), session.id, POSITION, [question])
    return wait


def chains(race: InquiryRace, chance: random.Random) -> list[list[Callable[[Side], Awaitable[Any]]]]:
    """Return what each of two processes does, one after the other."""
    actions: list[Callable[[Side], Awaitable[Any]]] = [race.park, race.approve, race.timer, race.withdraw]
    sometimes = (race.reject, race.cancel, race.restart, race.run_again, race.too_early)
    actions += [one for one in sometimes if chance.random() < 0.4]
    actions += chance.choices([race.park, race.timer, race.approve, race.run_again], k=chance.randrange(3))
    chance.shuffle(actions)
    cut = chance.randrange(len(actions) + 1)
    return [actions[:cut], actions[cut:]]


async def check(race: InquiryRace, side: InquirySide) -> str:
    """Session, wait, inquiry and log agree on the one thing that ended it; return its status."""
    session = await settled(race, side)

    def read(tx: Any) -> tuple[Any, Any, Any]:
        log = inquiry_log.of_inquiry(tx, race.inquiry_id)
        return inquiries.get(tx, race.inquiry_id), waits.get(tx, race.id, race.wait.id), [one.what for one in log]

    inquiry, wait, log = await side.database.read(read)
    assert inquiry.status != "pending"
    ends = [what for what in log if what in ("answered", "timed_out", "withdrawn", "cancelled")]
    assert len(ends) == 1, log
    assert ends[0] in _ENDS[inquiry.status], (inquiry.status, log)
    acts = {"answered": race.won and race.won[0].partition(" ")[2][3:], "withdrawn": race.session.id}
    assert len(race.won) == (ends[0] in acts), (race.won, log)
    assert inquiry.responded_by == (acts.get(ends[0]) or None)
    if inquiry.status == "responded":
        assert inquiry.response["approved"] is race.won[0].startswith("approve")
    if ends[0] == "cancelled":
        assert (session.status, wait.status) == ("cancelled", "cancelled")
    else:
        # It was answered, unless the session ended in the moment between: never is one left to wait.
        assert wait.status == "answered", wait
        assert wait.answer == {"inquiries": [race.inquiry_id]}
    if session.status == "running":
        again = await race.ask(side)
        assert (again.id, again.status) == (wait.id, wait.status)
        assert session.attempt == 1 + race.parks + race.restarts
    await side.database.write(lambda tx: gone(tx, race.id))
    return ends[0]
