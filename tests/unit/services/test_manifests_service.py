"""Manifests: read, planned, applied, exported."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Invalid, TooLarge

AUTOKITTEH = """
version: v1
project:
  name: ops
  connections:
    - name: slack_connection
      integration: slack
    - name: github_conn
      integration: github
  vars:
    - name: SLACK_CHANNEL
      value: "#ops"
    - name: API_TOKEN
      secret: true
      value: s3cr3t
  triggers:
    - name: receive_http_post_json
      type: webhook
      event_type: post
      filter: data.headers["Content-Type"].startsWith("application/json")
      call: webhooks.py:on_http_post_json
      is_sync: true
    - name: receive_http_get_or_head
      type: webhook
      filter: data.method in ["GET", "HEAD"]
      call: webhooks.py:on_http_get_or_head
      is_durable: false
    - name: slack_interaction_from_specific_id
      connection: slack_connection
      filter: event_type == 'interaction' && data.user.id == 'SOME_SLACK_ID'
    - name: break_glass_slack_command
      connection: slack_connection
      event_type: slash_command
      call: program.py:on_slack_slash_command
      filter: data.text == "break-glass"
    - name: github_pull_request
      connection: github_conn
      event_type: pull_request
      filter: data.action == "opened" || data.action == "reopened"
      call: program.py:on_github_pull_request
    - name: weekly
      schedule: "0 0 * * 1"
      call: program.py:weekly_user_growth
    - name: weekly_too
      schedule: @every 1w
      call: program.py:weekly_user_growth
"""


async def test_a_schedule_that_cannot_be_read_says_which_it_is(server: Any, ana: Caller):
    text = "project: {triggers: [{name: ok, type: manual}, {name: a, schedule: '@every 1x'}]}"
    with pytest.raises(Invalid, match=r"^project\.triggers\[1\]\.schedule: .*not a unit of time") as refused:
        await server.manifests.apply(ana, text, "ops", dry_run=True)
    assert refused.value.code == "schedule_invalid"


async def test_a_manifest_in_autokittehs_shape_loads_as_it_is(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    plan = await server.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    assert (plan.project.name, plan.applied) == ("ops", True)
    assert {change.change for change in plan.changes} == {"create"}
    found, _ = await server.triggers.listed(ana, limit=50, cursor=None)
    by_name = {view.trigger.name: view.trigger for view in found}
    assert len(by_name) == 7
    assert (by_name["receive_http_post_json"].is_sync, by_name["receive_http_post_json"].event_type) == (True, "post")
    assert by_name["slack_interaction_from_specific_id"].type == "connection"
    assert by_name["slack_interaction_from_specific_id"].call is None
    assert (by_name["weekly"].schedule.cron, by_name["weekly_too"].schedule.every) == ("0 0 * * 1", "1w")
    assert any("slack" in warning for warning in plan.warnings)
    variables = {one.name: one for one in await server.projects.variables(ana, plan.project)}
    assert (variables["SLACK_CHANNEL"].value, variables["API_TOKEN"].secret) == ("#ops", True)
    assert server.projects.opened(variables["API_TOKEN"]) == "s3cr3t"


async def test_what_is_exported_makes_the_same_again(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    plan = await server.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    await server.trigger(
        "nightly", folder="ops", type="schedule", keep="5 versions", report="html", time_limit=60.0, enabled=False,
        schedule={"cron": "0 6 * * MON", "timezone": "Europe/Berlin", "jitter": 5, "catch_up": "all"},
        parameters={"region": ["emea", None, 1.5]}, mapping={"count": "data.n"},
    )  # fmt: skip
    text = await server.manifests.export(ana, plan.project)
    assert "s3cr3t" not in text
    again = await server.manifests.apply(ana, text, "ops", dry_run=True)
    assert {change.change for change in again.changes} == {"same"}
    (server.root / "copy").mkdir()
    content = yaml.safe_load(text)
    del content["project"]["name"]
    copied = await server.manifests.apply(ana, yaml.safe_dump(content), "copy", dry_run=False)
    exported = yaml.safe_load(await server.manifests.export(ana, copied.project))
    assert exported["project"]["triggers"] == content["project"]["triggers"]
    assert exported["project"]["name"] == "copy"


async def test_a_plan_says_what_changes_and_a_dry_run_changes_nothing(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    plan = await server.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=True)
    assert (plan.changes[0].kind, plan.changes[0].change, plan.applied) == ("project", "create", False)
    assert await server.projects.at(ana, "ops") is None
    await server.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    content = yaml.safe_load(AUTOKITTEH.replace("@every 1w", '"@every 1w"'))
    content["project"]["triggers"] = [
        {"name": "weekly", "schedule": "0 0 * * 2", "call": "program.py:weekly_user_growth"},
        {"name": "new", "type": "manual", "call": "report.ipynb"},
    ]
    content["project"]["vars"] = [{"name": "SLACK_CHANNEL", "value": "#sales"}, {"name": "API_TOKEN", "secret": True}]
    del content["project"]["connections"]
    for dry_run in (True, False):
        plan = await server.manifests.apply(ana, yaml.safe_dump(content), "ops", dry_run=dry_run)
        changes = {(change.kind, change.name): change for change in plan.changes}
        assert changes["trigger", "weekly"].fields == {"schedule": ("0 0 * * 1", "0 0 * * 2")}
        assert changes["trigger", "new"].change == "create"
        assert changes["trigger", "github_pull_request"].change == "delete"
        assert changes["variable", "SLACK_CHANNEL"].fields == {"value": ("#ops", "#sales")}
        assert changes["variable", "API_TOKEN"].change == "same"
        assert not any(kind == "connection" for kind, _ in changes)
    found, _ = await server.triggers.listed(ana, limit=50, cursor=None)
    assert {view.trigger.name for view in found} == {"weekly", "new"}
    variables = {one.name: server.projects.opened(one) for one in await server.projects.variables(ana, plan.project)}
    assert variables == {"SLACK_CHANNEL": "#sales", "API_TOKEN": "s3cr3t"}


async def test_a_variable_that_becomes_a_secret_keeps_its_value_and_is_shown_no_more(server: Any, ana: Caller):
    project = await server.project()
    await server.projects.set_variable(ana, project, "TOKEN", "s3cr3t", secret=False)
    plan = await server.manifests.apply(ana, "project: {vars: [{name: TOKEN, secret: true}]}", "sales", dry_run=False)
    [variable] = await server.projects.variables(ana, project)
    assert (variable.secret, server.projects.opened(variable)) == (True, "s3cr3t")
    assert "s3cr3t" not in repr(plan.changes)
    await server.manifests.apply(ana, "project: {vars: [{name: TOKEN}]}", "sales", dry_run=False)
    [variable] = await server.projects.variables(ana, project)
    assert (variable.secret, server.projects.opened(variable)) == (True, "s3cr3t")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "project: []", "a: &x [1]\nb: *x", "project: !!python/object/apply:os.system ['x']", "\t- x",
        "{" * 2000,
        "version: v9\nproject: {}", "project: {colour: red}", "project: {triggers: {}}", "project: {triggers: [x]}",
        "project: {triggers: [{type: webhook}]}", "project: {triggers: [{name: a}]}",
        "project: {triggers: [{name: a, type: webhook}, {name: a, type: webhook}]}",
        "project: {triggers: [{name: a, type: webhook, colour: red}]}",
        "project: {triggers: [{name: a, type: webhook, call: 5}]}",
        "project: {triggers: [{name: a, type: webhook, filter: 'data.x >'}]}",
        "project: {triggers: [{name: a, type: webhook, parameters: [1]}]}",
        "project: {triggers: [{name: a, type: webhook, parameters: {day: 2026-11-21}}]}",
        "project: {triggers: [{name: a, type: webhook, is_sync: 'yes'}]}",
        "project: {triggers: [{name: a, type: webhook, time_limit: .nan}]}",
        "project: {triggers: [{name: a, schedule: '0 6 * *'}]}", "project: {triggers: [{name: ../a, type: webhook}]}",
        "project: {connections: [{name: a}]}", "project: {vars: [{value: a}]}", "project: {name: a b}",
    ],
    ids=lambda text: text[:60],
)  # fmt: skip
async def test_a_manifest_that_cannot_be_read_is_refused_whole(server: Any, ana: Caller, text: str):
    (server.root / "ops").mkdir()
    with pytest.raises(Invalid) as refused:
        await server.manifests.apply(ana, text, "ops", dry_run=False)
    assert refused.value.status == 400
    assert await server.projects.at(ana, "ops") is None


async def test_a_manifest_too_large_is_refused_before_it_is_read(server: Any, ana: Caller):
    with pytest.raises(TooLarge):
        await server.manifests.apply(ana, "no YAML: {" * (256 * 1024), "", dry_run=True)
