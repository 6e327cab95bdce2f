"""Backfills by the command line and by the magic, on a real server."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from IPython.core.error import UsageError
from serving import Server

from notebook_automation.cli import cli
from notebook_automation.magics import backfills
from notebook_automation.magics.automation import options_of
from notebook_automation.magics.options import words_of
from notebook_automation.sdk import client


def run(server: Server, *words: str) -> Result:
    return CliRunner().invoke(cli, ["backfill", *words, "--url", server.url, "--token", server.token])


def test_a_backfill_is_tried_begun_shown_and_cancelled(server: Server) -> None:
    server.trigger(
        name="nightly_at_a_shell", type="schedule", schedule={"cron": "0 6 * * *", "timezone": "UTC"},
        notebook=server.notebook("shell-fill/report.ipynb", "1 + 1"),
    )  # fmt: skip
    assert "There are none yet" in run(server, "list", "nightly_at_a_shell").output
    wish = ("nightly_at_a_shell", "--from", "2026-01-05", "--to", "2026-01-17")
    tried = run(server, "start", *wish, "--dry-run").output
    assert "13 times of shell-fill/nightly_at_a_shell would run, of 13 in this range (13 missing)." in tried
    assert "05 Jan 2026" in tried
    assert "and 3 more" in tried
    begun = run(server, "start", *wish, "--at-once", "2", "--newest-first", "--json")
    group = json.loads(begun.stdout)
    assert (group["total"], group["at_once"], group["asked"]["order"]) == (13, 2, "newest")
    assert "0 of 13 done, 13 to come" in run(server, "list").output
    shown = run(server, "show", group["id"]).output
    assert "2026-01-17T06:00:00Z  waiting" in shown
    ended = run(server, "cancel", group["id"], "--stop").output
    assert "13 of 13 done (13 never begun)" in ended
    assert len(json.loads(run(server, "show", group["id"], "--json").stdout)["members"]) == 13
    wrong = run(server, "start", *wish, "--only", "lost")
    assert wrong.exit_code == 2
    assert "which is all, or some of" in wrong.output


def test_a_backfill_by_the_magic(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", server.url)
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", server.token)
    client.forget()
    server.trigger(
        name="by_magic", type="schedule", schedule={"cron": "0 6 * * *", "timezone": "UTC"},
        notebook=server.notebook("magic-fill/report.ipynb", "1 + 1"),
    )  # fmt: skip

    def shown(line: str) -> str:
        return repr(backfills.fill(None, options_of("backfill").read(words_of(line))))

    wish = "magic-fill/by_magic --from 2026-01-05 --to 2026-01-06"
    assert "2 times of magic-fill/by_magic would run" in shown(f"{wish} --dry-run")
    begun = shown(f"{wish} --at-once 2")
    assert "0 of 2 done, 2 to come" in begun
    [group] = server.api.get("triggers/magic-fill/by_magic/backfills").json()["items"]
    assert group["id"] in begun
    assert "2 to come" in shown(group["id"])
    assert "2 of 2 done (2 never begun)" in shown(f"{group['id']} --cancel --stop")
    with pytest.raises(UsageError, match="from when on"):
        shown("magic-fill/by_magic")
    client.forget()
