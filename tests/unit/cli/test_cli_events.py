"""A filter tried at a shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

FILTER = 'data.json.action in ["opened", "reopened"] && !data.json.pull_request.draft'


@pytest.fixture
def body(nowhere: Path) -> Path:
    """What a webhook was sent: a pull request that is a draft."""
    file = nowhere / "body.json"
    file.write_text(json.dumps({"action": "opened", "pull_request": {"draft": True}}))
    return file


def test_a_filter_alone_is_checked_and_its_fields_told(run: Run) -> None:
    result = run("event", "verify-filter", FILTER, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "valid": True,
        "fields": ["data.json.action", "data.json.pull_request.draft"],
    }


def test_a_stopped_event_is_explained_clause_by_clause(run: Run, body: Path) -> None:
    result = run("event", "verify-filter", FILTER, "--body", str(body))
    assert result.exit_code == 1
    assert '✓ data.json.action in ["opened", "reopened"]' in result.stdout
    assert 'data.json.action = "opened"' in result.stdout
    assert "✗ not" in result.stdout
    assert "The filter stops the event." in result.stdout


def test_a_body_is_read_as_the_webhook_reads_it(run: Run, body: Path) -> None:
    words = ("--body", str(body), "--header", "X-GitHub-Event: pull_request", "--method", "put")
    text = 'data.headers["X-GitHub-Event"] == "pull_request" && data.method == "PUT" && event_type == "put"'
    result = run("event", "verify-filter", text, *words)
    assert result.exit_code == 0, result.output
    assert "lets the event through" in result.stdout


@pytest.mark.parametrize(
    "content", [{"data": {"n": 3}, "type": "order"}, {"data": {"n": 3}, "event_type": "order", "id": "evt_1"}]
)
def test_a_whole_event_brings_its_type(run: Run, content: dict[str, object]) -> None:
    words = ("event", "verify-filter", 'data.n == 3 && event_type == "order"', "--data", "-", "--json")
    result = run(*words, stdin=json.dumps(content))
    assert result.exit_code == 0, result.output
    assert [clause["result"] for clause in json.loads(result.stdout)["clauses"]] == [True, True]


def test_an_error_in_a_clause_is_no_match(run: Run) -> None:
    result = run("event", "verify-filter", "data.missing > 1", "--data", "-", stdin="{}")
    assert result.exit_code == 1
    assert "could not be decided" in result.stdout


def test_data_and_body_exclude_each_other(run: Run, body: Path) -> None:
    result = run("event", "verify-filter", "true", "--data", str(body), "--body", str(body))
    assert result.exit_code == 2
    assert "one of them" in result.stderr
