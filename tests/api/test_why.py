"""Why something ran, or did not: over REST, at a shell and in a notebook the same."""

from __future__ import annotations

from click.testing import CliRunner
from serving import Server

from notebook_automation.cli import cli


def test_why_an_event_a_session_and_a_trigger_ran_or_did_not(server: Server) -> None:
    trigger = server.trigger(name="asked", type="webhook", filter="data.json.n > 1")
    posted = server.stranger.post(trigger["url"], json={"n": 1}).json()
    event = server.api.get(f"why/{posted['event_id']}").json()
    assert (event["about"], event["ran"]) == (posted["event_id"], False)
    [cause, rule] = event["steps"]
    assert (cause["kind"], rule["kind"], rule["ok"]) == ("cause", "rule", False)
    assert rule["clauses"] == [
        {"text": "data.json.n > 1", "result": False, "error": None, "values": {"data.json.n": 1}}
    ]
    by_id = server.api.get(f"why/{trigger['id']}").json()
    assert by_id == server.api.get("why/sales/asked").json()
    assert by_id["answer"] == "It ran nothing for its newest event. The conditions did not hold."
    ran = server.stranger.post(trigger["url"], json={"n": 2}).json()
    session = server.api.get(f"why/{ran['session_ids'][0]}").json()
    assert (session["ran"], [step["kind"] for step in session["steps"]]) == (None, ["cause", "rule", "session"])
    errs = server.stranger.post(trigger["url"], json={}).json()
    [_, rule] = server.api.get(f"why/{errs['event_id']}").json()["steps"]
    assert rule["errs_at"] == {"condition": "data.json.n > 1", "line": 1, "column": 1}
    assert server.api.get("why/evt_none").status_code == 404
    assert server.stranger.get("why/sales/asked").status_code == 401


def test_at_a_shell_it_says_so_line_by_line_and_by_its_exit_code(server: Server) -> None:
    where = ["--url", server.url, "--token", server.token]
    trigger = server.trigger(name="asked_at_a_shell", type="webhook", filter="data.json.n > 1")
    posted = server.stranger.post(trigger["url"], json={"n": 1}).json()
    for name in (posted["event_id"], "sales/asked_at_a_shell", "asked_at_a_shell"):
        told = CliRunner().invoke(cli, ["why", name, *where])
        assert told.exit_code == 1, told.output
        assert "data.json.n > 1   data.json.n = 1" in told.output
    assert (
        "Rule sales/asked_at_a_shell ran nothing" in CliRunner().invoke(cli, ["why", posted["event_id"], *where]).output
    )


def test_rules_are_set_listed_and_switched_at_a_shell(server: Server) -> None:
    where = ["--url", server.url, "--token", server.token]
    server.trigger(name="ruled_at_a_shell", type="webhook")

    def told(*words: str) -> str:
        done = CliRunner().invoke(cli, ["rule", *words, *where])
        assert done.exit_code == 0, done.output
        return done.output

    told("set", "sales/ruled_at_a_shell", "audit", "--call", "report.ipynb", "--if", "data.json.n > 1", "--if", "true",
         "--any", "--map", "limit=data.json.n", "--batch", "30s", "--key", "data.json.n")  # fmt: skip
    listed = told("list", "ruled_at_a_shell")
    assert "(data.json.n > 1) || (true)" in listed
    assert "all events of 30.0 s in one run, apart by data.json.n" in listed
    assert (
        told("disable", "sales/ruled_at_a_shell", "audit").strip() == "The rule audit of sales/ruled_at_a_shell is off."
    )
    assert (
        "audit (off): report.ipynb if"
        in CliRunner().invoke(cli, ["trigger", "show", "ruled_at_a_shell", *where]).output
    )
    told("enable", "sales/ruled_at_a_shell", "audit")
    told("delete", "sales/ruled_at_a_shell", "audit", "--yes")
    assert "its own call only" in told("list", "sales/ruled_at_a_shell")
