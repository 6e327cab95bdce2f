"""What triggers wait for, over REST and at a shell: artifacts, events that somebody tells."""

from __future__ import annotations

import json
from datetime import datetime

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


def test_days_off_are_set_shown_in_the_next_times_and_sent_back(server: Server) -> None:
    notebook = server.notebook("off/report.ipynb", "1 + 1")
    calendar = {"holidays": "DE-BE", "working_days": "MON-FRI", "dates": ["2126-12-24"], "if_off": "next"}
    schedule = {"cron": "0 6 * * SAT", "timezone": "UTC", "calendar": calendar}
    made = server.trigger(name="weekly", type="schedule", notebook=notebook, schedule=schedule)
    shown = {**calendar, "working_days": ["MON", "TUE", "WED", "THU", "FRI"], "ics": None}
    assert made["schedule"]["calendar"] == shown
    assert {datetime.fromisoformat(tick).weekday() for tick in made["next_fires"]} <= {0, 1}
    assert "then on the next working day" in made["schedule"]["description"]
    again = server.api.patch(f"triggers/{made['id']}", json={"schedule": made["schedule"]})
    assert again.json()["schedule"] == made["schedule"]
    wrong = server.api.patch(
        f"triggers/{made['id']}", json={"schedule": {"cron": "@daily", "calendar": {"holidays": "XX"}}}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "calendar.holidays")


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
