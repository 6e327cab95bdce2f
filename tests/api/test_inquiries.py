"""Inquiries over REST: asked by a session's token, answered by people, listed, counted, withdrawn."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import Server

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.store import parking, sessions

PROJECT = "asking"


class Asking:
    """A running session that asks, started by somebody else than the server's user."""

    def __init__(self, server: Server, code: httpx.Client, session_id: str) -> None:
        self.server, self.code, self.session_id = server, code, session_id
        self.asked = 0

    def ask(self, *inquiries: dict[str, Any], nth: int | None = None) -> httpx.Response:
        """Ask at a new place, or at the place ``nth``."""
        place = {"cell_index": 3, "piece": 0, "nth": self.asked if nth is None else nth}
        self.asked += nth is None
        body = {"position": place, "inquiries": list(inquiries)}
        return self.code.post(f"sessions/{self.session_id}/inquiries", json=body)

    def inquiry(self, **what: Any) -> Any:
        answer = self.ask({"prompt": f"Release {secrets.token_hex(4)}?", **what})
        assert answer.status_code == 201, answer.text
        [found] = answer.json()["inquiries"]
        return found

    def post(self, inquiry: Any, what: str, body: Any) -> httpx.Response:
        return self.server.api.post(f"inquiries/{inquiry['id']}/{what}", json=body)


@pytest.fixture
def asking(server: Server) -> Iterator[Asking]:
    call = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
    first = server.api.post("sessions", json={"call": call}).json()
    server.api.post(f"sessions/{first['id']}/cancel")
    zoe = Caller(kind="user", login="zoe")
    project = server.run(server.services.projects.get(zoe, PROJECT))
    session_id = server.run(server.services.sessions.start(zoe, project, "report.ipynb")).session.id
    with server.begin(session_id) as code:
        yield Asking(server, code, session_id)
    server.end(session_id, "completed")


def me(server: Server) -> str:
    """The name of whoever has the server's token."""
    absence = server.api.put("inquiries/absences/me", json={"substitute": "nobody else"}).json()
    server.api.delete("inquiries/absences/me")
    return str(absence["person"])


def answer_as(server: Server, login: str, inquiry: Any, **given: Any) -> Any:
    caller = Caller(kind="user", login=login)
    return server.run(server.services.inquiry_answers.answer(caller, inquiry["id"], Given(**given), "rest"))


def test_a_session_asks_waits_and_gets_the_answer(server: Server, asking: Asking) -> None:
    asked = asking.ask({"prompt": "# Release 1.2?", "timeout": 3600, "remind": [60]})
    assert asked.status_code == 201
    wait = asked.json()
    [inquiry] = wait["inquiries"]
    assert (wait["kind"], wait["status"], wait["waiting_for"]) == ("inquiry", "open", "an answer to 'Release 1.2?'")
    assert (inquiry["title"], inquiry["form"], inquiry["requester"]) == ("Release 1.2?", "decision", "zoe")
    assert (inquiry["may_answer"], inquiry["why_not"][:24]) == (False, "The code of a session as")
    assert inquiry["created_at"] < inquiry["next_reminder_at"] < inquiry["timeout_at"]
    shown = server.api.get(f"inquiries/{inquiry['id']}").json()
    assert (shown["may_answer"], shown["why_not"], shown["project"]) == (True, "", PROJECT)
    assert server.api.get(f"sessions/{asking.session_id}").json()["waiting_for"] == wait["waiting_for"]
    headers = {"X-Notebook-Automation-Channel": "panel"}
    body = {"decision": "approve", "comment": "good", "version": shown["version"]}
    done = server.api.post(f"inquiries/{inquiry['id']}/answers", json=body, headers=headers)
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["channel"], done.json()["responded_by"]) == (
        "responded",
        "panel",
        me(server),
    )
    ended = asking.code.get(f"sessions/{asking.session_id}/waits/{wait['id']}", params={"seconds": 5}).json()
    assert (ended["status"], ended["inquiries"][0]["response"]["approved"]) == ("answered", True)
    assert ended["inquiries"][0]["stages"][0]["is_complete"]
    log = server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
    assert [(one["what"], one["channel"]) for one in log] == [("asked", "session"), ("answered", "panel")]
    assert server.api.get(f"inquiries/{inquiry['id']}/log", params={"after": log[0]["seq"]}).json()["items"] == log[1:]
    late = server.api.post(f"inquiries/{inquiry['id']}/answers", json={"decision": "reject"})
    assert (late.status_code, late.json()["code"]) == (409, "inquiry_ended")
    assert "was already approved by" in late.json()["detail"]
    again = asking.ask({"prompt": "# Release 1.2?"}, nth=0)
    assert (again.json()["id"], again.json()["inquiries"][0]["id"]) == (wait["id"], inquiry["id"])
    assert asking.ask({"prompt": "# Release 1.3?"}, nth=0).json()["code"] == "wait_mismatch"


def test_a_form_takes_what_its_schema_wants(server: Server, asking: Asking) -> None:
    schema = {"type": "object", "properties": {"region": {"enum": ["eu", "us"]}}, "required": ["region"]}
    inquiry = asking.inquiry(schema=schema)
    for body, code in [
        ({"value": {"region": "mars"}}, "value_invalid"),
        ({"value": None}, "value_invalid"),
        ({"decision": "approve"}, "value_missing"),
        ({}, "value_missing"),
        ({"value": {"region": "e" * 300_000}}, "inquiry_too_large"),
        ({"value": {"region": "eu"}, "comment": "c" * 20_000}, "request_invalid"),
    ]:
        answer = asking.post(inquiry, "answers", body)
        assert (answer.status_code, answer.json()["code"]) == (413 if "large" in code else 400, code), answer.text
    done = asking.post(inquiry, "answers", {"value": {"region": "eu"}})
    assert (done.json()["response"]["approved"], done.json()["response"]["value"]) == (None, {"region": "eu"})


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"prompt": " "}, "prompt_missing"),
        ({"prompt": "p" * 70_000}, "inquiry_too_large"),
        ({"schema": {"type": "thing"}}, "schema_invalid"),
        ({"schema": {"$ref": "https://example.org/schema"}}, "schema_invalid"),
        ({"schema": {"enum": ["x" * 70_000]}}, "inquiry_too_large"),
        ({"schema": {"type": "string"}, "proposed": 5}, "value_invalid"),
        ({"assigned_to": ["group:nobody"]}, "group_unknown"),
        ({"assigned_to": ["zoe"]}, "stage_impossible"),
        ({"assigned_to": ["bea"], "approvals": 2}, "stage_impossible"),
        ({"assigned_to": ["bea"], "exclude": ["bea"]}, "stage_impossible"),
        ({"assigned_to": ["bea"], "stages": [{"of": ["bea"]}]}, "stages_invalid"),
        ({"stages": [{"of": ["bea"], "per_group": {"ops": 1}}]}, "stages_invalid"),
        ({"on_timeout": {"do": "value", "value": "approve"}}, "on_timeout_approves"),
        ({"on_timeout": {"do": "value", "value": True}}, "on_timeout_approves"),
        ({"proposed": {"n": 1}, "on_timeout": {"do": "value", "value": {"n": 1}}}, "on_timeout_approves"),
        ({"schema": {}, "on_timeout": {"do": "value", "value": "approve"}}, "on_timeout_approves"),
        ({"schema": {"enum": ["a"]}, "on_timeout": {"do": "value", "value": "b"}}, "value_invalid"),
        ({"on_timeout": {"do": "approve"}}, "on_timeout_invalid"),
        ({"on_timeout": {"do": "escalate", "to": [], "more": 5}}, "name_invalid"),
        ({"on_timeout": {"do": "escalate", "to": ["bea"], "more": "5"}}, "on_timeout_invalid"),
        ({"timeout": 1e12}, "times_invalid"),
        ({"show": [{"digest": "0" * 64, "name": "a", "media_type": "text/plain"}]}, "shown_not_found"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_says_why(asking: Asking, what: dict[str, Any], code: str) -> None:
    answer = asking.ask({"prompt": "Release?", **what})
    assert (answer.status_code, answer.json()["code"]) == (413 if "large" in code else 400, code), answer.text


def test_who_started_a_session_is_refused_by_every_route(server: Server) -> None:
    call = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
    session_id = server.api.post("sessions", json={"call": call}).json()["id"]
    with server.begin(session_id) as code:
        inquiry = Asking(server, code, session_id).inquiry()
        shown = server.api.get(f"inquiries/{inquiry['id']}").json()
        assert shown["requester"] == me(server)
        assert not shown["may_answer"]
        assert "started this session" in shown["why_not"]
        for what, body in [
            ("answers", {"decision": "approve"}),
            ("delegation", {"to": "bea"}),
            ("question", {"question": "?"}),
            ("replies", {"comment": "!"}),
        ]:
            answer = server.api.post(f"inquiries/{inquiry['id']}/{what}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "requester"), what
        bulk = server.api.post("inquiries/answers", json={"ids": [inquiry["id"]], "decision": "approve"}).json()
        assert bulk["items"][0]["problem"]["code"] == "requester"
        by_token = code.post(f"inquiries/{inquiry['id']}/answers", json={"decision": "approve"})
        assert by_token.status_code == 403
        # Whoever asked may take it back.
        withdrawn = code.post(f"inquiries/{inquiry['id']}/withdrawal", json={"reason": "a mistake"}).json()
        assert (withdrawn["status"], withdrawn["ended_reason"]) == ("cancelled", "a mistake")
        [*_, entry] = server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
        assert (entry["what"], entry["who"], entry["channel"]) == ("withdrawn", session_id, "session")
    server.end(session_id, "completed")


def test_who_fired_a_trigger_stands_behind_what_its_session_sets_off(server: Server) -> None:
    events = [f"on_{secrets.token_hex(4)}" for _ in range(2)]
    notebook = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
    first, _ = (server.trigger(name=one, type="event", event_type=one, notebook=notebook) for one in events)
    [session_id] = server.api.post(f"triggers/{first['id']}/fire", json={}).json()["session_ids"]
    with server.begin(session_id) as code:
        receipt = code.post("events", json={"project": PROJECT, "type": events[1]}).json()
    [second_id] = receipt["session_ids"]
    with server.begin(second_id) as code:
        assert Asking(server, code, second_id).inquiry()["requester"] == me(server)
    for one in (session_id, second_id):
        server.end(one, "completed")


def test_bulk_delegation_questions_and_lists(server: Server, asking: Asking) -> None:
    login = me(server)
    first, second = asking.inquiry(assigned_to=[login, "bea"]), asking.inquiry(assigned_to=["bea"])
    search = {"assigned_to": "me", "status": "pending", "session_id": asking.session_id}
    assert [one["id"] for one in server.api.get("inquiries", params=search).json()["items"]] == [first["id"]]
    for wrong in ({"status": "open"}, {"older_than": "x"}):
        assert server.api.get("inquiries", params=wrong).status_code == 400
    before = server.api.get("inquiries/counts").json()
    both = {"ids": [first["id"], second["id"], "inq_none"], "decision": "approve", "comment": "fine"}
    done = server.api.post("inquiries/answers", json=both).json()["items"]
    assert done[0]["inquiry"]["status"] == "responded"
    assert [one["problem"]["code"] for one in done[1:]] == ["not_assigned", "inquiry_not_found"]
    after = server.api.get("inquiries/counts").json()
    assert after == {"waiting_for_me": before["waiting_for_me"] - 1, "pending": before["pending"] - 1}
    third = asking.inquiry(assigned_to=[login])
    given = asking.post(third, "delegation", {"to": "bea", "comment": "yours"})
    assert (given.json()["may_answer"], given.json()["delegations"][0]["taker"]) == (False, "bea")
    assert asking.post(third, "answers", {"decision": "approve"}).json()["code"] == "delegated"
    assert answer_as(server, "bea", third, decision="approve").inquiry.status == "responded"
    fourth = asking.inquiry()
    sent = asking.post(fourth, "question", {"question": "Which one?", "to": "bea"}).json()
    assert (sent["status"], sent["may_answer"]) == ("pending", True)
    assert asking.post(fourth, "question", {"question": "Which?"}).json()["response"]["question"] == "Which?"


def test_nobody_comes_by_the_way_of_a_link_that_is_none(asking: Asking) -> None:
    inquiry = asking.inquiry()
    for claimed in ("link", "engine", "PANEL"):
        headers = {"X-Notebook-Automation-Channel": claimed}
        body = {"question": "?", "to": "bea"}
        assert (
            asking.server.api.post(f"inquiries/{inquiry['id']}/question", json=body, headers=headers).status_code == 200
        )
    log = asking.server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
    assert {one["channel"] for one in log if one["what"] == "sent_back"} == {"rest"}


def test_the_token_of_another_session_reaches_nothing(server: Server, asking: Asking) -> None:
    inquiry = asking.inquiry()
    call = server.notebook("elsewhere/report.ipynb", "1 + 1")
    session_id = server.api.post("sessions", json={"call": call}).json()["id"]
    with server.begin(session_id) as other:
        for path in ("", "/log", "/prompt", "/notebook"):
            assert other.get(f"inquiries/{inquiry['id']}{path}").status_code == 403, path
        for what, body in [
            ("answers", {"decision": "approve"}),
            ("delegation", {"to": "mallory"}),
            ("question", {"question": "?"}),
            ("replies", {"comment": "!"}),
            ("withdrawal", {}),
        ]:
            assert other.post(f"inquiries/{inquiry['id']}/{what}", json=body).status_code == 403, what
        assert other.post("inquiries/answers", json={"ids": [inquiry["id"]], "decision": "approve"}).status_code == 403
        for query in ({}, {"session_id": asking.session_id}, {"project_id": inquiry["project_id"]}):
            for path in ("inquiries", "inquiries/export"):
                assert other.get(path, params=query).status_code == 403, (path, query)
        assert other.get("inquiries/counts").status_code == 403
        assert other.get("inquiries/metrics").status_code == 403
        place = {"cell_index": 3, "piece": 0, "nth": 90}
        foreign = {"position": place, "inquiries": [{"prompt": "?"}]}
        assert other.post(f"sessions/{asking.session_id}/inquiries", json=foreign).status_code == 403
    server.end(session_id, "completed")


def test_the_record_is_written_as_csv_and_json_and_counted(server: Server, asking: Asking) -> None:
    first, second = asking.inquiry(prompt="=HYPERLINK(1)"), asking.inquiry()
    asking.post(first, "answers", {"decision": "reject", "comment": 'no, "not" yet\nreally'})
    search = {"session_id": asking.session_id}
    text = server.api.get("inquiries/export", params=search)
    assert text.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [(row["inquiry"], row["what"]) for row in rows] == [
        (second["id"], "asked"), (first["id"], "asked"), (first["id"], "answered"),
    ]  # fmt: skip
    # What a spreadsheet would work out is text.
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert json.loads(rows[2]["detail"])["comment"] == 'no, "not" yet\nreally'
    items = server.api.get("inquiries/export", params={**search, "format": "json"}).json()["items"]
    assert [(one["id"], one["outcome"], len(one["log"])) for one in items] == [
        (second["id"], None, 1), (first["id"], "rejected", 2),
    ]  # fmt: skip
    none = server.api.get("inquiries/export", params={"session_id": "ses_none", "format": "json"})
    assert none.json() == {"items": []}
    assert server.api.get("inquiries/export", params={"format": "xml"}).status_code == 400
    assert asking.code.get("inquiries/export").status_code == 403
    numbers = server.api.get("inquiries/metrics", params={"project_id": first["project_id"]}).json()
    assert numbers["waiting"] >= 1
    assert numbers["outcomes"]["rejected"] >= 1
    assert numbers["median_seconds"] <= numbers["p90_seconds"]


def test_absences_are_ones_own(server: Server, asking: Asking) -> None:
    login = me(server)
    until = {"substitute": "bea", "until": "2060-01-01T00:00:00Z"}
    assert server.api.put("inquiries/absences/me", json=until).json()["until_at"] == "2060-01-01T00:00:00.000Z"
    [listed] = server.api.get("inquiries/absences").json()["items"]
    assert (listed["person"], listed["substitute"], listed["is_me"]) == (login, "bea", True)
    inquiry = asking.inquiry(assigned_to=[login])
    assert answer_as(server, "bea", inquiry, decision="approve").answers[0].person == login
    for wrong in ({"substitute": login}, {"substitute": "group:ops"}, {"substitute": "bea", "until": "2020-01-01"}):
        assert server.api.put("inquiries/absences/me", json=wrong).status_code == 400
    assert asking.code.put("inquiries/absences/me", json={"substitute": "bea"}).status_code == 403
    assert server.api.delete("inquiries/absences/me").status_code == 204
    assert server.api.get("inquiries/absences").json()["items"] == []


def test_a_cancelled_session_takes_its_inquiries_with_it(server: Server) -> None:
    call = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
    session_id = server.api.post("sessions", json={"call": call}).json()["id"]
    with server.begin(session_id) as code:
        inquiry = Asking(server, code, session_id).inquiry()
    server.run(server.database.write(lambda tx: parked(tx, session_id)))
    server.api.post(f"sessions/{session_id}/cancel")
    shown = server.api.get(f"inquiries/{inquiry['id']}").json()
    assert (shown["status"], shown["ended_reason"]) == ("cancelled", "its session has ended")


def parked(tx: Any, session_id: str) -> Any:
    found = sessions.get(tx, session_id)
    assert found is not None
    return parking.park(tx, found, "runner", wake_at=None)
