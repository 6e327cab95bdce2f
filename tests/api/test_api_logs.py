"""The API log: each request is in it once, with what it led to, and with nothing that gives access to anything."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import Server, serve
from sqlalchemy import text

from notebook_automation.domain.inquiries import INQUIRY_ID

SECRET = "c4n4ry-0f-a-secret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: it keeps bodies."""
    options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.api_log_bodies=2000")
    with serve(tmp_path_factory.mktemp("logged"), *options) as running:
        yield running


def logged(server: Server, correlation_id: str) -> list[dict[str, Any]]:
    answer = server.api.get("api-logs", params={"correlation_id": correlation_id})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def named(name: str, **more: str) -> dict[str, str]:
    return {"X-Correlation-Id": name, **more}


def test_a_request_is_kept_with_its_answer(server: Server) -> None:
    server.api.get("sessions/ses_none?fields=a", headers=named("kept-1", **{"User-Agent": "shop/1"}))
    [one] = logged(server, "kept-1")
    assert (one["method"], one["route"], one["status_code"]) == ("GET", "/api/v1/sessions/{id}", 400)
    assert one["path"] == "/hub/ana/notebook-automation/api/v1/sessions/ses_none"
    assert (one["query"], one["code"], one["client"]) == ("fields=a", "query_unknown", "127.0.0.1")
    assert one["user_id"]
    assert one["request_headers"]["User-Agent"] == "shop/1"
    assert one["request_headers"]["Authorization"] == "***"
    assert one["duration_ms"] > 0
    assert json.loads(one["response_body"])["code"] == "query_unknown"
    assert server.api.get(f"api-logs/{one['id']}").json() == {**one, "event_ids": [], "session_ids": []}


def test_from_a_request_to_what_it_led_to_and_back(server: Server) -> None:
    trigger = server.trigger(name="followed", type="webhook")
    receipt = httpx.post(trigger["url"], json={"a": 1}, headers=named("order-1"), trust_env=False).json()
    [one] = logged(server, "order-1")
    assert (one["route"], one["event_id"], one["user_id"]) == ("/webhooks/{slug}", receipt["event_id"], None)
    assert one["request_body"] is None, "its event has it"
    found = server.api.get(f"api-logs/{one['id']}").json()
    assert (found["event_ids"], found["session_ids"]) == ([receipt["event_id"]], receipt["session_ids"])
    started = server.api.post("sessions", json={"project": "sales", "call": "report.ipynb"}, headers=named("run-1"))
    [two] = logged(server, "run-1")
    assert server.api.get(f"api-logs/{two['id']}").json()["session_ids"] == [started.json()["id"]]
    with server.begin(started.json()["id"]) as client:
        client.get("status", headers=named("by-code"))
    assert logged(server, "by-code")[0]["user_id"] == started.json()["id"]


def test_who_is_not_let_in_is_kept_too(server: Server) -> None:
    assert server.stranger.get("status", headers=named("stranger")).status_code == 401
    assert [(one["status_code"], one["user_id"]) for one in logged(server, "stranger")] == [(401, None)]
    assert server.stranger.get(f"{server.url}notebook-automation/nothing", headers=named("lost")).status_code in (
        401,
        404,
    )
    assert [one["route"] for one in logged(server, "lost")] == ["(unknown)"]


def test_nothing_in_it_gives_access(server: Server) -> None:
    """Every kind of what opens something is sent in every place where it can stand, and is in no column of any row."""
    trigger = server.trigger(name="canaries", type="webhook")
    slug = trigger["url"].rpartition("/")[2]
    project = trigger["project_id"]
    token, link, signature = server.token, secrets.token_urlsafe(24), secrets.token_hex(32)
    server.api.put(f"projects/{project}/variables/KEY", json={"value": SECRET, "secret": True})
    # Refused, so that no masker could know it.
    refused = "n0t-yet-a-s3cret"
    server.api.put(f"projects/{project}/variables/KEY", json={"value": refused, "more": 1})
    headers = {
        "Cookie": f"a={refused}", "X-Hub-Signature-256": signature, "X-Note": f"see {SECRET}",
        "Referer": f"{server.url}lab?token={token}",
    }  # fmt: skip
    for url in (trigger["url"], f"{trigger['url']}/push", f"{trigger['url'][:-26]}wrong/{slug}"):
        httpx.post(url, json={"a": 1}, headers=headers, params={"token": token}, trust_env=False)
        httpx.post(url, content=b"{", headers=headers, trust_env=False)
    httpx.get(f"{server.url}notebook-automation/inquiries/answer/{link}", headers=headers, trust_env=False)
    server.api.post(
        "events", json={"project": "sales", "type": "t", "data": {"password": link, "n": SECRET}}, headers=headers
    )
    server.api.get("triggers", params={"token": token}, headers=headers)
    server.api.get(f"triggers/{trigger['id']}")
    server.api.get(f"sessions/{SECRET}", headers=headers)
    server.api.get(f"inquiries/{INQUIRY_ID.new()}/{link}/more", headers=headers)
    source = server.api.get("webhooks/inbox/sources/shop").json()
    httpx.post(source["url_with_token"], json={}, headers=headers, trust_env=False)
    session = server.api.post("sessions", json={"project": "sales", "call": "report.ipynb"}).json()
    with server.begin(session["id"]) as client:
        assert SECRET in client.get(f"sessions/{session['id']}/context").text
        session_token = client.headers["Authorization"].split()[1]

    server.run(server.services.api_logs.flush())
    rows = server.database.read_now(lambda tx: [repr(row) for row in tx.execute(text("SELECT * FROM api_logs"))])
    assert len(rows) > 15
    assert any("canaries" in row for row in rows), "bodies are kept"
    hidden = {
        "token": token, "slug": slug, "link": link, "signature": signature, "secret": SECRET, "cookie": refused,
        "session": session_token, "inbox": source["token"],
    }  # fmt: skip
    found = {(name, row) for row in rows for name, value in hidden.items() if value in row}
    assert not found


def test_it_is_filtered_sorted_and_deleted(server: Server) -> None:
    for name in ("one", "two", "three"):
        server.api.get(f"triggers/sales/{name}", headers=named("filtered"))
    found = server.api.get("api-logs", params={"correlation_id": "filtered", "sort": "path", "order": "asc"}).json()
    assert [one["path"].rpartition("/")[2] for one in found["items"]] == ["one", "three", "two"]
    first = server.api.get("api-logs", params={"correlation_id": "filtered", "limit": 2}).json()
    rest = server.api.get("api-logs", params={"correlation_id": "filtered", "cursor": first["next_cursor"]}).json()
    assert [one["path"].rpartition("/")[2] for one in first["items"] + rest["items"]] == ["three", "two", "one"]
    by_path = {"path": "/sales/t", "status": "4xx", "correlation_id": "filtered", "method": "get"}
    assert len(server.api.get("api-logs", params=by_path).json()["items"]) == 2
    gone = found["items"][0]["id"]
    assert server.api.delete(f"api-logs/{gone}").status_code == 204
    assert server.api.get(f"api-logs/{gone}").json()["code"] == "api_log_not_found"
    assert server.api.delete(f"api-logs/{gone}").status_code == 404
    assert server.api.get("api-logs", params={"since": "yesterday"}).status_code == 400


def test_it_is_read_as_csv_and_json(server: Server) -> None:
    server.api.get("status", headers=named("exported"))
    answer = server.api.get("api-logs/export", params={"path": "status"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="api-log.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert "exported" in {row["correlation_id"] for row in rows}
    items = server.api.get("api-logs/export", params={"path": "status", "format": "json"}).json()["items"]
    assert {row["id"] for row in rows} <= {one["id"] for one in items}
    # Whoever sends a request chooses its query and its method: a spreadsheet must not work them out.
    server.api.request("GET", "status?=cmd()", headers=named("cmd"))
    cells = [cell for row in csv.reader(io.StringIO(server.api.get("api-logs/export").text)) for cell in row]
    assert "'=cmd()" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    empty = server.api.get("api-logs/export", params={"correlation_id": "never", "format": "json"})
    assert empty.json() == {"items": []}


def test_statistics_count_what_is_deleted_from_the_log_too(server: Server) -> None:
    def count() -> tuple[int, int, int]:
        found = server.api.get("api-logs/stats/summary").json()
        steps = [one["requests"] for one in found["routes"] if one["route"] == "/api/v1/sessions/{id}/steps"]
        return found["total"]["requests"], sum(steps), found["status_codes"].get("404", 0)

    before = count()
    for _ in range(3):
        server.api.get("sessions/ses_none/steps", headers=named("counted"))
    for one in logged(server, "counted"):
        server.api.delete(f"api-logs/{one['id']}")
    after = count()
    assert after[1:] == (before[1] + 3, before[2] + 3)
    found = server.api.get("api-logs/stats/summary").json()
    assert len(found["hours"]) == 24
    assert sum(hour["requests"] for hour in found["hours"]) == found["total"]["requests"] > after[0]
    assert found["total"]["p50_ms"] <= found["total"]["p95_ms"] <= found["total"]["p99_ms"]
    assert (found["is_on"], found["keeps_bodies"], found["dropped"]) == (True, True, 0)


def test_a_session_may_not_read_it(server: Server) -> None:
    server.trigger(name="code", type="manual")
    session = server.api.post("sessions", json={"project": "sales", "call": "report.ipynb"}).json()
    with server.begin(session["id"]) as client:
        for path in ("api-logs", "api-logs/stats/summary", "api-logs/export", "api-logs/log_none"):
            assert client.get(path).status_code == 403, path
