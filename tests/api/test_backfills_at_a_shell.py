"""Backfills by the command line, on a real server."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result
from serving import Server

from notebook_automation.cli import cli


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
