"""From the end of a session to the message: real servers for HTTP and SMTP, rules over REST, tests of a way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asking import Desk
from click.testing import CliRunner
from eventually import wait_until
from mail_server import MailServer, mail_server
from serving import Server, serve

from notebook_automation.cli import cli
from notebook_automation.domain.sessions import CellError, Status
from notebook_automation.services.endings import Ending, write_ending
from notebook_automation.settings import Settings
from notebook_automation.store import sessions

PEOPLE = {"ana": {"email": "ana@example.org"}}


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[Server]:
    options = (
        f"--NotebookAutomationApp.smtp_url={mails.url}", "--NotebookAutomationApp.mail_from=na@example.org",
        f"--NotebookAutomationApp.people={PEOPLE}", "--NotebookAutomationApp.max_sessions=0",
        "--NotebookAutomationApp.notify_gather=0.1", "--NotebookAutomationApp.notify_pause=0",
    )  # fmt: skip
    with serve(tmp_path_factory.mktemp("notify"), *options, base_url="/user/ana/") as running:
        yield running


def ended(server: Server, trigger: dict[str, Any], status: Status) -> str:
    """Let a session of ``trigger`` end, as its runner would."""
    receipt = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()
    [session_id] = receipt["session_ids"]
    server.begin(session_id).close()
    error = CellError(ename="ValueError", evalue="no data") if status == "failed" else None

    def work(tx: Any) -> None:
        found = sessions.get(tx, session_id)
        assert found is not None
        write_ending(tx, found, Ending(status=status, error=error), Settings(notify_gather=0.1))

    server.run(server.database.write(work))
    return str(session_id)


def told(server: Server, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.api.get("notifications", params=query).json()["items"]
    return found


def test_who_is_named_hears_that_it_failed(server: Server, mails: MailServer) -> None:
    notebook = server.notebook("sales/report.ipynb", "1")
    rules = ["failed:email:ana", {"on": ["failed"], "to": ["panel"], "if": "session.error.contains('data')"}]
    trigger = server.trigger(name="nightly", notebook=notebook, type="manual", notify=rules)
    assert trigger["notify"] == [
        {"on": ["failed"], "to": ["email:ana"], "report": [], "if": None},
        {"on": ["failed"], "to": ["panel"], "report": [], "if": "session.error.contains('data')"},
    ]
    # What was read can be sent back.
    again = server.api.patch(f"triggers/{trigger['id']}", json={"notify": trigger["notify"]})
    assert again.json()["notify"] == trigger["notify"]
    session_id = ended(server, trigger, "failed")
    wait_until(lambda: {one["state"] for one in told(server, session_id=session_id)} == {"sent"})
    assert mails.recipients == ["ana@example.org"]
    [text] = mails.texts()
    assert "sales/nightly failed" in text
    assert f"{server.url}lab?automation-session={session_id}" in text
    [one] = told(server, session_id=session_id, channel="email")
    assert (one["title"], one["to"], one["reason"]) == ("sales/nightly failed", "email:ana", "failed")
    assert server.api.get(f"notifications/{one['id']}").json() == one
    assert server.api.get("notifications/ntf_none").status_code == 404
    assert told(server, state="error,queued") == []
    assert server.api.get("notifications", params={"state": "gone"}).status_code == 400


def test_a_project_says_it_for_all_and_what_is_wrong_is_said(server: Server) -> None:
    notebook = server.notebook("hr/report.ipynb", "1")
    trigger = server.trigger(name="weekly", notebook=notebook, type="manual")
    assert trigger["notify"] is None
    put = server.api.put("projects/hr/notify", json={"notify": ["completed:panel"]})
    assert put.json() == {"notify": [{"on": ["completed"], "to": ["panel"], "report": [], "if": None}]}
    assert server.api.get("projects/hr/notify").json() == put.json()
    session_id = ended(server, trigger, "completed")
    wait_until(lambda: [one["state"] for one in told(server, session_id=session_id)] == ["sent"])
    exported = server.api.get("projects/hr/export").json()["manifest"]
    assert "completed:panel" in exported
    plan = server.api.post("projects/apply", json={"manifest": exported, "path": "hr"}).json()
    assert {step["change"] for step in plan["plan"]} == {"same"}
    changed = exported.replace("completed:panel", "failed:panel")
    plan = server.api.post("projects/apply", json={"manifest": changed, "path": "hr", "dry_run": False}).json()
    assert [step["fields"] for step in plan["plan"] if step["kind"] == "project"] == [
        {"notify": [["completed:panel"], ["failed:panel"]]}
    ]
    assert server.api.get("projects/hr/notify").json()["notify"][0]["on"] == ["failed"]
    for body, field in (
        ({"notify": ["failed:fax:1"]}, "notify"), ({"notify": ["failed:slack:https://x/xyzzy"]}, "notify"),
        ({"notify": [{"on": ["failed"], "to": ["panel"], "if": "session.("}]}, "notify[0].if"),
    ):  # fmt: skip
        for method, path in (("PUT", "projects/hr/notify"), ("PATCH", f"triggers/{trigger['id']}")):
            refused = server.api.request(method, path, json=body)
            assert refused.status_code == 400, refused.text
            assert [one["field"] for one in refused.json()["errors"]] == [field]
            assert "xyzzy" not in refused.text


def test_people_who_are_asked_is_a_reason_too(server: Server) -> None:
    notebook = server.notebook("ask/report.ipynb", "1")
    trigger = server.trigger(name="release", notebook=notebook, type="manual", notify=["waiting:panel"])
    [session_id] = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()["session_ids"]
    with server.begin(session_id) as code:
        Desk(server, code, session_id).ask("Release 1.2?", assigned_to=["ana"])
    [one] = told(server, session_id=session_id)
    assert (one["title"], one["reason"]) == ("ask/release waits for an answer", "waiting")
    assert "Release 1.2?" in one["detail"]


def test_a_way_is_tried_out_by_a_button_and_at_a_shell(server: Server, mails: MailServer) -> None:
    server.notebook("sales/report.ipynb", "1")
    server.trigger(name="any", notebook="sales/report.ipynb", type="manual")
    sent = server.api.post("notifications/test", json={"project": "sales", "to": "email:ana"})
    assert sent.json() == {"to": "email:ana", "sent": True, "error": None}
    assert str(mails.got[-1]["Subject"]) == "Test: notifications of sales"
    failed = server.api.post("notifications/test", json={"project": "sales", "to": "slack:NONE"}).json()
    assert (failed["sent"], "has no value" in failed["error"]) == (False, True)
    shell = ["--url", server.url, "--token", server.token]
    run = CliRunner()
    tried = run.invoke(cli, ["notification", "test", "sales", "email:ana", *shell])
    assert (tried.exit_code, tried.output) == (0, "Sent to email:ana.\n")
    tried = run.invoke(cli, ["notification", "test", "sales", "slack:NONE", *shell])
    assert tried.exit_code == 1
    assert "has no value" in tried.output
    shown = run.invoke(cli, ["notification", "rules", "sales", "--notify", "failed,late:email:ana", *shell])
    assert shown.output == "failed, late: email:ana\n"
    assert "failed, late" in run.invoke(cli, ["notification", "rules", "sales", *shell]).output
    assert "STATE" in run.invoke(cli, ["notification", "list", "--project", "sales", *shell]).output


def test_who_hears_of_a_trigger_and_gets_its_report_is_set_at_a_shell(server: Server) -> None:
    notebook = server.notebook("shell/report.ipynb", "1")
    trigger = server.trigger(name="weekly", notebook=notebook, type="manual", notify=["failed:panel"])
    shell = ["--url", server.url, "--token", server.token]

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["trigger", "set", "shell/weekly", *words, *shell])
        return done.exit_code, done.output

    def now() -> tuple[str | None, Any]:
        one = server.api.get(f"triggers/{trigger['id']}").json()
        rules = one["notify"]
        return one["report"], None if rules is None else [(rule["on"], rule["to"], rule["report"]) for rule in rules]

    heard = (["failed"], ["panel"], [])
    carried = (["completed"], ["email:ana"], ["email", "html", "pdf"])
    code, output = run("--report", "html,pdf,email,no-code", "--send-to", "ana", "--send-if", "session.duration > 1.0")
    assert (code, "with report email, html, pdf if session.duration > 1.0" in output) == (0, True), output
    assert now() == ("html,pdf,no-code", [heard, carried])
    late = (["late"], ["email:ana"], [])
    assert run("--notify", "late:email:ana")[0] == 0
    assert now()[1] == [late, carried]
    assert run("--report", "pdf", "--send-to", "bea@example.org")[0] == 0
    assert now() == ("pdf", [late, (["completed"], ["email:bea@example.org"], ["pdf"])])
    assert run("--report", "none")[0] == 0
    assert now()[0] is None
    assert run("--notify", "none")[0] == 0
    assert now()[1] == []
    assert "as its project says" in run("--notify", "project")[1]
    assert now()[1] is None
    for words, why in (
        ((), "Say what is to be set"), (("--report", "docx"), "a report is html, pdf or email"),
        (("--report", "email"), "Say to whom the report is sent"), (("--notify", "failed"), "who hears of what"),
        (("--notify", "project", "--report", "html", "--send-to", "ana"), "leave --notify project out"),
        (("--notify", "failed:fax:1"), "no way to tell anybody"),
    ):  # fmt: skip
        code, output = run(*words)
        assert (code, why in output) == (2, True), output
