"""Manifests: read, planned, applied, exported."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import yaml
from sqlalchemy.event import listens_for

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden, Invalid, TooLarge

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
    found, _ = await server.trigger_views.listed(ana, limit=50, cursor=None)
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
    found, _ = await server.trigger_views.listed(ana, limit=50, cursor=None)
    assert {view.trigger.name for view in found} == {"weekly", "new"}
    variables = {one.name: server.projects.opened(one) for one in await server.projects.variables(ana, plan.project)}
    assert variables == {"SLACK_CHANNEL": "#sales", "API_TOKEN": "s3cr3t"}


async def test_what_a_variable_is_for_is_kept_and_exported(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    text = "project: {vars: [{name: A, value: x, description: Which shop}, {name: B, value: y, secret: true}]}"
    project = (await server.manifests.apply(ana, text, "ops", dry_run=False)).project

    async def stored() -> dict[str, tuple[str, bool, str | None]]:
        found = await server.projects.variables(ana, project)
        return {one.name: (server.projects.opened(one), one.secret, one.description) for one in found}

    assert await stored() == {"A": ("x", False, "Which shop"), "B": ("y", True, None)}
    text = "project: {vars: [{name: A, value: x}, {name: B, description: ' A token '}]}"
    plan = await server.manifests.apply(ana, text, "ops", dry_run=False)
    assert [(one.name, one.change, one.fields) for one in plan.changes] == [
        ("A", "same", {}), ("B", "change", {"description": (None, "A token")}),
    ]  # fmt: skip
    assert await stored() == {"A": ("x", False, "Which shop"), "B": ("y", True, "A token")}
    exported = yaml.safe_load(await server.manifests.export(ana, project))["project"]["vars"]
    assert exported[1] == {"name": "B", "description": "A token", "secret": True}
    text = "project: {vars: [{name: A, value: z, description: ''}, {name: B}]}"
    await server.manifests.apply(ana, text, "ops", dry_run=False)
    assert await stored() == {"A": ("z", False, None), "B": ("y", True, "A token")}
    with pytest.raises(Invalid, match="1000 characters"):
        await server.manifests.apply(
            ana, f"project: {{vars: [{{name: A, description: {'x' * 1001}}}]}}", "ops", dry_run=True
        )


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
        "project: {triggers: [{name: a, type: webhook, is_sync: 'yes'}]}",
        "project: {triggers: [{name: a, type: webhook, time_limit: .nan}]}",
        "project: {triggers: [{name: a, schedule: '0 6 * *'}]}", "project: {triggers: [{name: ../a, type: webhook}]}",
        "project: {vars: [{name: a, value: [1]}]}", "project: {vars: [{name: a, colour: red}]}",
        "project: " + "{a: " * 40 + "1" + "}" * 40, "project: [" + "1, " * 120_000 + "]",
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


EXPORTED = """
version: v2
project:
  name: assistant
  description: Answers in Slack.
  connections:
    - name: slack_conn
      integration: slack
      vars:
        - name: auth_type
          value: socketMode
  vars:
    - name: _MODEL
      description: Which model answers
      value: gpt
    - name: RETRIES
      value: 3
    - name: TOKEN
      description: From the settings page
      secret: true
      optional: true
  triggers:
    - name: on_mention
      type: connection
      connection: slack_conn
      event_type: app_mention
      filter: "data.?text.orValue('').lowerAscii().contains('help')"
      call: program.py:on_mention
      schedule: ""
      timezone: ""
      is_sync: null
    - name: web
      type: webhook
      webhook: {}
      event_type: ''
      filter: ''
      call: program.star:on_web
    - name: nightly
      description: Every night
      schedule: "0 3 * * *"
      timezone: Europe/Berlin
      call: program.py:nightly
"""


async def test_an_export_of_autokitteh_loads_as_it_is(server: Any, ana: Caller):
    (server.root / "bot").mkdir()
    (server.root / "bot" / "program.py").write_text("def on_mention(event, session_id): ...\n")
    plan = await server.manifests.apply(ana, EXPORTED, "bot", dry_run=False)
    found, _ = await server.trigger_views.listed(ana, limit=50, cursor=None)
    by_name = {view.trigger.name: view.trigger for view in found}
    assert (by_name["web"].type, by_name["web"].call, by_name["web"].filter) == ("webhook", None, None)
    assert by_name["nightly"].schedule.timezone == "Europe/Berlin"
    variables = {one.name: one.value for one in await server.projects.variables(ana, plan.project)}
    assert (variables["_MODEL"], variables["RETRIES"]) == ("gpt", "3")
    warnings = "\n".join(plan.warnings)
    assert "nothing here runs Starlark" in warnings
    assert "The vars of connection 'slack_conn' are not kept" in warnings
    assert "Variable 'TOKEN'" not in warnings


async def test_the_keys_of_the_first_manifests_mean_what_they_did_and_what_is_not_kept_is_told(
    server: Any, ana: Caller
):
    text = """
        project:
          connections: [{name: door, integration: http, token: TODO}]
          vars: [{name: KEY, is_secret: true, env_var: MY_KEY}]
          triggers:
            - {name: rung, connection: door, event_type: get, data: {path: bell}, entrypoint: "bell.py:on_get"}
            - {name: chat, webhook: {}, call: "main.ts:on_event", data: null, entrypoint: ""}
    """
    (server.root / "first").mkdir()
    plan = await server.manifests.apply(ana, text, "first", dry_run=False)
    found, _ = await server.trigger_views.listed(ana, limit=50, cursor=None)
    assert {view.trigger.name: view.trigger.call for view in found} == {"rung": "bell.py:on_get", "chat": None}
    assert [one.secret for one in await server.projects.variables(ana, plan.project)] == [True]
    told = "\n".join(plan.warnings)
    assert "project.connections[0] (door): token is not kept: set a secret" in told
    assert "(KEY): env_var is not kept: give a value" in told
    assert "project.triggers[0] (rung): data is not kept: every webhook has an address" in told
    assert "project.triggers[1]" not in told
    assert "'chat' calls main.ts:on_event: nothing here runs TypeScript" in told
    assert "HTTP needs none. In its triggers write type: webhook instead of connection: door." in told


async def test_files_and_functions_that_are_not_there_are_told(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    (server.root / "ops" / "program.py").write_text("def there(event): ...\n")
    calls = ("program.py:there", "program.py:gone", "nothing.py:f", "nothing.ipynb")
    listed = "".join(f"    - {{name: t{n}, type: manual, call: '{call}'}}\n" for n, call in enumerate(calls))
    plan = await server.manifests.apply(ana, f"project:\n  triggers:\n{listed}", "ops", dry_run=True)
    assert len(plan.warnings) == 3
    assert plan.warnings[0].startswith("Trigger 't1': program.py has no function 'gone'")
    assert "nothing.py" in plan.warnings[1]
    assert "nothing.ipynb" in plan.warnings[2]


async def test_an_unknown_key_names_the_one_that_is_meant(server: Any, ana: Caller):
    with pytest.raises(Invalid, match="did you mean schedule"):
        await server.manifests.apply(ana, "project: {triggers: [{name: a, shedule: '@daily'}]}", "", dry_run=True)


async def test_who_may_not_is_refused_before_anything_is_read(server: Any, ana: Caller):
    (server.root / "ops").mkdir()
    plan = await server.manifests.apply(ana, "project: {}", "ops", dry_run=False)
    session = Caller(kind="session", login="ana", session_id="ses_1", project_id=plan.project.id)
    for folder in ("ops", ""):
        with pytest.raises(Forbidden):
            await server.manifests.apply(session, "no YAML: {", folder, dry_run=True)


@pytest.mark.parametrize("opening", ["{", "[", "- ", "{a: "])
async def test_deep_nesting_ends_at_once(server: Any, ana: Caller, opening: str):
    text = opening * (1_000_000 // len(opening))
    started = time.process_time()
    results = await asyncio.gather(
        *(server.manifests.apply(ana, text, "", dry_run=True) for _ in range(4)), return_exceptions=True
    )
    assert all(isinstance(result, Invalid) for result in results)
    assert time.process_time() - started < 5.0


async def test_a_large_manifest_is_written_in_a_few_statements(server: Any, ana: Caller):
    statements: list[str] = []

    @listens_for(server.database.engine, "before_cursor_execute")
    def count(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        statements.append(statement)

    names = [f"t{n}" for n in range(600)]
    for method, change in (("GET", "create"), ("PUT", "change")):
        listed = "".join(
            f"    - {{name: {name}, type: webhook, filter: data.method == '{method}'}}\n" for name in names
        )
        plan = await server.manifests.apply(ana, f"project:\n  triggers:\n{listed}", "", dry_run=False)
        assert [one.name for one in plan.changes if one.change == change and one.kind == "trigger"] == names
    found, _ = await server.trigger_views.listed(ana, limit=3, cursor=None)
    assert [view.trigger.filter for view in found] == ["data.method == 'PUT'"] * 3
    await server.manifests.apply(ana, "project: {triggers: []}", "", dry_run=False)
    assert await server.trigger_views.listed(ana, limit=3, cursor=None) == ([], None)
    assert len(statements) < 100, statements


async def test_a_large_manifest_leaves_the_loop_free(server: Any, ana: Caller):
    triggers = "".join(f"    - {{name: t{n}, type: webhook, filter: data.n == {n}}}\n" for n in range(300))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    text = f"project:\n  triggers:\n{triggers}"
    plan = await server.manifests.apply(ana, text, "", dry_run=True)
    turning.cancel()
    assert len(plan.changes) == 301
    assert turns > 100
