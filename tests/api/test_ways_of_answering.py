"""All that an inquiry can do, by each of the ways to answer it: the rules are the same, and what one cannot it says."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from serving import Server
from ways import WAYS, Asker, Cannot, Way

from notebook_automation.domain.access import Caller
from notebook_automation.services.inquiry_times import InquiryTimes

REGION = {"type": "object", "properties": {"region": {"enum": ["eu", "us"]}}, "required": ["region"]}
DAY = 86_400.0


@pytest.fixture(scope="module")
def asker(server: Server) -> Iterator[Asker]:
    server.notebook("ways/report.ipynb", "1 + 1")
    first = server.api.post("sessions", json={"call": "ways/report.ipynb"}).json()
    server.api.post(f"sessions/{first['id']}/cancel")
    zoe = Caller(kind="user", login="zoe")
    project = server.run(server.services.projects.get(zoe, "ways"))
    session_id = server.run(server.services.sessions.start(zoe, project, "report.ipynb")).session.id
    with server.begin(session_id) as code:
        yield Asker(server, code, session_id)
    server.end(session_id, "completed")


@pytest.fixture(params=WAYS, ids=lambda way: way.channel)
def way(request: pytest.FixtureRequest, server: Server) -> Way:
    made: Way = request.param(server)
    return made


def let_pass(server: Server, seconds: float) -> None:
    """Do what would have come in ``seconds`` from now."""
    times = InquiryTimes(server.database, server.services.settings)
    server.run(times.wake_due(time.time() + seconds, 1000))


def leaves_to_others(way: Way, what: str, inquiry: Mapping[str, Any]) -> bool:
    """Whether this is not done by ``way``, which then does nothing."""
    if what not in way.cannot:
        return False
    with pytest.raises(Cannot):
        way.do(inquiry, what, {})
    return True


def test_form(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(schema=REGION)
    wrong = way.answer(inquiry, value={"region": "mars"})
    assert not wrong.is_taken
    assert "mars" in wrong.said or "Nothing was sent yet" in wrong.said
    assert way.answer(inquiry, value={"region": "eu"}, comment="near").is_taken
    found = asker.now(inquiry)
    assert (found["response"]["value"], found["response"]["comment"]) == ({"region": "eu"}, "near")
    assert found["channel"] == way.channel


def test_n_of_m(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(assigned_to=["ana", "bea", asker.me], approvals=2)
    assert way.answer(inquiry, decision="approve").is_taken
    assert asker.now(inquiry)["status"] == "pending"
    twice = way.answer(inquiry, decision="approve")
    assert not twice.is_taken
    assert "already answered" in twice.said
    asker.answer_as("bea", inquiry, decision="approve")
    assert asker.now(inquiry)["response"]["by"] == [asker.me, "bea"]


def test_stages(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(stages=[{"of": ["ana"]}, {"of": [asker.me]}])
    early = way.answer(inquiry, decision="approve")
    assert not early.is_taken
    assert "ana" in early.said
    asker.answer_as("ana", inquiry, decision="approve")
    assert way.answer(inquiry, decision="approve").is_taken
    assert asker.now(inquiry)["response"]["approved"] is True


def test_delegation(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(assigned_to=[asker.me])
    if leaves_to_others(way, "delegation", inquiry):
        return
    assert way.do(inquiry, "delegation", {"to": "bea", "comment": "yours"}).is_taken
    assert not way.answer(inquiry, decision="approve").is_taken
    asker.answer_as("bea", inquiry, decision="approve")
    assert ("delegated", asker.me, way.channel) in asker.log(inquiry)


def test_substitute(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(assigned_to=["ana"])
    assert not way.answer(inquiry, decision="approve").is_taken
    ana, absences = Caller(kind="user", login="ana"), asker.server.services.absences
    asker.server.run(absences.set(ana, asker.me, None))
    try:
        assert way.answer(inquiry, decision="approve").is_taken
    finally:
        asker.server.run(absences.remove(ana))
    [answer] = asker.now(inquiry)["stages"][0]["answers"]
    assert (answer["person"], answer["by"], answer["channel"]) == ("ana", asker.me, way.channel)


def test_reminder(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(remind=[DAY])
    let_pass(asker.server, DAY + 1)
    assert "reminded" in [what for what, _, _ in asker.log(inquiry)]
    assert way.answer(inquiry, decision="approve").is_taken
    let_pass(asker.server, 2 * DAY)
    assert [what for what, _, _ in asker.log(inquiry)].count("reminded") == 1


def test_escalation(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(assigned_to=["ana"], escalate=[{"after": DAY, "to": [asker.me]}])
    assert not way.answer(inquiry, decision="approve").is_taken
    let_pass(asker.server, DAY + 1)
    assert way.answer(inquiry, decision="approve").is_taken


def test_time_out_never_approves_and_a_late_answer_is_told(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(timeout=DAY)
    let_pass(asker.server, DAY + 1)
    late = way.answer(inquiry, decision="approve")
    assert not late.is_taken
    assert "timed out" in late.said
    found = asker.now(inquiry)
    assert (found["status"], found["response"]["approved"]) == ("timeout", False)


def test_edits(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(proposed={"low": 1, "name": "x"})
    assert not way.answer(inquiry, decision="approve", value={"low": "one", "name": "x"}).is_taken
    assert way.answer(inquiry, decision="approve", value={"low": 3, "name": "x"}).is_taken
    response = asker.now(inquiry)["response"]
    assert (response["approved"], response["value"]["low"]) == (True, 3)
    assert response["edits"] == [{"path": "/low", "before": 1, "after": 3}]


def test_send_back(asker: Asker, way: Way) -> None:
    inquiry = asker.ask()
    if leaves_to_others(way, "question", inquiry):
        return
    assert way.do(inquiry, "question", {"question": "Which region?", "to": "bea"}).is_taken
    assert asker.now(inquiry)["status"] == "pending"
    assert way.do(inquiry, "question", {"question": "Which region?"}).is_taken
    found = asker.now(inquiry)
    assert (found["status"], found["response"]["question"]) == ("responded", "Which region?")


def test_withdrawal(asker: Asker, way: Way) -> None:
    inquiry = asker.ask()
    if leaves_to_others(way, "withdrawal", inquiry):
        return
    assert way.do(inquiry, "withdrawal", {"reason": "done by hand"}).is_taken
    found = asker.now(inquiry)
    assert (found["status"], found["ended_reason"]) == ("cancelled", "done by hand")
    late = way.answer(inquiry, decision="approve")
    assert not late.is_taken
    assert "withdrawn" in late.said


def test_exclusion_and_self_approval(asker: Asker, way: Way) -> None:
    excluded = asker.ask(exclude=[asker.me])
    refused = way.answer(excluded, decision="approve")
    assert not refused.is_taken
    assert "excluded" in refused.said
    handed = asker.ask(assigned_to=[asker.me])
    assert leaves_to_others(way, "delegation", handed) or not way.do(handed, "delegation", {"to": "zoe"}).is_taken


def test_record(asker: Asker, way: Way) -> None:
    inquiry = asker.ask(proposed={"low": 1})
    assert way.answer(inquiry, decision="approve", value={"low": 2}, comment="higher").is_taken
    assert asker.log(inquiry)[-1] == ("answered", asker.me, way.channel)
    items = asker.server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
    assert {"path": "/low", "before": 1, "after": 2} in items[-1]["detail"]["edits"]


def test_several_at_once(asker: Asker, way: Way) -> None:
    inquiries = [asker.ask() for _ in range(3)]
    asker.answer_as("ana", inquiries[1], decision="approve")
    if "several" in way.cannot:
        with pytest.raises(Cannot):
            way.answer_all(inquiries, "reject")
        return
    done = way.answer_all(inquiries, "reject")
    assert "already approved by ana" in done.said
    assert [asker.now(one)["response"]["approved"] for one in inquiries] == [False, True, False]


def test_the_table_in_the_docs_says_of_each_way_what_it_cannot_do() -> None:
    text = (Path(__file__).parents[2] / "docs/inquiries.md").read_text(encoding="utf-8")
    rows = text.partition("| | panel | widget |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    assert (len(cells), {len(one) for one in cells}) == (16, {6})
    names = {"delegation": "delegation", "send back": "question", "withdrawal": "withdrawal", "several": "several"}
    columns = ("panel", "widget", "rest", "cli", "link")
    left: dict[str, set[str]] = {channel: set() for channel in columns}
    for what, *said in cells:
        for channel, cell in zip(columns, said, strict=True):
            if cell.startswith(("the other ways", "one at a time")):
                left[channel].add(next(name for start, name in names.items() if what.startswith(start)))
    assert left == {way.channel: set(way.cannot) for way in WAYS}
