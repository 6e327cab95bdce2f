"""Triggers over REST."""

from __future__ import annotations

import getpass
import shlex

import pytest
from serving import Server

NOTEBOOK = (("region = 'emea'\nlimit = 10", "parameters"), "%%trigger orders --webhook\nprint(1)")


def test_a_trigger_of_a_notebook_is_registered_with_its_url_and_next_times(server: Server) -> None:
    notebook = server.notebook("alpha/report.ipynb", *NOTEBOOK)
    answer = server.api.post("triggers", json={"name": "hook", "type": "webhook", "notebook": notebook})
    trigger = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/hub/ana/notebook-automation/api/v1/triggers/{trigger['id']}")
    assert (trigger["ref"], trigger["call"], trigger["notebook"]) == ("alpha/hook", "report.ipynb", notebook)
    assert trigger["url"].startswith(f"{server.url}notebook-automation/webhooks/")
    assert shlex.split(trigger["curl"])[-1] == trigger["url"]
    nightly = {"name": "nightly", "type": "schedule", "notebook": notebook, "handler": "orders",
               "schedule": {"cron": "0 6 * * MON-FRI", "timezone": "Europe/Berlin"}, "time_limit": 60}  # fmt: skip
    trigger = server.api.post("triggers", json=nightly).json()
    assert trigger["call"] == "report.ipynb:orders"
    assert len(trigger["next_fires"]) == 5
    assert trigger["next_fires"][0] == trigger["next_fire"]
    assert trigger["schedule"]["description"]
    assert trigger["url"] is None


def test_a_name_can_be_taken_once_and_put_again(server: Server) -> None:
    notebook = server.notebook("beta/report.ipynb", *NOTEBOOK)
    first = server.trigger(name="hook", type="webhook", notebook=notebook, filter="data.method == 'POST'")
    again = server.api.post("triggers", json={"name": "hook", "type": "webhook", "notebook": notebook})
    assert (again.status_code, again.json()["code"]) == (409, "trigger_exists")
    put = server.api.put("triggers/beta/hook", json={"type": "webhook", "notebook": notebook, "keep": "5 versions"})
    assert put.status_code == 200
    assert put.json()["id"] == first["id"]
    assert put.json()["url"] == first["url"]
    assert (put.json()["filter"], put.json()["keep"]) == (None, "5 versions")
    new = server.api.put("triggers/beta/other", json={"type": "manual", "notebook": notebook})
    assert new.status_code == 201
    other = server.notebook("beta/other.ipynb", *NOTEBOOK)
    taken = server.api.put("triggers/beta/hook?replace=false", json={"type": "webhook", "notebook": other})
    assert (taken.status_code, taken.json()["code"], taken.json()["errors"][0]["call"]) == (
        409,
        "trigger_exists",
        "report.ipynb",
    )
    meant = server.api.put("triggers/beta/hook", json={"type": "webhook", "notebook": other})
    assert (meant.status_code, meant.json()["call"]) == (200, "other.ipynb")
    elsewhere = server.api.put("triggers/alpha-not/hook", json={"type": "manual", "notebook": notebook})
    assert elsewhere.json()["code"] == "project_mismatch"


def test_what_a_trigger_runs_after_is_set_shown_and_looked_at(server: Server) -> None:
    notebook = server.notebook("chains/report.ipynb", *NOTEBOOK)
    load = server.trigger(name="load", type="manual", notebook=notebook)
    after = {"of": ["laod", "report.ipynb", "other.ipynb"], "within": "2h"}
    join = server.trigger(name="join", type="session", notebook=notebook, after=after)
    assert join["after"] == {
        "of": ["laod", "report.ipynb", "other.ipynb"], "statuses": ["completed"], "within": 7200.0,
        "description": "after all of laod, report.ipynb, other.ipynb completed within 2 hours",
    }  # fmt: skip
    assert [one["code"] for one in join["problems"]] == ["after_not_found"] * 2
    assert "Is it 'load' now?" in join["problems"][0]["message"]
    listed = server.api.get("triggers", params={"project": "chains", "type": "session"}).json()["items"]
    assert [len(one["problems"]) for one in listed] == [2]
    changed = server.api.patch(f"triggers/{join['id']}", json={"after": {"of": "load", "statuses": ["failed"]}}).json()
    assert (changed["after"]["description"], changed["problems"]) == ("after load failed", [])
    round_again = {"type": "session", "after": {"of": ["join"]}}
    circle = server.api.patch(f"triggers/{load['id']}", json=round_again).json()
    assert [one["code"] for one in circle["warnings"]] == ["after_circle"]
    assert "load → join → load" in circle["warnings"][0]["message"]
    sent_back = server.api.patch(f"triggers/{load['id']}", json={"after": circle["after"]})
    assert sent_back.status_code == 200
    nothing = server.api.post("triggers", json={"name": "x", "type": "session", "notebook": notebook})
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (400, "after")
    other = server.api.post("triggers", json={"name": "x", "type": "manual", "notebook": notebook, "after": after})
    assert (other.status_code, other.json()["code"]) == (400, "trigger_invalid")


def test_a_retry_is_set_shown_changed_and_taken_away(server: Server) -> None:
    trigger = server.trigger(name="retried", type="webhook", retry={"max_attempts": 5, "base_delay": "5 min"})
    assert trigger["retry"] == {
        "max_attempts": 5, "base_delay": 300, "factor": 2, "max_delay": 3600, "jitter": 0.1,
        "on": ["failed", "timeout"], "if_lost": False,
    }  # fmt: skip
    address = f"triggers/{trigger['id']}"
    assert server.api.patch(address, json={"keep": "3 days"}).json()["retry"] == trigger["retry"]
    changed = server.api.patch(address, json={"retry": {"on": ["timeout"], "if_lost": True}}).json()["retry"]
    assert (changed["max_attempts"], changed["on"], changed["if_lost"]) == (3, ["timeout"], True)
    assert server.api.patch(address, json={"retry": changed}).json()["retry"] == changed
    for body, code, field in (
        ({"max_attempts": 0}, "retry_invalid", "retry.max_attempts"),
        ({"base_delay": "soon"}, "retry_invalid", "retry.base_delay"),
        ({"attempts": 2}, "request_invalid", None),
        ({"on": ["completed"]}, "request_invalid", None),
    ):
        refused = server.api.patch(address, json={"retry": body})
        assert (refused.status_code, refused.json()["code"]) == (400, code)
        assert field is None or refused.json()["errors"][0]["field"] == field
    assert server.api.patch(address, json={"retry": None}).json()["retry"] is None


def test_patch_changes_only_what_is_named_and_null_clears(server: Server) -> None:
    trigger = server.trigger(name="patched", type="webhook", filter="true", keep="3 days")
    changed = server.api.patch(f"triggers/{trigger['id']}", json={"filter": None}).json()
    assert (changed["filter"], changed["keep"], changed["enabled"]) == (None, "3 days", True)
    by_ref = server.api.patch("triggers/sales/patched", json={"enabled": False}).json()
    assert (by_ref["enabled"], by_ref["keep"]) == (False, "3 days")
    encoded = server.api.get("triggers/sales%2Fpatched")
    assert encoded.json()["id"] == trigger["id"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"name": "x", "typo": 1}, "request_invalid", "typo"),
        ({"name": 5}, "request_invalid", "name"),
        ({"name": "x", "type": "webhook", "schedule": {"crons": "* * * * *"}}, "request_invalid", "crons"),
        ({"name": "x", "type": "nothing"}, "request_invalid", "type"),
        ({"name": "x", "type": "webhook", "filter": "data.("}, "filter_invalid", ""),
        ({"name": "../x", "type": "webhook"}, "name_invalid", "name"),
        ({"name": "x", "type": "schedule"}, "trigger_invalid", "cron"),
        ({"name": "x", "type": "schedule", "schedule": {"cron": "99 * * * *"}}, "schedule_invalid", ""),
        ({"name": "x", "type": "webhook", "parameters": {"a b": 1}}, "parameter_name_invalid", "a b"),
        ({"name": "x", "type": "webhook", "call": "../../etc/x.ipynb"}, "call_invalid", "project"),
    ],
)
def test_what_cannot_be_registered_is_said_with_the_field(
    server: Server, body: dict[str, object], code: str, words: str
) -> None:
    notebook = server.notebook("gamma/report.ipynb", *NOTEBOOK)
    answer = server.api.post("triggers", json={"notebook": notebook, **body})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code)
    assert words in problem["detail"]
    assert server.api.get("triggers", params={"project": "gamma"}).json().get("items", []) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"filter": "data.("}, "filter"),
        ({"mapping": {"region": "data.json.region", "limit": "data.("}}, "mapping.limit"),
        ({"parameters": {"a b": 1}}, "parameters.a b"),
        ({"keep": "for ever"}, "keep"),
        ({"tags": ["a,b"]}, "tags"),
        ({"time_limit": -60}, "time_limit"),
        ({"max_body": "100GB"}, "max_body"),
        ({"is_sync": True, "sync_time": 7200}, "sync_time"),
        ({"type": "schedule", "schedule": {"cron": "0 25 * * *"}}, "cron"),
        ({"type": "schedule", "schedule": {"cron": "0 6 * * *", "timezone": "Berlin"}}, "timezone"),
    ],
)
def test_a_form_learns_under_which_field_a_refusal_stands(
    server: Server, fields: dict[str, object], field: str
) -> None:
    body = {"name": "x", "type": "webhook", "notebook": server.notebook("gamma/report.ipynb", *NOTEBOOK), **fields}
    answer = server.api.post("triggers/preview", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_a_schedule_that_names_no_zone_is_in_the_servers(server: Server) -> None:
    notebook = server.notebook("zones/report.ipynb", *NOTEBOOK)
    zone = server.api.get("status").json()["timezone"]
    assert zone == "Asia/Tokyo"
    for given, expected in (
        ({"cron": "0 6 * * *"}, zone),
        ("0 6 * * *", zone),
        ("2031-01-01 06:00", zone),
        ("TZ=Europe/Berlin 0 6 * * *", "Europe/Berlin"),
        ({"cron": "0 6 * * *", "timezone": "UTC"}, "UTC"),
        ({"every": "2h"}, "UTC"),
        ("@every 2h", "UTC"),
    ):
        body = {"name": "x", "type": "schedule", "schedule": given, "notebook": notebook}
        shown = server.api.post("triggers/preview", json=body).json()
        assert shown["schedule"]["timezone"] == expected, given


def test_a_path_that_leaves_the_root_is_refused(server: Server) -> None:
    for path in ("../outside/x.ipynb", "a/../../x.ipynb", "a\\..\\x.ipynb"):
        answer = server.api.post("triggers", json={"name": "x", "type": "manual", "notebook": path})
        assert (answer.status_code, answer.json()["code"]) == (400, "path_invalid")


def test_preview_tells_everything_and_stores_nothing(server: Server) -> None:
    notebook = server.notebook("preview-only/report.ipynb", *NOTEBOOK)
    body = {"type": "schedule", "schedule": "@every 2h", "notebook": notebook, "parameters": {"regon": "emea"}}
    shown = server.api.post("triggers/preview", json=body).json()
    assert [field["name"] for field in shown["parameter_fields"]] == ["region", "limit"]
    assert shown["parameter_fields"][1] | {"help": ""} == {
        "name": "limit", "default": 10, "type": "integer", "help": "", "required": False,
    }  # fmt: skip
    assert len(shown["next_fires"]) == 5
    assert shown["warnings"][0]["code"] == "parameter_unknown"
    assert server.api.get("projects/preview-only").status_code == 404


def test_lists_page_by_key_and_filter(server: Server) -> None:
    notebook = server.notebook("paged/report.ipynb", *NOTEBOOK)
    for number in range(5):
        kind = "webhook" if number % 2 else "manual"
        server.trigger(name=f"t{number}", type=kind, notebook=notebook, enabled=number != 4)
    names = ["t0", "t1", "t2", "t3", "t4"]
    for sorted_by, expected in (
        ({}, names[::-1]),
        ({"sort": "name", "order": "asc"}, names),
        ({"sort": "type", "order": "desc"}, ["t3", "t1", "t4", "t2", "t0"]),
    ):
        seen: list[str] = []
        cursor = None
        while True:
            query = {"project": "paged", "limit": 2, **sorted_by} | ({"cursor": cursor} if cursor else {})
            page = server.api.get("triggers", params=query).json()
            seen += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected
    refused = server.api.get("triggers", params={"sort": "secret"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "sort")
    kinds = server.api.get("triggers", params={"project": "paged", "type": "webhook"}).json()["items"]
    assert [item["name"] for item in kinds] == ["t3", "t1"]
    off = server.api.get("triggers", params={"project": "paged", "enabled": "false"}).json()["items"]
    assert [item["name"] for item in off] == ["t4"]
    found = server.api.get("triggers", params={"project": "paged", "q": "t2"}).json()["items"]
    assert [item["name"] for item in found] == ["t2"]


def test_a_trigger_that_cannot_run_says_so_in_the_list(server: Server) -> None:
    server.notebook("lost/report.ipynb", *NOTEBOOK)
    notebook = server.notebook("lost/reports.ipynb", *NOTEBOOK)
    trigger = server.trigger(name="lost", type="webhook", notebook=notebook)
    assert (trigger["problems"], trigger["warnings"]) == ([], [])
    (server.root / notebook).unlink()
    [listed] = server.api.get("triggers", params={"project": "lost"}).json()["items"]
    [problem] = listed["problems"]
    assert (problem["code"], problem["suggestion"], listed["warnings"]) == ("call_not_found", "report.ipynb", [])
    assert "Is it 'report.ipynb' now?" in problem["message"]
    mended = server.api.patch(f"triggers/{trigger['id']}", json={"call": problem["suggestion"]}).json()
    assert mended["problems"] == []


def test_fire_runs_whatever_the_filter_says(server: Server) -> None:
    trigger = server.trigger(name="fired", type="webhook", filter="false")
    answer = server.api.post(f"triggers/{trigger['id']}/fire", json={"parameters": {"region": "apac"}})
    assert answer.status_code == 202
    [session_id] = answer.json()["session_ids"]
    session = server.api.get(f"sessions/{session_id}").json()
    assert (session["parameters"], session["trigger"]) == ({"region": "apac"}, "sales/fired")
    assert session["started_by"] == getpass.getuser(), "not the name that Jupyter makes up for each browser"
    by_ref = server.api.post("triggers/sales/fired/fire", json={})
    assert by_ref.status_code == 202
    wrong = server.api.post("triggers/sales/fired/fire", json={"parameters": {"regoin": 1}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "parameter_unknown")
    listed = server.api.get("triggers/sales/fired").json()
    assert listed["last_session"]["id"] == listed["recent"][0]["id"] == by_ref.json()["session_ids"][0]


def test_a_deleted_trigger_is_gone_and_its_history_stays(server: Server) -> None:
    trigger = server.trigger(name="gone", type="webhook")
    [session_id] = server.api.post("triggers/sales/gone/fire", json={}).json()["session_ids"]
    assert server.api.delete("triggers/sales/gone").status_code == 204
    missing = server.api.get(f"triggers/{trigger['id']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "trigger_not_found")
    assert server.api.get(f"sessions/{session_id}").json()["trigger"] == "sales/gone"
    assert server.stranger.post(trigger["url"]).status_code == 404


def test_fixed_words_come_before_names(server: Server) -> None:
    server.trigger(name="fire", type="manual")
    assert server.api.get("triggers/sales/fire").json()["name"] == "fire"
    assert server.api.post("triggers/sales/fire/fire", json={}).status_code == 202


def test_a_trigger_fired_again_with_the_same_key_runs_once(server: Server) -> None:
    server.trigger(name="fired-once", type="manual")
    headers = {"Idempotency-Key": "fire-1"}
    path, body = "triggers/sales/fired-once/fire", {"data": {"n": 1}, "parameters": {"limit": 5}}
    first = server.api.post(path, json=body, headers=headers)
    again = server.api.post(path, json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    other = server.api.post(path, json={**body, "parameters": {"limit": 6}}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "request_key_reused")
    server.trigger(name="fired-too", type="manual")
    elsewhere = server.api.post("triggers/sales/fired-too/fire", json=body, headers=headers)
    assert elsewhere.json()["event_id"] != first.json()["event_id"]


def test_how_fresh_a_trigger_is_to_be_is_set_shown_and_taken_off(server: Server) -> None:
    trigger = server.trigger(name="fresh", type="manual", freshness={"within": "26h", "slower_than": "3x"})
    assert trigger["freshness"] == {"within": 93600.0, "slower_than": 3.0}
    path = f"triggers/{trigger['id']}"
    changed = server.api.patch(path, json={"freshness": {"slower_than": 2}}).json()
    assert changed["freshness"] == {"within": None, "slower_than": 2.0}
    wrong = server.api.patch(path, json={"freshness": {"within": "soon"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "freshness_invalid")
    assert server.api.patch(path, json={"freshness": None}).json()["freshness"] is None
