"""What the database counts as waiting for somebody is what the rules of answering say, whatever has happened."""

from __future__ import annotations

import contextlib
import random
from typing import Any

from inquiry_desk import Desk, person

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.inquiries import Stage
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.domain.inquiry_turns import Turn
from notebook_automation.services.inquiries import Search
from notebook_automation.store.database import Database

PEOPLE = ("ana", "bea", "cy", "dan", "eve", "fay")
NAMES = (*PEOPLE, "group:ops", "group:leads")


async def test_as_many_are_counted_as_one_may_answer(database: Database) -> None:
    chance = random.Random(11)
    desk, of_bea = Desk(database), None
    of_bea = Desk(database, desk.project, requester="bea")
    for _ in range(25):
        at = chance.choice((desk, of_bea))
        with contextlib.suppress(AutomationError):
            inquiry_id = await at.asked(**_question(chance))
            await _happens(chance, at, inquiry_id)
    given = await desk.asked(assigned_to=["cy"])
    await desk.answers.delegate(person("cy"), given, "fay", "", "rest")
    await desk.absences.set(person("dan"), "fay", None)
    await desk.absences.set(person("eve"), "dan", None)
    for one in PEOPLE:
        found, _ = await desk.inquiries.listed(person(one), Search(statuses=["pending"]), limit=100)
        expected = sum(isinstance(view.turn, Turn) for view in found)
        counts = await desk.inquiries.counts(person(one))
        assert (counts.waiting_for_me, counts.pending) == (expected, len(found)), one
    assert len(found) > 10


def _question(chance: random.Random) -> dict[str, Any]:
    stages = [
        Stage(of=tuple(chance.sample(NAMES, chance.randrange(3))), approvals=chance.choice((1, 1, 2)))
        for _ in range(chance.choice((1, 1, 2)))
    ]
    exclude = chance.sample(NAMES, 1) if chance.random() < 0.3 else []
    return {"stages": stages, "exclude": exclude, "allow_requester": chance.random() < 0.3}


async def _happens(chance: random.Random, desk: Desk, inquiry_id: str) -> None:
    for _ in range(chance.randrange(3)):
        who, other = chance.sample(PEOPLE, 2)
        with contextlib.suppress(AutomationError):
            if chance.random() < 0.5:
                await desk.answer(who, inquiry_id)
            else:
                await desk.answers.delegate(person(who), inquiry_id, other, "", "rest")


async def test_more_than_a_page_is_counted(database: Database) -> None:
    desk = Desk(database)
    for _ in range(6):
        await desk.ask([_asked(number) for number in range(100)])
    counts = await desk.inquiries.counts(person("bea"))
    assert (counts.waiting_for_me, counts.pending) == (600, 600)
    assert (await desk.inquiries.counts(person("cy"))).waiting_for_me == 0


def _asked(number: int) -> Asked:
    return Asked(prompt=f"{number}?", exclude=["cy"])
