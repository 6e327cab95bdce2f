"""What `na.inquire` sends, what it gives back, and what it raises where nobody answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal

import pytest
from counterpart import Counterpart

import notebook_automation as na
from notebook_automation.sdk import position
from notebook_automation.sdk.errors import Invalid, Missing

ASK, WAIT = "/sessions/ses_1/inquiries", "/sessions/ses_1/waits/wai_1"
PENDING: dict[str, Any] = {
    "id": "inq_1", "status": "pending", "form": "decision", "title": "Publish?", "prompt": "Publish?",
    "schema": None, "response": None,
    "stages": [{"of": ["ana", "group:ops"], "approvals": 1, "answers": [], "is_complete": False}], "stage": 0,
    "responded_at": None, "channel": None, "timeout_at": None, "on_timeout": {"do": "reject"}, "ended_reason": None,
}  # fmt: skip
APPROVED = {
    **PENDING,
    "status": "responded",
    "response": {"approved": True, "value": None, "comment": "looks good", "by": ["ana", "bea"]},
    "responded_at": "2026-11-29T14:03:00Z",
    "channel": "panel",
}


def valued(value: Any, schema: Any, **more: Any) -> dict[str, Any]:
    """A responded inquiry that asked for a value."""
    response = {"approved": None, "value": value, "comment": "", "by": ["ana"]}
    return {**APPROVED, "form": "value", "schema": schema, "response": response, **more}


def answer_with(server: Counterpart, *inquiries: dict[str, Any]) -> None:
    """Let what is asked be answered when it is looked for."""
    waiting = {"id": "wai_1", "kind": "inquiry", "status": "open", "inquiries": [PENDING for _ in inquiries]}
    server.answers["POST", ASK] = (201, waiting)
    server.answers["GET", WAIT] = (200, {**waiting, "status": "answered", "inquiries": list(inquiries)})


def asked(server: Counterpart, number: int = 0) -> dict[str, Any]:
    bodies = [json.loads(body) for method, path, body, _ in server.requests if (method, path) == ("POST", ASK)]
    found: dict[str, Any] = bodies[-1]["inquiries"][number]
    return found


def test_an_approval_tells_who_when_and_by_which_way(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    answer_with(server, APPROVED)
    answer = na.inquire("Publish?")
    assert answer
    assert answer.approved is True
    assert answer.value is None
    assert (answer.comment, list(answer.by), answer.channel) == ("looks good", ["ana", "bea"], "panel")
    assert answer.at == datetime(2026, 11, 29, 14, 3, tzinfo=UTC)
    assert (answer.id, answer.status, answer.question, list(answer.edits)) == ("inq_1", "responded", None, [])
    assert "approved by ana, bea" in repr(answer)
    assert asked(server) == {"prompt": "Publish?", "approvals": 1, "remind": [], "escalate": [], "exclude": [],
                             "allow_requester": False}  # fmt: skip


def test_a_rejection_is_false_and_so_are_a_timeout_and_a_question_back(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    no = {"approved": False, "value": None, "comment": "not yet", "by": ["ana"]}
    for inquiry in (
        {**APPROVED, "response": no},
        {**APPROVED, "status": "timeout", "response": {**no, "by": [], "comment": ""}},
        {**APPROVED, "response": {**no, "approved": None, "question": "Which region?"}},
    ):
        answer_with(server, inquiry)
        answer = na.inquire("Publish?", timeout="1 h")
        assert not answer, inquiry
    assert answer.question == "Which region?"
    assert answer.approved is None
    assert asked(server)["on_timeout"] == {"do": "reject"}


def test_what_asks_for_a_value_is_neither_yes_nor_no(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    answer_with(server, valued("later", {"enum": ["now", "later"]}))
    answer = na.inquire("When?", ["now", "later"])
    assert answer.value == "later"
    assert answer.approved is None
    with pytest.raises(Invalid, match=r"use \.value"):
        bool(answer)
    assert asked(server)["schema"] == {"enum": ["now", "later"]}


class Region(Enum):
    EMEA = "emea"
    APAC = "apac"


@dataclass
class Limits:
    low: float
    high: float = 9.5


@dataclass
class Release:
    version: str
    day: date
    region: Region
    limits: Limits
    kind: Literal["minor", "major"] = "minor"
    people: list[str] = field(default_factory=list)
    note: str | None = None


def test_a_dataclass_is_a_form_and_comes_back_as_itself(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    given = {"version": "1.2", "day": "2026-12-01", "region": "apac", "limits": {"low": 1}, "note": None}
    answer_with(server, valued(given, {"type": "object"}))
    proposed = Release("1.1", date(2026, 12, 1), Region.EMEA, Limits(1.0))
    answer = na.inquire("Which release?", Release, proposed={"version": proposed.version, "day": proposed.day})
    assert answer.value == Release("1.2", date(2026, 12, 1), Region.APAC, Limits(1.0))
    schema = asked(server)["schema"]
    assert schema["required"] == ["version", "day", "region", "limits"]
    assert schema["properties"]["day"] == {"type": "string", "format": "date"}
    assert schema["properties"]["region"] == {"enum": ["emea", "apac"]}
    assert schema["properties"]["kind"] == {"enum": ["minor", "major"], "default": "minor"}
    assert schema["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert schema["properties"]["limits"]["properties"]["high"] == {"type": "number", "default": 9.5}
    assert asked(server)["proposed"] == {"version": "1.1", "day": "2026-12-01"}


@pytest.mark.parametrize("proposed", [0, False, [], "", {}])
def test_a_proposal_that_is_false_is_a_proposal(in_session: Callable[..., Counterpart], proposed: Any) -> None:
    server = in_session()
    answer_with(server, valued(1, {}))
    na.inquire("How many?", {}, proposed=proposed)
    assert asked(server)["proposed"] == proposed
    assert asked(server)["schema"] == {}


def test_rules_and_times_are_sent_as_the_server_takes_them(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    answer_with(server, APPROVED)
    na.inquire(
        "Publish?", stages=[{"of": "group:ops", "approvals": 2}, "group:leads"], timeout="2 days",
        on_timeout=na.Escalate("boss", "4 h"), remind=["1 h", 7200], escalate=[("1 day", "group:leads")],
        exclude="mallory", allow_requester=True,
    )  # fmt: skip
    body = asked(server)
    assert body["stages"] == [{"of": ["group:ops"], "approvals": 2}, {"of": ["group:leads"]}]
    assert (body["timeout"], body["remind"]) == (172_800.0, [3600.0, 7200.0])
    assert body["on_timeout"] == {"do": "escalate", "to": ["boss"], "more": 14_400.0}
    assert body["escalate"] == [{"after": 86_400.0, "to": ["group:leads"]}]
    assert (body["exclude"], body["allow_requester"]) == (["mallory"], True)
    na.inquire("Publish?", assigned_to="ana", approvals=1, timeout=60, on_timeout=na.TimeoutValue(None), remind="30 s")
    body = asked(server)
    assert (body["assigned_to"], body["on_timeout"], body["remind"]) == (["ana"], {"do": "value", "value": None}, [30])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompt": " "}, "needs its prompt"),
        ({"prompt": "?", "schema": []}, "choose from"),
        ({"prompt": "?", "schema": object()}, "schema="),
        ({"prompt": "?", "schema": Exception}, "says nothing"),
        ({"prompt": "?", "on_timeout": "raise"}, "timeout="),
        ({"prompt": "?", "timeout": 5, "on_timeout": "approve"}, "never"),
        ({"prompt": "?", "timeout": "soon"}, "timeout"),
        ({"prompt": "?", "stages": ["ana"], "assigned_to": "bea"}, "leave assigned_to"),
        ({"prompt": "?", "stages": [{"approvals": 2}]}, "of whom"),
        ({"prompt": "?", "escalate": ["boss"]}, "after how long"),
        ({"prompt": "?", "assigned_to": [1]}, "names people"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_sent(
    in_session: Callable[..., Counterpart], arguments: dict[str, Any], said: str
) -> None:
    server = in_session()
    with pytest.raises(Invalid, match=said):
        na.inquire(**arguments)
    with pytest.raises(Invalid, match=said):
        na.inquire_all([arguments])
    assert server.requests == []


def test_a_timeout_may_raise_and_what_was_withdrawn_does(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    answer_with(server, {**PENDING, "status": "timeout", "on_timeout": {"do": "raise"}})
    with pytest.raises(na.InquiryTimeout) as timeout:
        na.inquire("Publish?", timeout=5, on_timeout="raise")
    assert isinstance(timeout.value, TimeoutError)
    assert timeout.value.inquiry["id"] == "inq_1"
    answer_with(server, {**PENDING, "status": "cancelled", "ended_reason": "not needed any more"})
    with pytest.raises(na.InquiryWithdrawn, match="not needed any more"):
        na.inquire("Publish?")


def test_of_several_each_has_its_answer_also_where_one_has_none(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    answer_with(server, APPROVED, valued(3, {"type": "integer"}))
    first, second = na.inquire_all([{"prompt": "Publish?"}, {"prompt": "How many?", "schema": {"type": "integer"}}])
    assert first.approved
    assert second.value == 3
    answer_with(server, {**PENDING, "status": "cancelled"}, APPROVED)
    with pytest.raises(na.InquiryWithdrawn) as withdrawn:
        na.inquire_all([{"prompt": "One?"}, {"prompt": "Two?"}])
    assert [answer and answer.approved for answer in withdrawn.value.answers] == [None, True]
    with pytest.raises(Invalid, match="at least one"):
        na.inquire_all([])
    with pytest.raises(Invalid, match="'promt'"):
        na.inquire_all([{"promt": "?"}])


def test_proposed_values_are_approved_as_the_approver_left_them(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    edits = [{"path": "/high", "before": 9.5, "after": 8}]
    response = {"approved": True, "value": {"low": 1, "high": 8}, "comment": "", "by": ["ana"], "edits": edits}
    answer_with(server, {**APPROVED, "form": "proposal", "schema": {"type": "object"}, "response": response})
    answer = na.inquire("These limits?", proposed=Limits(1.0))
    assert answer
    assert answer.value == Limits(1.0, 8.0)
    [edit] = answer.edits
    assert (edit.path, edit.before, edit.after) == ("/high", 9.5, 8)
    body = asked(server)
    assert (body["proposed"], body["schema"]["title"]) == ({"low": 1.0, "high": 9.5}, "Limits")


def test_it_asks_from_its_place_outlasts_the_server_and_ends_with_the_session(
    in_session: Callable[..., Counterpart], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = in_session()
    answer_with(server, APPROVED)
    server.drops = 2
    monkeypatch.setattr(position, "_here", position._Here())
    position.begin(3, 1)
    na.inquire("Publish?")
    assert json.loads(server.requests[0][2])["position"] == {"cell_index": 3, "piece": 1, "nth": 0}
    assert [method for method, *_ in server.requests] == ["POST", "GET", "GET", "GET"]
    server.answers["GET", WAIT] = (200, {"id": "wai_1", "status": "cancelled"})
    with pytest.raises(Missing):
        na.inquire("Publish?")


def test_an_open_notebook_is_told_where_to_ask() -> None:
    with pytest.raises(Invalid, match=r"na\.inquire needs a session.*na\.form"):
        na.inquire("Publish?")
