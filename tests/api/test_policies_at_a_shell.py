"""Policies of a project by the command line, on a real server."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result
from serving import Server

from notebook_automation.cli import cli


def run(server: Server, *words: str) -> Result:
    where = ("--project", "calm-project", "--url", server.url, "--token", server.token)
    return CliRunner().invoke(cli, ["policy", *words, *where])


def test_a_policy_is_set_listed_and_deleted(server: Server) -> None:
    server.trigger(name="nightly", type="manual", notebook=server.notebook("calm-project/report.ipynb", "1 + 1"))
    assert "There are none yet" in run(server, "list").output
    done = run(server, "set", "calm", "3 by region, else cancel", "--call", "report.ipynb")
    assert done.output == "calm: report.ipynb, at most 3 at once for each region, the others are cancelled\n"
    [listed] = json.loads(run(server, "list", "--json").stdout)["items"]
    assert (listed["name"], listed["policy"]["method"]) == ("calm", "cancel")
    assert "at most 3 at once for each region" in run(server, "list").output
    wrong = run(server, "set", "calm", "lots")
    assert wrong.exit_code == 2
    assert "write it like 3" in wrong.output
    assert run(server, "delete", "calm", "--yes").output == "Deleted calm.\n"
    assert run(server, "delete", "calm", "--yes").exit_code == 3
