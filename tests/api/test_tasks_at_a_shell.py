"""Tasks by the command line, on a real server."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from serving import Server

from notebook_automation.cli import cli

URL = "https://api.example.com/ping"


def run(server: Server, *words: str) -> Result:
    return CliRunner().invoke(cli, ["task", *words, "--url", server.url, "--token", server.token])


def test_a_task_is_created_listed_run_switched_and_deleted(server: Server) -> None:
    made = run(
        server, "create", "Shell ping", "--api", URL, "--method", "post", "-H", "X-Region: {{param:region}}",
        "--body", '{"n": 1}', "-p", "region=emea", "--schedule", "0 9 * * *", "--tz", "Europe/Berlin", "--retries", "2",
        "--retry-delay", "5s", "--json",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    task = json.loads(made.stdout)
    assert task["config"] == {
        "url": URL, "method": "POST", "headers": {"X-Region": "{{param:region}}"}, "body": {"n": 1},
        "parameters": {"region": "emea"},
    }  # fmt: skip
    assert (task["retry_policy"]["max_attempts"], task["retry_policy"]["base_delay"]) == (3, 5.0)
    assert "Shell ping" in run(server, "list", "--type", "api_call").output
    assert f"POST {URL}" in run(server, "show", "Shell ping").output
    assert "has not run yet" in run(server, "executions", "Shell ping").output
    started = run(server, "run", "Shell ping", "-p", "region=apac")
    assert "is pending" in started.output
    [execution] = json.loads(run(server, "executions", task["id"], "--json").stdout)["items"]
    assert execution["input_data"] == {"region": "apac"}
    assert run(server, "disable", task["trigger"]).output == f"{task['trigger']} is off.\n"
    assert run(server, "enable", "Shell ping").output == f"{task['trigger']} is on.\n"
    assert run(server, "delete", "Shell ping", "--yes").output == f"Deleted {task['trigger']}.\n"
    assert run(server, "show", "Shell ping").exit_code == 3


def test_a_webhook_and_a_notebook(server: Server) -> None:
    hook = json.loads(run(server, "create", "Shell hook", "--api", URL, "--webhook", "--json").stdout)
    assert (hook["task_type"], hook["schedule"]) == ("webhook", None)
    notebook = server.notebook("shelltasks/report.ipynb", "1")
    ran = json.loads(run(server, "create", "Shell run", "--call", notebook, "--schedule", "@daily", "--json").stdout)
    assert (ran["task_type"], ran["project"], ran["config"]) == ("cron", "shelltasks", {"call": "report.ipynb"})


@pytest.mark.parametrize(
    "words",
    [
        (), ("--api", URL, "--call", "report.ipynb"), ("--api", URL, "-H", "X"), ("--api", URL, "--body", "{"),
        ("--api", "file:///etc/passwd"), ("--api", URL, "-H", "Authorization: Bearer x"),
    ],
)  # fmt: skip
def test_what_makes_no_task_is_said(server: Server, words: tuple[str, ...]) -> None:
    wrong = run(server, "create", "Bad", *words)
    assert wrong.exit_code == 2
    assert "Error" in wrong.output
