"""The schema of manifests is a schema, says what the reader of manifests does, and is the one that is printed."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from notebook_automation.cli.manifests import manifest
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.manifest_fields import manifest_fields
from notebook_automation.domain.manifest_schema import RETRY, TRIGGER, manifest_schema
from notebook_automation.domain.manifests import read_manifest
from notebook_automation.domain.projects import Project
from notebook_automation.domain.retries import RetryPolicy
from notebook_automation.domain.trigger_definitions import SETTABLE, defined

PAGE = Path(__file__).parents[3] / "docs" / "automation.schema.json"
PROJECT = Project(id="prj_1", name="ops", path="/ops", created_at=0.0)


def accepts(document: Any) -> bool:
    return bool(jsonschema.Draft7Validator(manifest_schema()).is_valid(document))


def test_it_is_a_schema_and_knows_every_field() -> None:
    jsonschema.Draft7Validator.check_schema(manifest_schema())
    assert set(TRIGGER) == SETTABLE | {"timezone", "jitter", "catch_up", "calendar", "webhook", "description"}
    assert set(RETRY) == {field.name for field in fields(RetryPolicy)}


def test_what_is_printed_and_what_is_in_the_documentation_are_it() -> None:
    printed = CliRunner().invoke(manifest, ["schema"])
    assert json.loads(printed.output) == manifest_schema()
    assert PAGE.read_text() == printed.output, f"run: jupyter automation manifest schema > {PAGE}"


@pytest.mark.parametrize(
    "project",
    [
        {},
        {"name": "ops", "triggers": None, "vars": [], "connections": [{"name": "a", "integration": "slack"}]},
        {"vars": [{"name": "_A", "value": 5, "description": "x"}, {"name": "B", "secret": True, "optional": True}]},
        {"triggers": [{"name": "a", "schedule": "@daily", "timezone": "Europe/Berlin", "catch_up": "all"}]},
        {"triggers": [{"name": "a", "schedule": "0 6 * * *", "calendar": {"holidays": "DE", "if_off": "next"}}]},
        {"triggers": [{"name": "a", "schedule": {"cron": "0 6 * * *", "jitter": "30s"}}]},
        {"triggers": [{"name": "a", "webhook": {}, "event_type": "", "filter": None, "max_body": "25MB"}]},
        {"triggers": [{"name": "a", "webhook": {}, "is_sync": True, "sync_time": 90}]},
        {"triggers": [{"name": "a", "type": "manual", "call": "n.ipynb", "parameters": {"a": [1]}, "report": "html"}]},
        {"triggers": [{"name": "a", "webhook": {}, "retry": {}}, {"name": "b", "webhook": {}, "retry": None}]},
        {"triggers": [{"name": "a", "webhook": {}, "retry": {"max_attempts": 5, "base_delay": "5 min", "factor": 1}}]},
        {"triggers": [{"name": "a", "webhook": {}, "retry": {"base_delay": 7200, "on": ["timeout"], "if_lost": True}}]},
        {"triggers": [{"name": "a", "after": "load"}, {"name": "b", "type": "session", "after": ["a", "load.ipynb"]}]},
        {
            "triggers": [
                {"name": "a", "artifact": "b/t.csv"},
                {"name": "b", "artifact": {"ref": "a/b", "changed": True}},
            ]
        },
        {"triggers": [{"name": "a", "files": ["x/*"]}, {"name": "b", "files": {"paths": "x", "on": ["deleted"]}}]},
        {"triggers": [{"name": "a", "after": {"of": ["b", "c"], "statuses": "failed", "within": "2h"}}]},
        {"triggers": [{"name": "a", "webhook": {}, "entrypoint": "a.py:f", "data": {"path": "x"}}]},
        {"vars": [{"name": "A", "is_secret": True, "env_var": "B"}]},
        {"connections": [{"name": "a", "integration": "slack", "token": "x"}]},
    ],
)
def test_it_accepts_what_is_read(project: dict[str, Any]) -> None:
    document = {"version": "v1", "project": project}
    found = read_manifest(document)
    made = [defined(PROJECT, {**given, "name": name}, 1.0) for name, given in (found.triggers or {}).items()]
    assert accepts(document)
    assert accepts({"project": {"triggers": [{"name": one.name, **manifest_fields(one)} for one in made]}})


@pytest.mark.parametrize(
    "document",
    [
        {}, {"project": None}, {"version": "v3", "project": {}}, {"project": {"colour": 1}},
        {"project": {"name": "a b"}}, {"project": {"triggers": [{"type": "manual"}]}},
        {"project": {"triggers": {}}}, {"project": {"triggers": ["a"]}},
        {"project": {"triggers": [{"name": "a", "type": "manual", "colour": 1}]}},
        {"project": {"triggers": [{"name": "a", "type": "manual", "parameters": [1]}]}},
        {"project": {"vars": [{"value": 1}]}}, {"project": {"vars": [{"name": "a", "value": {}}]}},
        {"project": {"connections": [{"name": "a"}]}},
    ],
    ids=str,
)  # fmt: skip
def test_it_refuses_what_is_refused(document: Any) -> None:
    assert not accepts(document)
    with pytest.raises(Invalid):
        read_manifest(document)
