"""Projects, triggers and manifests: found, registered, changed and checked against real files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound, TooLarge

CODE = Caller(kind="session", login="x", session_id="ses_1", project_id="prj_none")

# projects -------------------------------------------------------------------------------------------------------


async def test_the_project_of_a_notebook_is_its_folder_or_the_nearest_with_a_manifest(rooms: Any):
    rooms.notebook("sales/europe/report.ipynb")
    rooms.notebook("top.ipynb")
    assert rooms.projects.locate("sales/europe/report.ipynb") == ("sales/europe", "report.ipynb")
    assert rooms.projects.locate("/top.ipynb") == ("", "top.ipynb")
    (rooms.root / "sales" / "automation.yaml").write_text("project: {}")
    assert rooms.projects.locate("sales/europe/report.ipynb") == ("sales", "europe/report.ipynb")
    (rooms.root / "automation.yaml").write_text("project: {}")
    assert rooms.projects.locate("sales/europe/report.ipynb") == ("sales", "europe/report.ipynb")


async def test_a_folder_is_one_project_under_a_name_of_its_own(rooms: Any, ana: Caller):
    for folder in ("a/reports", "b/reports", "b/c/reports", "Größe & mehr", "x" * 120):
        (rooms.root / folder).mkdir(parents=True)
    made = [await rooms.projects.at_folder(ana, folder) for folder in ("a/reports", "b/reports", "b/c/reports")]
    assert [project.name for project in made] == ["reports", "reports-2", "reports-3"]
    assert await rooms.projects.at_folder(ana, "/a/reports/") == made[0]
    assert (await rooms.projects.at_folder(ana, "Größe & mehr")).name == "Gr-e-mehr"
    assert len((await rooms.projects.at_folder(ana, "x" * 120)).name) == 100
    again = rooms.root / "y" / ("x" * 120)
    again.mkdir(parents=True)
    assert len((await rooms.projects.at_folder(ana, "y/" + "x" * 120)).name) <= 100
    assert await rooms.projects.get(ana, "reports-2") == made[1]
    assert rooms.projects.shown_path(made[1]) == "b/reports"
    assert rooms.projects.shown_path(await rooms.projects.at_folder(ana, "")) == ""
    with pytest.raises(NotFound):
        await rooms.projects.at_folder(ana, "no such folder")


async def test_one_folder_asked_for_at_once_is_one_project(rooms: Any, ana: Caller, make_rooms: Callable[..., Any]):
    (rooms.root / "sales").mkdir()
    other = make_rooms()
    made = await asyncio.gather(*(one.projects.at_folder(ana, "sales") for one in (rooms, other) * 10))
    assert len({project.id for project in made}) == 1


@pytest.mark.parametrize(
    "path",
    [
        "../outside/report.ipynb", "sales/../../outside/report.ipynb", "link/report.ipynb", "sales/link.ipynb",
        "..\\outside\\report.ipynb", "sales/a\0.ipynb", "../root-sibling/report.ipynb", "/../outside/report.ipynb",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_the_root(rooms: Any, ana: Caller, path: str):
    outside = rooms.root.parent / "outside"
    for folder in (outside, rooms.root.parent / "root-sibling", rooms.root / "sales"):
        folder.mkdir()
        (folder / "report.ipynb").write_text('{"cells": []}')
    (rooms.root / "link").symlink_to(outside)
    (rooms.root / "sales" / "link.ipynb").symlink_to(outside / "report.ipynb")
    with pytest.raises((Invalid, NotFound)):
        rooms.projects.locate(path)
    with pytest.raises((Invalid, NotFound)):
        await rooms.projects.of_notebook(ana, path)
    with pytest.raises((Invalid, NotFound)):
        rooms.projects.inspect(ana, path)


@pytest.mark.parametrize(
    "call", ["link.ipynb", "sub/link.ipynb", "../other/report.ipynb", "gone.ipynb", "folder.ipynb"]
)
async def test_no_call_leads_out_of_its_project(rooms: Any, call: str):
    project = await rooms.project()
    secret = rooms.notebook("other/report.ipynb")
    folder = Path(project.path)
    (folder / "folder.ipynb").mkdir()
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "sub").symlink_to(secret.parent)
    (secret.parent / "link.ipynb").write_text('{"cells": []}')
    with pytest.raises(AutomationError) as refused:
        rooms.projects.file(project, call)
    assert refused.value.code in ("call_not_found", "call_invalid")


async def test_a_folder_that_becomes_a_link_leads_nowhere(rooms: Any):
    project = await rooms.project()
    rooms.notebook("other/report.ipynb")
    Path(project.path).rmdir()
    Path(project.path).symlink_to(rooms.root / "other")
    with pytest.raises(NotFound):
        rooms.projects.file(project, "report.ipynb")


async def test_a_secret_is_kept_encrypted_and_opened_for_its_row_alone(rooms: Any, ana: Caller):
    project = await rooms.project()
    await rooms.projects.set_variable(ana, project, "token", "s3cr3t-ü", secret=True)
    await rooms.projects.set_variable(ana, project, "region", "emea", secret=False)
    region, token = await rooms.projects.variables(ana, project)
    assert "s3cr3t" not in token.value
    assert (rooms.projects.opened(token), rooms.projects.opened(region)) == ("s3cr3t-ü", "emea")
    assert b"s3cr3t" not in Path(rooms.database.url.database).read_bytes()
    await rooms.projects.remove_variable(ana, project, "token")
    with pytest.raises(NotFound):
        await rooms.projects.remove_variable(ana, project, "token")
    for attempt in (
        rooms.projects.variables(CODE, project),
        rooms.projects.set_variable(CODE, project, "a", "b", secret=False),
        rooms.projects.listed(CODE, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt


# triggers -------------------------------------------------------------------------------------------------------


async def test_registering_again_changes_the_trigger_and_keeps_its_url_and_history(rooms: Any, ana: Caller):
    first = await rooms.trigger(filter="data.json.n == 1", report="html")
    again = await rooms.trigger(call="report.ipynb:pay")
    assert (again.id, again.slug, again.created_at) == (first.id, first.slug, first.created_at)
    assert (again.filter, again.report, again.call) == (None, None, "report.ipynb:pay")
    with pytest.raises(Conflict) as refused:
        await rooms.triggers.save(
            ana, await rooms.project(), {"name": "orders", "type": "manual"}, replace_existing=False
        )
    assert refused.value.code == "trigger_exists"


async def test_registering_a_schedule_again_does_not_start_it_anew(rooms: Any, ana: Caller):
    fields = {"type": "schedule", "schedule": {"every": "1h"}}
    first = await rooms.trigger("hourly", **fields)
    await asyncio.sleep(0.01)
    assert (await rooms.trigger("hourly", **fields, report="html")).last_tick == first.last_tick
    changed = await rooms.trigger("hourly", type="schedule", schedule={"every": "2h"})
    assert changed.last_tick > first.last_tick


async def test_the_same_registration_at_once_makes_one_trigger(rooms: Any, ana: Caller):
    project = await rooms.project()
    fields = {"name": "orders", "type": "webhook", "call": "report.ipynb"}
    saved = await asyncio.gather(*(rooms.triggers.save(ana, project, fields, replace_existing=True) for _ in range(10)))
    assert len({view.trigger.id for view, _ in saved}) == 1
    assert len({view.trigger.slug for view, _ in saved}) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"filter": "data.json.n >"}, "filter_invalid"),
        ({"filter": "unknown_variable == 1"}, "filter_invalid"),
        ({"mapping": {"n": "data.json["}}, "filter_invalid"),
        ({"filter": "x" * 5000}, "filter_invalid"),
        ({"name": "a/b"}, "name_invalid"),
        ({"colour": 1}, "trigger_invalid"),
    ],
)
async def test_what_cannot_work_is_not_registered(rooms: Any, ana: Caller, fields: dict[str, Any], code: str):
    with pytest.raises(Invalid) as refused:
        await rooms.trigger(**{"name": "orders", **fields})
    assert refused.value.code == code
    assert (await rooms.triggers.listed(ana, limit=5, cursor=None))[0] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"call": "gone.ipynb"}, "call_not_found"),
        ({"call": "report.ipynb:pay"}, "handler_not_saved"),
        ({"parameters": {"regoin": 1}}, "parameter_unknown"),
        ({"mapping": {"regoin": "data.x"}}, "parameter_unknown"),
        ({"parameters": {"count": "x"}}, "parameter_type"),
        ({"type": "schedule", "schedule": {"at": "2020-01-01"}}, "never_fires"),
    ],
)
async def test_what_may_stop_a_run_is_told_and_registered(rooms: Any, ana: Caller, fields: dict[str, Any], code: str):
    trigger = await rooms.trigger(**fields)
    view = await rooms.triggers.get(ana, trigger.ref)
    assert [notice.code for notice in view.warnings] == [code]


async def test_a_trigger_without_fault_has_no_warning_and_shows_its_parameters(rooms: Any, ana: Caller):
    trigger = await rooms.trigger(parameters={"region": "apac"}, mapping={"count": "data.json.n"})
    view = await rooms.triggers.get(ana, trigger.id)
    assert view.warnings == []
    assert [(one.name, one.type) for one in view.parameters] == [("region", "string"), ("count", "integer")]
    rooms.notebook("sales/report.ipynb", None, "%%trigger pay\nprint(1)")
    changed = await rooms.triggers.change(ana, trigger.id, {"call": "report.ipynb:pay"})
    assert [notice.code for notice in changed.warnings] == ["no_parameters_cell"]


async def test_a_preview_is_what_would_be_stored_and_stores_nothing(rooms: Any, ana: Caller):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    fields = {"name": "nightly", "type": "schedule", "schedule": {"cron": "0 6 * * *"}, "call": "report.ipynb"}
    view = await rooms.triggers.preview(ana, project, fields)
    assert view.trigger.next_fire > time.time()
    assert (await rooms.triggers.listed(ana, limit=5, cursor=None))[0] == []
    with pytest.raises(Invalid):
        await rooms.triggers.preview(ana, project, {**fields, "schedule": {"cron": "0 6 * *"}})


async def test_a_renamed_trigger_is_found_by_its_new_name(rooms: Any, ana: Caller):
    trigger = await rooms.trigger()
    await rooms.trigger("taken")
    await rooms.triggers.change(ana, "sales/orders", {"name": "paid"})
    assert (await rooms.triggers.get(ana, "sales/paid")).trigger.id == trigger.id
    with pytest.raises(NotFound):
        await rooms.triggers.get(ana, "sales/orders")
    with pytest.raises(Conflict):
        await rooms.triggers.change(ana, "sales/paid", {"name": "taken"})


async def test_the_code_of_a_session_changes_no_definition(rooms: Any, ana: Caller):
    trigger = await rooms.trigger()
    code = Caller(kind="session", login="x", session_id="ses_1", project_id=trigger.project_id)
    assert (await rooms.triggers.get(code, trigger.id)).trigger.id == trigger.id
    for attempt in (
        rooms.triggers.change(code, trigger.id, {"enabled": False}),
        rooms.triggers.remove(code, trigger.id),
        rooms.triggers.save(code, await rooms.project(), {"name": "x", "type": "manual"}, replace_existing=True),
        rooms.triggers.get(CODE, trigger.id),
        rooms.triggers.listed(CODE, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt


# manifests ------------------------------------------------------------------------------------------------------

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


async def test_a_schedule_that_cannot_be_read_says_which_it_is(rooms: Any, ana: Caller):
    text = "project: {triggers: [{name: ok, type: manual}, {name: a, schedule: '@every 1x'}]}"
    with pytest.raises(Invalid, match=r"^project\.triggers\[1\]\.schedule: .*not a unit of time") as refused:
        await rooms.manifests.apply(ana, text, "ops", dry_run=True)
    assert refused.value.code == "schedule_invalid"


async def test_a_manifest_in_autokittehs_shape_loads_as_it_is(rooms: Any, ana: Caller):
    (rooms.root / "ops").mkdir()
    plan = await rooms.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    assert (plan.project.name, plan.applied) == ("ops", True)
    assert {change.change for change in plan.changes} == {"create"}
    found, _ = await rooms.triggers.listed(ana, limit=50, cursor=None)
    by_name = {view.trigger.name: view.trigger for view in found}
    assert len(by_name) == 7
    assert (by_name["receive_http_post_json"].is_sync, by_name["receive_http_post_json"].event_type) == (True, "post")
    assert by_name["slack_interaction_from_specific_id"].type == "connection"
    assert by_name["slack_interaction_from_specific_id"].call is None
    assert (by_name["weekly"].schedule.cron, by_name["weekly_too"].schedule.every) == ("0 0 * * 1", "1w")
    assert any("slack" in warning for warning in plan.warnings)
    variables = {one.name: one for one in await rooms.projects.variables(ana, plan.project)}
    assert (variables["SLACK_CHANNEL"].value, variables["API_TOKEN"].secret) == ("#ops", True)
    assert rooms.projects.opened(variables["API_TOKEN"]) == "s3cr3t"


async def test_what_is_exported_makes_the_same_again(rooms: Any, ana: Caller):
    (rooms.root / "ops").mkdir()
    plan = await rooms.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    await rooms.trigger(
        "nightly", folder="ops", type="schedule", keep="5 versions", report="html", time_limit=60.0, enabled=False,
        schedule={"cron": "0 6 * * MON", "timezone": "Europe/Berlin", "jitter": 5, "catch_up": "all"},
        parameters={"region": ["emea", None, 1.5]}, mapping={"count": "data.n"},
    )  # fmt: skip
    text = await rooms.manifests.export(ana, plan.project)
    assert "s3cr3t" not in text
    again = await rooms.manifests.apply(ana, text, "ops", dry_run=True)
    assert {change.change for change in again.changes} == {"same"}
    (rooms.root / "copy").mkdir()
    content = yaml.safe_load(text)
    del content["project"]["name"]
    copied = await rooms.manifests.apply(ana, yaml.safe_dump(content), "copy", dry_run=False)
    exported = yaml.safe_load(await rooms.manifests.export(ana, copied.project))
    assert exported["project"]["triggers"] == content["project"]["triggers"]
    assert exported["project"]["name"] == "copy"


async def test_a_plan_says_what_changes_and_a_dry_run_changes_nothing(rooms: Any, ana: Caller):
    (rooms.root / "ops").mkdir()
    plan = await rooms.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=True)
    assert (plan.changes[0].kind, plan.changes[0].change, plan.applied) == ("project", "create", False)
    assert await rooms.projects.at(ana, "ops") is None
    await rooms.manifests.apply(ana, AUTOKITTEH, "ops", dry_run=False)
    content = yaml.safe_load(AUTOKITTEH.replace("@every 1w", '"@every 1w"'))
    content["project"]["triggers"] = [
        {"name": "weekly", "schedule": "0 0 * * 2", "call": "program.py:weekly_user_growth"},
        {"name": "new", "type": "manual", "call": "report.ipynb"},
    ]
    content["project"]["vars"] = [{"name": "SLACK_CHANNEL", "value": "#sales"}, {"name": "API_TOKEN", "secret": True}]
    del content["project"]["connections"]
    for dry_run in (True, False):
        plan = await rooms.manifests.apply(ana, yaml.safe_dump(content), "ops", dry_run=dry_run)
        changes = {(change.kind, change.name): change for change in plan.changes}
        assert changes["trigger", "weekly"].fields == {"schedule": ("0 0 * * 1", "0 0 * * 2")}
        assert changes["trigger", "new"].change == "create"
        assert changes["trigger", "github_pull_request"].change == "delete"
        assert changes["variable", "SLACK_CHANNEL"].fields == {"value": ("#ops", "#sales")}
        assert changes["variable", "API_TOKEN"].change == "same"
        assert not any(kind == "connection" for kind, _ in changes)
    found, _ = await rooms.triggers.listed(ana, limit=50, cursor=None)
    assert {view.trigger.name for view in found} == {"weekly", "new"}
    variables = {one.name: rooms.projects.opened(one) for one in await rooms.projects.variables(ana, plan.project)}
    assert variables == {"SLACK_CHANNEL": "#sales", "API_TOKEN": "s3cr3t"}


async def test_a_variable_that_becomes_a_secret_keeps_its_value_and_is_shown_no_more(rooms: Any, ana: Caller):
    project = await rooms.project()
    await rooms.projects.set_variable(ana, project, "TOKEN", "s3cr3t", secret=False)
    plan = await rooms.manifests.apply(ana, "project: {vars: [{name: TOKEN, secret: true}]}", "sales", dry_run=False)
    [variable] = await rooms.projects.variables(ana, project)
    assert (variable.secret, rooms.projects.opened(variable)) == (True, "s3cr3t")
    assert "s3cr3t" not in repr(plan.changes)
    await rooms.manifests.apply(ana, "project: {vars: [{name: TOKEN}]}", "sales", dry_run=False)
    [variable] = await rooms.projects.variables(ana, project)
    assert (variable.secret, rooms.projects.opened(variable)) == (True, "s3cr3t")


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
async def test_a_manifest_that_cannot_be_read_is_refused_whole(rooms: Any, ana: Caller, text: str):
    (rooms.root / "ops").mkdir()
    with pytest.raises(Invalid) as refused:
        await rooms.manifests.apply(ana, text, "ops", dry_run=False)
    assert refused.value.status == 400
    assert await rooms.projects.at(ana, "ops") is None


async def test_a_manifest_too_large_is_refused_before_it_is_read(rooms: Any, ana: Caller):
    began = time.monotonic()
    with pytest.raises(TooLarge):
        await rooms.manifests.apply(ana, "#" * (2 * 1024 * 1024), "", dry_run=True)
    assert time.monotonic() - began < 1
