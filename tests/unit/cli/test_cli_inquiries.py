"""Inquiries at a shell: what is shown of them, and what is sent for what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from counterpart import Counterpart, serve_counterpart

Run = Callable[..., Result]
BASE = "/notebook-automation/api/v1"
ANSWER = {
    "person": "ana", "by": "carl", "decision": "approve", "value": None, "comment": "fine", "edits": [],
    "channel": "panel", "at": "2026-11-29T10:00:00Z",
}  # fmt: skip
INQUIRY: dict[str, Any] = {
    "id": "inq_1", "status": "pending", "form": "decision", "title": "Publish?",
    "prompt": "Publish?\n\nAll \x1b[31mred",
    "schema": None, "proposed": None, "session_id": "ses_1", "session_ref": "ses_1", "project": "sales",
    "project_id": "prj_1", "notebook": "report.ipynb", "trigger": None, "cell_index": 3, "requester": "dora",
    "stages": [
        {"of": ["ana", "bea"], "approvals": 1, "per_group": {}, "answers": [ANSWER], "is_complete": True},
        {"of": ["group:leads"], "approvals": 2, "per_group": {}, "answers": [], "is_complete": False},
    ],
    "stage": 1, "exclude": ["mallory"], "allow_requester": False,
    "delegations": [
        {"stage": 0, "giver": "bea", "taker": "eve", "comment": "", "is_question": False, "at": "2026-11-29T09:00:00Z"}
    ],
    "shown": [{"number": 0, "name": "trend.png", "kind": "image", "media_type": "image/png", "size": 2048,
               "digest": "d1"}],
    "may_answer": False, "why_not": "This inquiry is asked of group leads, not of dora.", "version": 3,
    "response": None, "responded_by": None, "responded_at": None, "channel": None,
    "timeout_at": "2026-12-01T10:00:00Z", "on_timeout": {"do": "reject"}, "next_reminder_at": None,
    "ended_reason": None, "created_at": "2026-11-29T08:00:00Z",
}  # fmt: skip
REJECTED = {
    **INQUIRY, "status": "responded", "responded_at": "2026-11-29T11:00:00Z", "channel": "cli",
    "response": {"approved": False, "value": None, "comment": "no", "by": ["ana"], "edits": []},
}  # fmt: skip


class Shell:
    """A shell on a machine whose server answers as the test says."""

    def __init__(self, run: Run, server: Counterpart) -> None:
        self.server = server
        self._run = run

    def __call__(self, *words: str) -> Result:
        self.server.requests.clear()
        return self._run("inquiry", *words, "--url", self.server.url, "--token", "t")

    def answer(self, method: str, path: str, content: Any, status: int = 200) -> None:
        self.server.answers[method, f"{BASE}/{path}"] = (status, content)

    def sent(self) -> list[tuple[str, str, Any]]:
        """What was asked: method, path below the API, JSON."""
        return [
            (method, path.removeprefix(f"{BASE}/"), json.loads(body) if body else None)
            for method, path, body, _ in self.server.requests
        ]


@pytest.fixture
def shell(run: Run) -> Iterator[Shell]:
    with serve_counterpart() as server:
        yield Shell(run, server)


def test_the_list_is_what_waits_for_me_or_all_that_is_asked_for(shell: Shell) -> None:
    shell.answer("GET", "inquiries", {"items": [INQUIRY], "next_cursor": None})
    shell.answer("GET", "projects/sales", {"id": "prj_1"})
    listed = shell("list")
    assert listed.exit_code == 0, listed.output
    assert shell.sent()[0][1] == "inquiries?limit=50&status=pending&assigned_to=me"
    assert listed.stdout.splitlines()[1].split()[:2] == ["inq_1", "pending"]
    assert "2 of group:leads" in listed.stdout
    shell("list", "--all", "--project", "sales", "--older-than", "2d")
    assert shell.sent()[1][1] == "inquiries?limit=50&project_id=prj_1&older_than=172800"
    shell.answer("GET", "inquiries", {"items": [], "next_cursor": None})
    assert "Nothing waits for you" in shell("list").stderr
    assert json.loads(shell("list", "--json").stdout) == {"items": []}


def test_one_is_shown_with_its_stages_and_nothing_moves_the_terminal(shell: Shell) -> None:
    shell.answer("GET", "inquiries/inq_1", INQUIRY)
    shown = shell("show", "inq_1").stdout
    for part in (
        "✓ ana, bea: carl (for ana) approved (fine)", "→ 2 of group:leads", "bea gave it to eve", "mallory",
        "not of dora", "then rejected", "trend.png (2.0 kB), d1", "approve or reject", "cell 4, ses_1",
    ):  # fmt: skip
        assert part in shown, (part, shown)
    assert "\x1b" not in shown
    assert json.loads(shell("show", "inq_1", "--json").stdout) == INQUIRY


@pytest.mark.parametrize(
    ("form", "words", "sent"),
    [
        ({}, ("approve",), {"decision": "approve"}),
        ({}, ("reject",), {"decision": "reject"}),
        ({"form": "value", "schema": {"enum": ["eu", 3]}}, ("eu",), {"value": "eu"}),
        ({"form": "value", "schema": {"enum": ["eu", 3]}}, ("3",), {"value": 3}),
        ({"form": "value", "schema": {"type": "string"}}, ("3",), {"value": "3"}),
        ({"form": "value", "schema": {"type": "integer"}}, ("3",), {"value": 3}),
        ({"form": "value", "schema": {}}, ("--value", '{"a": 1}'), {"value": {"a": 1}}),
        ({"form": "proposal", "schema": {}}, ("approve",), {"decision": "approve"}),
        ({"form": "proposal", "schema": {}}, ("approve", "--value", "2"), {"decision": "approve", "value": 2}),
    ],
)
def test_an_answer_is_sent_as_its_form_wants_it(
    shell: Shell, form: dict[str, Any], words: tuple[str, ...], sent: dict[str, Any]
) -> None:
    shell.answer("GET", "inquiries/inq_1", {**INQUIRY, **form})
    shell.answer("POST", "inquiries/inq_1/answers", REJECTED)
    answered = shell("answer", "inq_1", *words, "--comment", "no")
    assert answered.exit_code == 0, answered.output
    assert shell.sent()[1] == ("POST", "inquiries/inq_1/answers", {**sent, "comment": "no"})
    assert shell.server.requests[1][3]["X-Notebook-Automation-Channel"] == "cli"
    assert "inq_1: rejected by ana." in answered.stdout


@pytest.mark.parametrize(
    ("form", "words", "said"),
    [
        ({}, (), "approve or reject"),
        ({}, ("yes",), "approve or reject"),
        ({"form": "value", "schema": {"enum": ["eu", 3]}}, ("us",), 'one of "eu", 3, not'),
        ({"form": "value", "schema": {}}, (), "--value JSON"),
        ({"form": "value", "schema": {}}, ("--value", "{"), "--value is JSON"),
        ({}, ("approve", "reject"), "one answer"),
    ],
)
def test_what_is_no_answer_is_said_and_not_sent(
    shell: Shell, form: dict[str, Any], words: tuple[str, ...], said: str
) -> None:
    shell.answer("GET", "inquiries/inq_1", {**INQUIRY, **form})
    refused = shell("answer", "inq_1", *words)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert all(method == "GET" for method, _, _ in shell.sent())


def test_a_late_answer_is_told_what_happened(shell: Shell) -> None:
    shell.answer("GET", "inquiries/inq_1", INQUIRY)
    problem = {"detail": "This inquiry was already rejected by ana at 14:03 UTC.", "code": "inquiry_ended"}
    shell.answer("POST", "inquiries/inq_1/answers", problem, 409)
    late = shell("answer", "inq_1", "approve")
    assert late.exit_code not in (0, 1)
    assert "already rejected by ana at 14:03" in late.stderr


def test_several_are_answered_alike_and_each_tells_what_came_of_it(shell: Shell) -> None:
    shell.answer("GET", "inquiries/inq_1", INQUIRY)
    problem = {"detail": "dora is excluded.", "code": "not_your_turn"}
    items = [
        {"id": "inq_1", "inquiry": REJECTED, "problem": None},
        {"id": "inq_2", "inquiry": None, "problem": problem},
    ]
    shell.answer("POST", "inquiries/answers", {"items": items})
    answered = shell("answer", "inq_1", "inq_2", "reject")
    assert shell.sent()[1][2] == {"decision": "reject", "comment": "", "ids": ["inq_1", "inq_2"]}
    assert answered.exit_code == 1
    assert "rejected by ana" in answered.stdout
    assert "not answered: dora is excluded." in answered.stdout


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (("delegate", "inq_1", "bea", "--comment", "yours"), "delegation", {"to": "bea", "comment": "yours"}),
        (("send-back", "inq_1", "Which region?"), "question", {"question": "Which region?"}),
        (("send-back", "inq_1", "Right?", "--to", "bea"), "question", {"question": "Right?", "to": "bea"}),
        (("reply", "inq_1", "emea"), "replies", {"comment": "emea"}),
        (("withdraw", "inq_1", "--reason", "by hand"), "withdrawal", {"reason": "by hand"}),
    ],
)
def test_what_else_is_done_with_one(shell: Shell, words: tuple[str, ...], path: str, body: dict[str, Any]) -> None:
    shell.answer("POST", f"inquiries/inq_1/{path}", INQUIRY)
    done = shell(*words)
    assert done.exit_code == 0, done.output
    assert shell.sent() == [("POST", f"inquiries/inq_1/{path}", body)]
    assert json.loads(shell(*words, "--json").stdout) == INQUIRY


def test_somebody_is_away_and_comes_back(shell: Shell) -> None:
    away = {"person": "dora", "substitute": "bea", "from_at": "2026-11-29T08:00:00Z", "until_at": None}
    shell.answer("GET", "inquiries/absences", {"items": [away]})
    shell.answer("PUT", "inquiries/absences/me", away)
    shell.answer("DELETE", "inquiries/absences/me", None)
    assert "bea" in shell("absence", "bea", "--until", "2026-12-24").stdout
    assert shell.sent()[0] == ("PUT", "inquiries/absences/me", {"substitute": "bea", "until": "2026-12-24"})
    assert shell("absence", "--end").exit_code == 0
    assert shell.sent()[0][:2] == ("DELETE", "inquiries/absences/me")
    assert shell("absence", "bea", "--end").exit_code == 2
    assert shell("absence", "--until", "2026-12-24").exit_code == 2


def test_the_log_and_the_record_of_all(shell: Shell, nowhere: Path) -> None:
    entry = {"seq": 1, "at": "2026-11-29T08:00:00Z", "what": "asked", "who": "ses_1", "channel": "rest",
             "detail": {"prompt": "Publish?"}}  # fmt: skip
    shell.answer("GET", "inquiries/inq_1/log", {"items": [], "next_cursor": None})
    assert "Nothing has happened" in shell("log", "inq_1").stderr
    pages = iter([[entry], []])
    shell.server.answers = _Paged(shell.server.answers, f"{BASE}/inquiries/inq_1/log", pages)
    logged = shell("log", "inq_1")
    assert 'asked  ses_1  rest  {"prompt": "Publish?"}' in logged.stdout
    shell.answer("GET", "inquiries/export", [INQUIRY])
    assert json.loads(shell("export", "--json", "--status", "responded").stdout) == [INQUIRY]
    assert shell.sent()[0][1] == "inquiries/export?status=responded&format=json"
    assert shell("export", "-o", "audit.csv").exit_code == 0
    assert shell.sent()[0][1] == "inquiries/export?format=csv"
    assert json.loads((nowhere / "audit.csv").read_text()) == [INQUIRY]
    shell.answer("GET", "inquiries/export", {"detail": "No.", "code": "forbidden"}, 403)
    assert shell("export", "-o", "other.csv").exit_code not in (0, 1)
    assert not (nowhere / "other.csv").exists()


class _Paged(dict[tuple[str, str], tuple[int, Any]]):
    """Answers whose one path gives the next page at each request."""

    def __init__(self, answers: dict[tuple[str, str], tuple[int, Any]], path: str, pages: Iterator[Any]) -> None:
        super().__init__(answers)
        self._path, self._pages = path, pages

    def get(self, key: Any, default: Any = None) -> Any:
        if key == ("GET", self._path):
            return 200, {"items": next(self._pages), "next_cursor": None}
        return super().get(key, default)
