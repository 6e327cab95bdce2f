"""Fields that are taken and do nothing are said to do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.projects import Project
from notebook_automation.domain.trigger_definitions import defined
from notebook_automation.domain.trigger_hints import (
    hidden_credentials,
    never_matches,
    without_effect,
    works_differently,
)
from notebook_automation.domain.triggers import Trigger

PROJECT = Project(id="prj_1", name="sales", path="/sales", created_at=1.0)


def _trigger(**fields: Any) -> Trigger:
    return defined(PROJECT, {"name": "t", "type": "webhook", "call": "a.ipynb", **fields}, 10.0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_durable": True}, []),
        ({"call": None, "api_call": {"url": "https://api.example.com/"}, "retry": {}}, []),
        (
            {"call": None, "api_call": {"url": "https://api.example.com/"}, "report": "html", "skip_tags": ["slow"]},
            ["report has no effect", "skip_tags has no effect"],
        ),
        ({"is_durable": True, "warm": True, "call": "a.ipynb:handle"}, ["warm has no effect"]),
        ({"call": None, "retry": {}, "is_durable": True}, ["is_durable, retry"]),
        ({"connection": "github"}, ["connection"]),
        ({"type": "connection", "connection": "github"}, ["receive nothing yet"]),
        ({"type": "manual", "filter": "false", "event_type": "x"}, ["filter", "event_type"]),
        ({"call": None, "report": "html", "parameters": {"a": 1}}, ["parameters, report"]),
        ({"filter": "true", "event_type": "post", "report": "html", "keep": "3 days", "is_sync": True}, []),
        ({"is_sync": True, "sync_time": 30}, []),
        ({"sync_time": 30}, ["sync_time has no effect"]),
        ({"call": None}, []),
    ],
)
def test_what_does_nothing_is_told(fields: dict[str, Any], words: list[str]) -> None:
    found = [notice.message for notice in without_effect(_trigger(**fields))]
    assert len(found) == len(words)
    assert all(word in message for word, message in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("fields", "never"),
    [
        ({"event_type": "push"}, True),
        ({"event_type": "POST"}, False),
        ({"type": "schedule", "schedule": "@every 1h", "event_type": "daily"}, True),
        ({"type": "event", "event_type": "daily"}, False),
        ({}, False),
    ],
)
def test_an_event_type_that_never_comes_is_told(fields: dict[str, Any], never: bool) -> None:
    assert (never_matches(_trigger(**fields)) is not None) is never


@pytest.mark.parametrize(
    ("expression", "header"),
    [
        ("data.headers.authorization", "authorization"),
        ('data.headers["Authorization"].split(" ")[1]', "authorization"),
        ("data.headers[?'X-Api-Key'].orValue('')", "x-api-key"),
        ("data.?headers.?cookie.orValue('')", "cookie"),
        ('data.headers["X-Gitlab-Token"]', "x-gitlab-token"),
        ("data.headers.authorization_kind", None),
        ('data.headers["cookie-policy"]', None),
        ("data.json.authorization", None),
        ("data.headers.size()", None),
    ],
)
def test_a_parameter_that_reads_a_credential_is_told(expression: str, header: str | None) -> None:
    notices = hidden_credentials(_trigger(mapping={"token": expression}))
    assert len(notices) == (header is not None)
    for notice in notices:
        assert "'token'" in notice.message
        assert f'["headers"]["{header}"]' in notice.message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_sync": True, "retry": {}}, ["answer of the first try"]),
        ({"is_sync": True, "is_durable": True}, ["before the first long wait"]),
        ({"retry": {}, "is_durable": True}, []),
    ],
)
def test_what_works_otherwise_than_one_may_think_is_told(fields: dict[str, Any], words: list[str]) -> None:
    found = [notice.message for notice in works_differently(_trigger(**fields))]
    assert len(found) == len(words)
    assert all(word in message for word, message in zip(words, found, strict=True))
