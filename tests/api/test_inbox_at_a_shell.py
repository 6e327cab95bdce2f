"""The inbox, replays and bookmarks by the command line, on a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from serving import Server

from notebook_automation.cli import cli


class Shell:
    def __init__(self, server: Server) -> None:
        self.where = ("--url", server.url, "--token", server.token)

    def run(self, *words: str, code: int = 0, stdin: str | None = None) -> Result:
        done = CliRunner().invoke(cli, [*words, *self.where], input=stdin)
        assert done.exit_code == code, done.output
        return done

    def told(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)


@pytest.fixture
def shell(server: Server) -> Shell:
    return Shell(server)


def sent(server: Server, shell: Shell, source: str, **request: Any) -> str:
    url = shell.run("inbox", "url", source).stdout.strip()
    answer = server.stranger.post(url, **request)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["event_id"])


def test_what_came_in_is_listed_shown_marked_and_deleted(server: Server, shell: Shell) -> None:
    event_id = sent(server, shell, "a-shell", json={"n": 1, "type": "paid", "bell": "\x1b[31m"})
    [one] = shell.told("inbox", "list", "--source", "a-shell")["items"]
    assert (one["id"], one["event_type"], one["status"]) == (event_id, "paid", "received")
    assert event_id in shell.run("inbox", "list", "--source", "a-shell", "--type", "paid").stdout
    shown = shell.run("inbox", "show", event_id).stdout
    assert "a-shell" in shown
    assert '"n": 1' in shown
    assert "\x1b" not in shown
    assert "a-shell" in shell.run("inbox", "sources").stdout
    assert "is failed" in shell.run("inbox", "mark", "failed", event_id).stdout
    assert [one["id"] for one in shell.told("inbox", "list", "--status", "failed", "--source", "a-shell")["items"]] == [
        event_id
    ]
    assert shell.told("inbox", "mark", "auto", event_id)["items"][0]["status"] == "received"
    assert "is kept" in shell.run("event", "bookmark", event_id).stdout
    assert len(shell.told("inbox", "list", "--bookmarked", "--source", "a-shell")["items"]) == 1
    assert "no bookmark" in shell.run("event", "bookmark", event_id, "--off").stdout
    assert "--yes" in shell.run("inbox", "delete", event_id, code=2).output
    shell.run("inbox", "delete", event_id, "--yes")
    assert shell.told("inbox", "list", "--source", "a-shell")["items"] == []


def test_several_are_replayed_to_a_trigger_and_what_fails_is_told(server: Server, shell: Shell) -> None:
    server.trigger(name="by-shell", type="webhook")
    ids = [sent(server, shell, "many", json={"n": number}) for number in range(2)]
    done = shell.run(
        "event", "replay", "-", "evt_none", "--trigger", "sales/by-shell", "--rate", "100", code=1,
        stdin="\n".join(ids),
    )  # fmt: skip
    assert [line.split()[2] for line in done.stdout.splitlines()] == [*ids, "evt_none"]
    assert done.stdout.count("ses_") == 2
    results = shell.told("event", "replay", *ids, "--trigger", "by-shell", "--rate", "100")["items"]
    assert [one["ok"] for one in results] == [True, True]
    refused = shell.run("event", "replay", ids[0], "--to", "http://example.org/", code=1)
    assert "this machine alone" in refused.stdout
    assert "give one of them" in shell.run("event", "replay", "x", "--to", "http://a/", "--trigger", "b", code=2).output
