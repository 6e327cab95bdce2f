"""What triggers wait for, over REST and at a shell: artifacts, events that somebody tells."""

from __future__ import annotations

import json

from click.testing import CliRunner
from serving import Server

from notebook_automation.cli import cli


def test_an_artifact_trigger_is_set_shown_and_taken_for_no_other_type(server: Server) -> None:
    notebook = server.notebook("sources/report.ipynb", "1 + 1")
    artifact = {"ref": "*/table.csv", "changed": True}
    made = server.trigger(name="check", type="artifact", notebook=notebook, artifact=artifact)
    assert made["artifact"] == {**artifact, "description": "when the content of */table.csv changes"}
    again = server.api.patch(f"triggers/{made['id']}", json={"artifact": {**made["artifact"], "changed": False}})
    assert again.json()["artifact"]["description"] == "each new version of */table.csv"
    wrong = server.api.patch(f"triggers/{made['id']}", json={"artifact": {"ref": "table.csv"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "artifact_invalid")
    assert wrong.json()["errors"][0]["field"] == "artifact.ref"
    other = server.api.post(
        "triggers", json={"name": "x", "type": "manual", "notebook": notebook, "artifact": artifact}
    )
    assert (other.status_code, other.json()["errors"][0]["field"]) == (400, "artifact")


def test_an_event_is_told_at_a_shell(server: Server) -> None:
    notebook = server.notebook("told/report.ipynb", ("total = 0", "parameters"), "1 + 1")
    server.trigger(name="paid", type="event", event_type="paid", notebook=notebook, mapping={"total": "data.total"})
    where = ("--url", server.url, "--token", server.token)
    done = CliRunner().invoke(cli, ["event", "emit", "told", "paid", '{"total": 7}', *where, "--json"])
    assert done.exit_code == 0, done.output
    [session_id] = json.loads(done.stdout)["session_ids"]
    assert server.api.get(f"sessions/{session_id}").json()["parameters"] == {"total": 7}
    said = CliRunner().invoke(cli, ["event", "emit", "told", "other", *where])
    assert "started nothing" in said.stdout
    wrong = CliRunner().invoke(cli, ["event", "emit", "told", "paid", "[1]", *where])
    assert wrong.exit_code != 0
    assert "is a JSON object" in wrong.output
