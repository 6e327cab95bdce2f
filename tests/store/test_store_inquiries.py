"""Inquiries on both databases: asked once, answered by the right people, ended once together with their wait."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inquiry_desk import PLACE, Desk, code_of, person
from inquiry_races import InquirySide, begun, chains, check
from samples import make_project, make_trigger, running_session
from sqlalchemy import Connection
from wait_races import run

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound
from notebook_automation.domain.inquiries import INQUIRY_ID, Inquiry, Shown, Stage
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.domain.inquiry_turns import Turn
from notebook_automation.domain.projects import Project
from notebook_automation.services.endings import Ending, write_ending
from notebook_automation.services.inquiries import Search
from notebook_automation.services.inquiry_views import InquiryView
from notebook_automation.services.retention import IN_USE_SECONDS, Retention
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, inquiries, inquiry_log, parking, session_removal, sessions, waits
from notebook_automation.store.database import Database


async def test_an_answer_ends_the_inquiry_and_the_wait_and_wakes_who_was_parked(database: Database) -> None:
    desk = Desk(database)
    wait, [view] = await desk.ask([Asked(prompt="# Release **1.2**?\n\nAll is green.", assigned_to=["bea"])], PLACE)
    assert (wait.kind, wait.status, view.inquiry.title) == ("inquiry", "open", "Release 1.2?")
    assert desk.notices == [(view.inquiry.id, "asked", {"bea"})]
    parked = database.write_now(lambda tx: parking.park(tx, desk.session, "a", wake_at=None))
    assert parked is not None
    done = await desk.answer("bea", view.inquiry.id, comment="go")
    assert done.inquiry.status == "responded"
    assert done.inquiry.response == {"approved": True, "value": None, "comment": "go", "by": ["bea"], "edits": []}
    assert desk.woken == [desk.session.id]
    assert desk.wait_of().status == "answered"
    assert desk.wait_of().answer == {"inquiries": [view.inquiry.id]}
    assert desk.log(view.inquiry.id) == [("asked", desk.session.id), ("answered", "bea")]
    # Asked again from the same place, as the cell does that runs again: it is the same.
    again, [same] = await desk.ask([Asked(prompt="# Release **1.2**?\n\nAll is green.", assigned_to=["bea"])], PLACE)
    assert (again.id, again.status, same.inquiry.id) == (wait.id, "answered", view.inquiry.id)
    with pytest.raises(Conflict, match=r"na\.step"):
        await desk.ask([Asked(prompt="# Release **1.3**?", assigned_to=["bea"])], PLACE)


async def test_who_comes_too_late_is_told_what_happened(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["bea", "cy"])
    await desk.answer("bea", inquiry_id, "reject", comment="not yet")
    with pytest.raises(Conflict, match=r"was already rejected by bea at \d\d:\d\d UTC") as caught:
        await desk.answer("cy", inquiry_id)
    assert caught.value.code == "inquiry_ended"
    assert desk.get(inquiry_id).response == {
        "approved": False, "value": None, "comment": "not yet", "by": ["bea"], "edits": [],
    }  # fmt: skip
    for late in (
        desk.answers.withdraw(person("ana"), inquiry_id, "", "rest"),
        desk.answers.delegate(person("cy"), inquiry_id, "dan", "", "rest"),
        desk.answers.send_back(person("cy"), inquiry_id, "why?", None, "rest"),
        desk.answers.reply(person("cy"), inquiry_id, "so", "rest"),
    ):
        with pytest.raises(Conflict, match="already rejected"):
            await late


async def test_two_stages_with_a_number_of_people_each(database: Database) -> None:
    desk = Desk(database)
    stages = [Stage(of=("group:ops",), approvals=2), Stage(of=("group:leads",))]
    inquiry_id = await desk.asked(stages=stages)
    await desk.answer("bea", inquiry_id)
    with pytest.raises(Forbidden, match="already answered this stage"):
        await desk.answer("bea", inquiry_id)
    with pytest.raises(Forbidden, match="asked of group ops, not of eve"):
        await desk.answer("eve", inquiry_id)
    done = await desk.answer("cy", inquiry_id)
    assert (done.inquiry.status, done.inquiry.stage) == ("pending", 1)
    assert desk.notices[-1] == (inquiry_id, "stage", {"cy", "eve"})
    # Another stage is another turn.
    done = await desk.answer("cy", inquiry_id)
    assert done.inquiry.status == "responded"
    assert (done.inquiry.response or {})["by"] == ["bea", "cy"]
    assert [what for what, _ in desk.log(inquiry_id)] == ["asked", "answered", "refused", "refused", *["answered"] * 2]


async def test_several_are_open_and_the_session_waits_for_the_last(database: Database) -> None:
    desk = Desk(database)
    _, views = await desk.ask([Asked(prompt=f"{n}?", assigned_to=["bea"]) for n in range(2)])
    database.write_now(lambda tx: parking.park(tx, desk.session, "a", wake_at=None))
    await desk.answer("bea", views[1].inquiry.id)
    assert (desk.wait_of().status, desk.woken) == ("open", [])
    await desk.answers.withdraw(code_of(desk.session), views[0].inquiry.id, "not needed", "rest")
    assert (desk.wait_of().status, desk.woken) == ("answered", [desk.session.id])
    ended = desk.get(views[0].inquiry.id)
    assert (ended.status, ended.responded_by, ended.ended_reason) == ("cancelled", desk.session.id, "not needed")


async def test_delegation_substitutes_and_a_question_to_a_person(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["bea"])
    await desk.absences.set(person("bea"), "cy", desk.now + 10)
    listed = await desk.inquiries.listed(person("cy"), Search(assigned_to="cy", statuses=["pending"]), limit=9)
    assert [view.inquiry.id for view in listed[0]] == [inquiry_id]
    await desk.answers.send_back(person("cy"), inquiry_id, "Is it tested?", "fay", "panel")
    await desk.answers.reply(person("fay"), inquiry_id, "It is.", "cli")
    with pytest.raises(Forbidden, match="not of fay"):
        await desk.answer("fay", inquiry_id)
    await desk.answers.delegate(person("cy"), inquiry_id, "dan", "you know it", "rest")
    for gone in ("bea", "cy"):
        with pytest.raises(Forbidden):
            await desk.answer(gone, inquiry_id)
    done = await desk.answer("dan", inquiry_id)
    assert [(one.person, one.by) for one in done.answers] == [("bea", "dan")]
    whats = [what for what, who in desk.log(inquiry_id) if who in ("cy", "fay", "dan")]
    assert whats == ["sent_back", "replied", "refused", "delegated", "refused", "substituted", "answered"]


async def test_a_question_to_the_code_is_its_answer(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked()
    done = await desk.answers.send_back(person("bea"), inquiry_id, "Which region?", None, "panel")
    response = done.inquiry.response or {}
    assert (response["approved"], response["question"], response["by"]) == (None, "Which region?", ["bea"])
    assert desk.wait_of().status == "answered"


async def test_proposed_values_are_edited_and_all_agree_on_one(database: Database) -> None:
    desk = Desk(database)
    proposed = {"replicas": 2, "regions": ["eu"]}
    inquiry_id = await desk.asked(proposed=proposed, assigned_to=["bea", "cy"], approvals=2)
    edited = {"replicas": 3, "regions": ["eu"]}
    with pytest.raises(Invalid, match="replicas"):
        await desk.answer("bea", inquiry_id, value={"replicas": "three", "regions": []})
    done = await desk.answer("bea", inquiry_id, value=edited)
    assert list(done.answers[0].edits) == [{"path": "/replicas", "before": 2, "after": 3}]
    for unseen in ({}, {"value": proposed}):
        with pytest.raises(Conflict) as caught:
            await desk.answer("cy", inquiry_id, **unseen)
        assert (caught.value.code, caught.value.details["value"]) == ("value_stands", edited)
    done = await desk.answer("cy", inquiry_id, value=edited)
    assert (done.inquiry.response or {})["value"] == edited
    assert (done.inquiry.response or {})["edits"] == [{"path": "/replicas", "before": 2, "after": 3}]


async def test_only_what_was_seen_is_answered(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["bea", "cy"], approvals=2)
    seen = desk.get(inquiry_id).version
    await desk.answer("bea", inquiry_id, version=seen)
    with pytest.raises(Conflict) as caught:
        await desk.answer("cy", inquiry_id, version=seen)
    assert caught.value.code == "inquiry_changed"


async def test_equal_forms_are_answered_together(database: Database) -> None:
    desk = Desk(database)
    mine = [await desk.asked(f"{n}?", assigned_to=["bea"]) for n in range(2)]
    other = await desk.asked("other?", assigned_to=["cy"])
    value = await desk.asked("value?", schema={"enum": ["eu", "us"]})
    given = Given(decision="approve")
    done = await desk.answers.answer_many(person("bea"), [*mine, other, "inq_none"], given, "panel")
    outcomes = [one.inquiry.status if isinstance(one, InquiryView) else one.code for _, one in done]
    assert outcomes == ["responded", "responded", "not_assigned", "inquiry_not_found"]
    with pytest.raises(Invalid, match="different forms"):
        await desk.answers.answer_many(person("bea"), [other, value], given, "panel")
    with pytest.raises(Invalid):
        await desk.answers.answer_many(person("bea"), [], given, "panel")


async def test_the_end_of_a_session_cancels_what_it_asked(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked()

    database.write_now(lambda tx: write_ending(tx, desk.session, Ending(status="failed"), Settings(), owner="a"))
    with pytest.raises(Conflict, match=r"cancelled.*its session has ended"):
        await desk.answer("bea", inquiry_id)
    assert desk.log(inquiry_id)[-1] == ("cancelled", "")
    # The record stays when the session is deleted.
    database.write_now(lambda tx: session_removal.remove(tx, desk.session))
    kept = desk.get(inquiry_id)
    assert (kept.session_id, kept.session_ref) == (None, desk.session.id)
    listed, _ = await desk.inquiries.listed(person("bea"), Search(session_id=desk.session.id), limit=9)
    assert [view.inquiry.id for view in listed] == [inquiry_id]


async def test_a_session_that_goes_on_from_another_does_not_ask_again_what_was_answered(database: Database) -> None:
    desk = Desk(database)
    asked = [Asked(prompt="One?", assigned_to=["bea"]), Asked(prompt="Two?", assigned_to=["bea"])]
    _, views = await desk.ask(asked, PLACE)
    open_id = await desk.asked("Open?", assigned_to=["bea"])
    for view in views:
        await desk.answer("bea", view.inquiry.id)
    old = desk.session
    desk.session = running_session(database, desk.project, is_durable=True, forked_from=old.id)
    database.write_now(lambda tx: waits.copy_answered(tx, old.id, desk.session.id, (1, 0)))
    wait, again = await desk.ask(asked, PLACE)
    assert (wait.session_id, wait.status) == (desk.session.id, "answered")
    assert [view.inquiry.id for view in again] == [view.inquiry.id for view in views]
    assert [view.inquiry.id for view in await desk.inquiries.of_wait(code_of(desk.session), wait)] == [
        view.inquiry.id for view in views
    ]
    # Another question at that place is no more answered by it than in the session that asked.
    with pytest.raises(Conflict) as caught:
        await desk.ask([asked[0], replace(asked[1], prompt="Another?")], PLACE)
    assert caught.value.code == "wait_mismatch"
    # What nobody had answered is asked anew, and the old one ends with its session only.
    new_id = await desk.asked("Open?", assigned_to=["bea"])
    assert new_id != open_id
    assert desk.get(open_id).session_id == old.id


async def test_lists_and_counts_are_of_what_one_may_answer(database: Database) -> None:
    desk = Desk(database)
    for_ops = await desk.asked("ops?", assigned_to=["group:ops"], approvals=2)
    for_eve = await desk.asked("eve?", assigned_to=["eve"])
    for_all = await desk.asked("all?")
    desk.now += 60
    mine = Search(assigned_to="bea", statuses=["pending"])
    listed, _ = await desk.inquiries.listed(person("bea"), mine, limit=9)
    assert [view.inquiry.id for view in listed] == [for_all, for_ops]
    assert all(isinstance(view.turn, Turn) for view in listed)
    counts = await desk.inquiries.counts(person("bea"))
    assert (counts.waiting_for_me, counts.pending) == (2, 3)
    await desk.answer("bea", for_ops)
    assert (await desk.inquiries.counts(person("bea"))).waiting_for_me == 1
    assert (await desk.inquiries.counts(person("ana"))).waiting_for_me == 0
    assert [view.inquiry.id for view in (await desk.inquiries.listed(person("eve"), Search(), limit=9))[0]] == [
        for_all, for_eve, for_ops,
    ]  # fmt: skip
    page, more = await desk.inquiries.listed(person("eve"), Search(project_id=desk.project.id), limit=2)
    rest, none = await desk.inquiries.listed(person("eve"), Search(), limit=2, cursor=more)
    assert ([view.inquiry.id for view in [*page, *rest]], none) == ([for_all, for_eve, for_ops], None)


async def test_the_code_of_a_session_never_answers(database: Database) -> None:
    desk = Desk(database, requester=None, came_by="webhook")
    inquiry_id = await desk.asked()
    assert desk.get(inquiry_id).requester is None
    other = Desk(database, desk.project)
    for code in (code_of(desk.session), code_of(other.session)):
        given = Given(decision="approve")
        for attempt in (
            desk.answers.answer(code, inquiry_id, given, "rest"),
            desk.answers.answer_many(code, [inquiry_id], given, "rest"),
            desk.answers.delegate(code, inquiry_id, "mallory", "", "rest"),
            desk.answers.send_back(code, inquiry_id, "?", None, "rest"),
            desk.answers.reply(code, inquiry_id, "!", "rest"),
            desk.absences.set(code, "mallory", None),
            desk.absences.remove(code),
        ):
            with pytest.raises(Forbidden):
                await attempt
    with pytest.raises(Forbidden):
        await desk.answers.withdraw(code_of(other.session), inquiry_id, "", "rest")
    assert desk.get(inquiry_id).status == "pending"
    view = await desk.inquiries.get(code_of(desk.session), inquiry_id)
    assert not isinstance(view.turn, Turn)


@pytest.mark.parametrize("allowed", [False, True])
async def test_who_started_it_answers_only_where_that_is_allowed(database: Database, allowed: bool) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["ana", "bea"], allow_requester=allowed)
    try:
        status = (await desk.answer("ana", inquiry_id)).inquiry.status
    except AutomationError as error:
        status = error.code  # type: ignore[assignment]
    assert status == ("responded" if allowed else "requester")


async def test_nothing_is_asked_of_what_is_over_or_not_ones_own(database: Database) -> None:
    desk, other = Desk(database), None
    other = Desk(database, desk.project)
    with pytest.raises(Forbidden):
        await desk.inquiries.ask(code_of(other.session), desk.session.id, PLACE, [Asked(prompt="?")])
    with pytest.raises(Forbidden):
        await desk.inquiries.ask(person("ana"), desk.session.id, PLACE, [Asked(prompt="?")])
    database.write_now(lambda tx: sessions.end(tx, desk.session.id, "completed", owner="a", attempt=1))
    with pytest.raises(Conflict, match="is over"):
        await desk.asked()
    with pytest.raises(NotFound):
        await desk.inquiries.get(person("ana"), "inq_none")
    foreign = Caller(kind="session", login="x", session_id="ses_x", project_id="prj_x")
    inquiry_id = await other.asked()
    with pytest.raises(Forbidden):
        await desk.inquiries.get(foreign, inquiry_id)
    with pytest.raises(Forbidden):
        await desk.inquiries.listed(foreign, Search(project_id=desk.project.id), limit=9)
    with pytest.raises(Forbidden):
        await desk.inquiries.listed(foreign, Search(), limit=9)


async def test_the_log_is_only_ever_added_to(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["bea"])
    await desk.answer("bea", inquiry_id)
    entries = database.read_now(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id))
    assert [one.seq for one in entries] == sorted({one.seq for one in entries})
    assert entries[0].detail["prompt"] == "Release?"
    assert database.read_now(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id, after=entries[0].seq)) == entries[1:]
    database.write_now(lambda tx: inquiries.remove(tx, [inquiry_id]))
    assert database.read_now(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id)) == []


async def at(desk: Desk, seconds: float) -> bool:
    """Let the clock come to so many seconds after its beginning, and the engine look at it."""
    desk.now = 1_000_000.0 + seconds
    woken, more = await desk.times.wake_due(desk.now, 10)
    desk.woken += woken
    return more


@pytest.mark.parametrize(
    ("what", "approved", "value"),
    [
        ({}, False, None),
        ({"schema": {"enum": ["now", "later"]}, "on_timeout": {"do": "value", "value": "later"}}, None, "later"),
        ({"on_timeout": {"do": "raise"}}, ..., ...),
    ],
)
async def test_a_time_out_is_as_it_was_said(database: Database, what: Any, approved: Any, value: Any) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(timeout=60, **what)
    database.write_now(lambda tx: parking.park(tx, desk.session, "a", wake_at=None))
    assert await desk.times.next_time() == desk.now + 60
    assert not await at(desk, 59)
    assert (desk.get(inquiry_id).status, desk.woken) == ("pending", [])
    await at(desk, 60)
    ended = desk.get(inquiry_id)
    response = ended.response or {"approved": ..., "value": ...}
    assert (ended.status, response["approved"], response["value"]) == ("timeout", approved, value)
    assert (desk.woken, desk.wait_of().status) == ([desk.session.id], "answered")
    assert desk.log(inquiry_id)[-1] == ("timed_out", "")
    with pytest.raises(Conflict, match="timed out at"):
        await desk.answer("bea", inquiry_id, value="now")
    # A stale timer does nothing a second time.
    await at(desk, 61)
    assert (desk.get(inquiry_id), await desk.times.next_time()) == (ended, None)


async def test_an_answer_after_the_time_is_too_late_though_no_timer_has_looked(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(timeout=60)
    desk.now += 60
    with pytest.raises(Conflict, match="timed out") as caught:
        await desk.answer("bea", inquiry_id)
    assert caught.value.code == "inquiry_ended"
    assert desk.get(inquiry_id).status == "pending"


async def test_reminders_and_escalation_come_at_their_times(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(
        assigned_to=["bea", "dan"], approvals=2, remind=[10, 20, 50], escalate=[(30, ["group:leads", "ana"])],
        timeout=60, on_timeout={"do": "escalate", "to": ["fay"], "more": 100},
    )  # fmt: skip
    desk.notices.clear()
    await at(desk, 10)
    await desk.answer("bea", inquiry_id)
    await at(desk, 19)
    assert desk.notices == [(inquiry_id, "reminder", {"bea", "dan"})]
    # Two at once, as after an hour without a server, are one; of those who are asked, also of who is newly so.
    await at(desk, 30)
    assert desk.notices[1:] == [(inquiry_id, "escalated", {"cy", "eve"}), (inquiry_id, "reminder", {"dan"})]
    listed, _ = await desk.inquiries.listed(person("eve"), Search(assigned_to="eve"), limit=9)
    assert [view.inquiry.id for view in listed] == [inquiry_id]
    # Who started it is not let in by an escalation.
    with pytest.raises(Forbidden):
        await desk.answer("ana", inquiry_id)
    await at(desk, 60)
    after = desk.get(inquiry_id)
    assert (after.status, after.timeout_at, after.on_timeout) == ("pending", 1_000_160.0, {"do": "reject"})
    assert desk.notices[-2:] == [(inquiry_id, "escalated", {"fay"}), (inquiry_id, "reminder", {"cy", "dan", "eve"})]
    done = await desk.answer("fay", inquiry_id)
    assert done.inquiry.status == "responded"
    whats = [what for what, _ in desk.log(inquiry_id)]
    assert whats == [
        "asked",
        "reminded",
        "answered",
        "escalated",
        "reminded",
        "refused",
        "escalated",
        "reminded",
        "answered",
    ]
    assert await desk.times.next_time() is None


async def test_what_was_escalated_ends_at_its_second_time(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(timeout=60, on_timeout={"do": "escalate", "to": ["fay"], "more": 100})
    await at(desk, 500)
    assert desk.get(inquiry_id).status == "pending"
    await at(desk, 600)
    assert desk.get(inquiry_id).status == "timeout"
    assert (desk.get(inquiry_id).response or {})["approved"] is False


async def test_whatever_comes_together_one_ends_the_inquiry_and_all_agree_on_it(
    open_database: Callable[[], Database], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    sides = [InquirySide(open_database(), tmp_path) for _ in range(2)]
    project = await asyncio.to_thread(make_project, sides[0].database)
    ended: set[str] = set()
    for seed in range(int(pytestconfig.getoption("--races")) // 2):
        chance = random.Random(seed)
        race = await begun(sides[0], project)
        await asyncio.gather(*(run(chain, side) for chain, side in zip(chains(race, chance), sides, strict=True)))
        ended.add(await check(race, sides[0]))
    # Else the orders would not be what they are meant to be.
    assert {"answered", "timed_out", "withdrawn"} <= ended


async def test_numbers_tell_what_waits_and_how_long_people_take(database: Database) -> None:
    desk = Desk(database)
    long_ago = desk.now
    desk.now = time.time()
    first = desk.now
    for seconds in (10, 20, 30):
        inquiry_id = await desk.asked(f"{seconds}?")
        desk.now += seconds
        await desk.answer("bea", inquiry_id, "approve" if seconds < 30 else "reject")
    withdrawn = await desk.asked("no more?")
    await desk.answers.withdraw(person("ana"), withdrawn, "", "rest")
    await desk.asked("still?")
    found = await desk.records.metrics(person("bea"), desk.project.id)
    assert (found.waiting, found.oldest_at) == (1, desk.now)
    assert (round(found.median or 0), round(found.p90 or 0)) == (20, 30)
    assert found.outcomes == {"approved": 2, "rejected": 1, "withdrawn": 1}
    none = await desk.records.metrics(person("bea"), "prj_other")
    assert (none.waiting, none.oldest_at, none.median, none.outcomes) == (0, None, None, {})
    assert first > long_ago
    whole = [one async for some in desk.records.record(person("bea"), Search()) for one in some]
    assert [view.inquiry.outcome for view, _ in whole] == [None, "withdrawn", "rejected", "approved", "approved"]
    assert [[entry.what for entry in log] for _, log in whole][1:3] == [["asked", "withdrawn"], ["asked", "answered"]]


def test_old_ones_are_found_by_their_end(database: Database) -> None:
    desk = Desk(database)

    async def two() -> list[str]:
        made = [await desk.asked(), await desk.asked()]
        await desk.answer("bea", made[0])
        return made

    ended, _pending = asyncio.run(two())
    assert database.read_now(lambda tx: inquiries.ended_before(tx, desk.now + 1, limit=9)) == [ended]
    assert database.read_now(lambda tx: inquiries.ended_before(tx, desk.now, limit=9)) == []


async def test_who_was_sent_a_question_finds_it(database: Database) -> None:
    desk = Desk(database)
    inquiry_id = await desk.asked(assigned_to=["bea"])
    await desk.answers.send_back(person("bea"), inquiry_id, "Is it tested?", "fay", "panel")
    [view], _ = await desk.inquiries.listed(person("fay"), Search(assigned_to="fay", statuses=["pending"]), limit=9)
    assert (view.inquiry.id, isinstance(view.turn, Turn)) == (inquiry_id, False)
    assert (await desk.inquiries.counts(person("fay"))).waiting_for_me == 0


def inquiry_of(project: Project, **fields: Any) -> Inquiry:
    values = {
        "id": INQUIRY_ID.new(), "session_id": None, "session_ref": "ses_gone", "project_id": project.id,
        "project": project.name, "notebook": "report.ipynb", "cell_index": 0, "prompt": "?", "title": "?",
        "stages": (Stage(),), "created_at": time.time(),
    }  # fmt: skip
    return Inquiry(**{**values, **fields})


def stored(database: Database, project: Project, **fields: Any) -> Inquiry:
    inquiry = inquiry_of(project, **fields)
    database.write_now(lambda tx: inquiries.add(tx, inquiry))
    return inquiry


def answered(database: Database, project: Project, at: float, **fields: Any) -> str:
    fields = {"status": "responded", "response": {"approved": True}, "responded_at": at, **fields}
    return stored(database, project, **fields).id


def found(database: Database, inquiry: Inquiry, **limit: int) -> list[str]:
    return [one.id for one in database.read_now(lambda tx: inquiries.responded_like(tx, inquiry, **limit))]


def test_those_of_the_same_trigger_are_found_or_else_of_the_same_notebook(database: Database) -> None:
    project, trigger = make_project(database), make_trigger(database, make_project(database, "other"))
    other = make_trigger(database, project)
    first = answered(database, project, 5.0)
    by_trigger = answered(database, project, 9.0, trigger_id=trigger.id)
    by_other = answered(database, project, 7.0, trigger_id=other.id, notebook="another.ipynb")
    stored(database, project)
    answered(database, project, 8.0, status="timeout", response=None)
    answered(database, project, 8.0, notebook="another.ipynb")
    of_notebook = inquiry_of(project)
    assert found(database, of_notebook) == [by_trigger, first]
    assert found(database, of_notebook, limit=1) == [by_trigger]
    assert found(database, inquiry_of(project, trigger_id=other.id)) == [by_other]
    assert found(database, inquiry_of(project, trigger_id=trigger.id)) == [by_trigger]


async def test_stored_copies_go_with_their_inquiry_and_not_before(database: Database, tmp_path: Path) -> None:
    project, blobs = make_project(database), FileBlobs(tmp_path)
    retention = Retention(database, blobs, Settings(data_dir=str(tmp_path), session_keep=0.0))
    digest, size = blobs.put_bytes(b"what was shown")
    unbound, _ = blobs.put_bytes(b"what nobody has asked with")
    assert digest == hashlib.sha256(b"what was shown").hexdigest()
    shown = Shown(name="x", kind="text", media_type="text/plain", digest=digest, size=size)

    def ask(tx: Connection) -> str:
        for one in (digest, unbound):
            artifacts.keep_blob(tx, one, size)
        inquiry = inquiry_of(project, shown=(shown, shown))
        inquiries.add(tx, inquiry)
        return inquiry.id

    inquiry_id = database.write_now(ask)
    later = time.time() + 2 * IN_USE_SECONDS
    await retention.clean(later)
    await retention.sweep(later)
    assert blobs.path(digest).read_bytes() == b"what was shown"
    assert list(blobs.stored_before(later)) == [digest]
    database.write_now(lambda tx: inquiries.remove(tx, [inquiry_id]))
    await retention.clean(later + 2 * IN_USE_SECONDS)
    assert list(blobs.stored_before(later)) == []
