"""What a server sends of changes is what its schema says, and what the front end's tests are fed with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from server_changes import OPTIONS, PAGE, as_module, recorded_changes
from serving import serve

from notebook_automation.api.openapi import document
from notebook_automation.api.routes import ROUTES
from notebook_automation.domain.changes import declared_changes


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    folder: Path = tmp_path_factory.mktemp("changes")
    with serve(folder, *OPTIONS) as server:
        yield recorded_changes(server)


def test_every_change_that_a_noun_declares_is_made_by_the_server(messages: list[dict[str, Any]]) -> None:
    declared = {(one.channel, activity) for one in declared_changes() for activity in one.activities}
    assert {(message["channel"], message["activity"]) for message in messages} == declared


def test_every_change_is_what_the_schema_says(messages: list[dict[str, Any]]) -> None:
    schemas = document(ROUTES)["components"]["schemas"]
    types = {f"{one.content.__name__}Message": one for one in declared_changes()}
    for message in messages:
        [name] = [
            name
            for name, one in types.items()
            if one.channel == message["channel"] and message["activity"] in one.activities
        ]
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(message)] == []
        # Nothing more is sent than the schema names.
        assert set(message["content"]) == set(schemas[name.removesuffix("Message")]["properties"])


def test_an_artifact_names_its_session_when_it_is_made_and_when_it_is_deleted(messages: list[dict[str, Any]]) -> None:
    [session] = {message["id"] for message in messages if message["channel"] == "sessions"}
    made = [message for message in messages if message["channel"] == "artifacts"]
    assert [(message["activity"], message["content"]["session_id"]) for message in made] == [
        ("created", session), ("deleted", session),
    ]  # fmt: skip


def test_a_variable_that_is_deleted_updates_its_project(messages: list[dict[str, Any]]) -> None:
    updates = [one for one in messages if (one["channel"], one["activity"]) == ("projects", "updated")]
    assert len(updates) == 2


def test_the_front_end_is_tested_with_what_the_server_sends(messages: list[dict[str, Any]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == as_module(messages), "run `python tests/server_changes.py`"
