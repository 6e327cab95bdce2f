"""Inquiries by the command line, on a real server: lists, one of them, its log, the record of all, absences."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from serving import Server
from ways import Asker

from notebook_automation.cli import cli


@pytest.fixture(scope="module")
def asker(server: Server) -> Iterator[Asker]:
    call = server.notebook("at-a-shell/report.ipynb", "1 + 1")
    session = server.api.post("sessions", json={"call": call}).json()
    with server.begin(session["id"]) as code:
        yield Asker(server, code, session["id"])
    server.end(session["id"], "completed")


def run(asker: Asker, *words: str) -> Result:
    where = ("--url", asker.server.url, "--token", asker.server.token)
    done = CliRunner().invoke(cli, ["inquiry", *words, *where])
    assert done.exit_code == 0, done.output
    return done


def told(asker: Asker, *words: str) -> Any:
    return json.loads(run(asker, *words, "--json").stdout)


def test_lists_are_of_what_waits_for_me_or_of_all(asker: Asker) -> None:
    mine = asker.ask(prompt="Mine?", assigned_to=["ana", asker.me], allow_requester=True)
    others = asker.ask(prompt="Of ana?", assigned_to=["ana"])
    listed = {one["id"] for one in told(asker, "list")["items"]}
    assert mine["id"] in listed
    assert others["id"] not in listed
    of_project = ("--all", "--project", "at-a-shell", "--status", "pending")
    assert {mine["id"], others["id"]} <= {one["id"] for one in told(asker, "list", *of_project)["items"]}
    assert others["id"] in {one["id"] for one in told(asker, "list", "--person", "ana")["items"]}
    assert told(asker, "list", "--all", "--session", asker.session_id, "--older-than", "1h") == {"items": []}
    assert "Of ana?" in run(asker, "list", *of_project).stdout


def test_one_is_shown_with_its_log_and_is_in_the_record(asker: Asker, tmp_path: Path) -> None:
    inquiry = asker.ask(prompt="# Publish?\n\nAll of it.", proposed={"low": 1}, allow_requester=True, timeout=3600)
    run(asker, "answer", inquiry["id"], "approve", "--value", '{"low": 2}', "--comment", "higher")
    shown = run(asker, "show", inquiry["id"]).stdout
    for part in ("responded", f"approved by {asker.me}", '"higher"', "# Publish?", "by cli"):
        assert part in shown
    logged = run(asker, "log", inquiry["id"]).stdout
    assert [line.split()[6] for line in logged.splitlines()[1:]] == ["asked", "answered"]
    target = tmp_path / "audit.csv"
    run(asker, "export", "--session", asker.session_id, "-o", str(target))
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert rows
    assert any(inquiry["id"] in row.values() for row in rows)
    assert inquiry["id"] in run(asker, "export", "--session", asker.session_id, "--json").stdout


def test_somebody_goes_away_and_comes_back(asker: Asker) -> None:
    assert "bea" in run(asker, "absence", "bea", "--until", "2060-01-01").stdout
    [away] = told(asker, "absence")["items"]
    assert (away["person"], away["substitute"], away["until_at"][:10]) == (asker.me, "bea", "2060-01-01")
    assert told(asker, "absence", "--end") == {"items": []}
