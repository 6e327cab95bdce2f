"""The inbox: what comes without a trigger is kept, shown, marked, and replayed."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
from serving import Server


def address(server: Server, source: str) -> str:
    answer = server.api.get(f"webhooks/inbox/sources/{source}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url_with_token"])


def delivered(server: Server, source: str, **request: Any) -> dict[str, Any]:
    answer = server.stranger.post(address(server, source), **request)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = server.api.get(f"webhooks/inbox/{answer.json()['event_id']}").json()
    return found


def test_a_delivery_without_a_trigger_is_kept_with_all_that_came(server: Server) -> None:
    url = f"{address(server, 'github')}&event_type=push&x=1"
    answer = server.stranger.post(url, json={"ref": "refs/heads/main"}, headers={"X-Any": "thing"})
    assert (answer.status_code, answer.json()["session_ids"]) == (202, [])
    found = server.api.get(f"webhooks/inbox/{answer.json()['event_id']}").json()
    assert (found["source"], found["event_type"], found["status"]) == ("github", "push", "received")
    assert (found["method"], found["body"]) == ("POST", {"ref": "refs/heads/main"})
    assert found["query_params"] == {"event_type": "push", "x": "1"}
    assert found["headers"]["x-any"] == "thing"
    listed = server.api.get("webhooks/inbox", params={"source": "github", "event_type": "push"}).json()["items"]
    assert [one["id"] for one in listed] == [found["id"]]
    event = server.api.get(f"events/{found['id']}").json()
    assert (event["inbox_source"], event["trigger"]) == ("github", None)
    assert "no trigger" in event["reason"]


@pytest.mark.parametrize(
    ("headers", "json", "expected"),
    [
        ({"X-GitHub-Event": "issues"}, {"type": "other"}, "issues"),
        ({}, {"type": "charge.succeeded"}, "charge.succeeded"),
        ({}, {"type": {"not": "a text"}}, "post"),
        ({}, {"type": "x" * 300}, "post"),
    ],
)
def test_its_type_is_what_its_sender_says(
    server: Server, headers: dict[str, str], json: dict[str, Any], expected: str
) -> None:
    assert delivered(server, "types", json=json, headers=headers)["event_type"] == expected


def test_it_takes_nothing_without_the_token_of_its_source(server: Server) -> None:
    source = server.api.get("webhooks/inbox/sources/shut").json()
    other = server.api.get("webhooks/inbox/sources/other").json()
    url, token = source["url"], source["token"]
    for headers, query in (
        ({}, ""),
        ({"X-Inbox-Token": other["token"]}, ""),
        ({"X-Inbox-Token": token[:-1]}, ""),
        ({"Authorization": f"Basic {token}"}, ""),
        ({}, f"?token={other['token']}"),
        ({}, "?token="),
    ):
        answer = server.stranger.post(url + query, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "inbox_token_wrong"), (headers, query)
    assert server.api.get("webhooks/inbox", params={"source": "shut"}).json()["items"] == []
    for headers in ({"X-Inbox-Token": token}, {"Authorization": f"Bearer {token}"}):
        assert server.stranger.post(url, json={}, headers=headers).status_code == 202


def test_its_token_is_kept_nowhere(server: Server) -> None:
    token = server.api.get("webhooks/inbox/sources/quiet").json()["token"]
    url = server.api.get("webhooks/inbox/sources/quiet").json()["url"]
    headers = {"Referer": f"{url}?token={token}", "X-Inbox-Token": token}
    server.stranger.post(f"{url}?token=a&a=1&token={token}&b=2", json={}, headers=headers)
    server.stranger.post(url, json={}, headers={"Authorization": f"Bearer {token}"})
    listed = server.api.get("webhooks/inbox", params={"source": "quiet"})
    assert len(listed.json()["items"]) == 2
    assert listed.json()["items"][1]["query_params"] == {"token": "a", "a": "1", "b": "2"}
    assert token not in listed.text
    assert token not in server.api.get("events", params={"limit": 200}).text


def test_credentials_of_a_sender_are_masked(server: Server) -> None:
    found = delivered(server, "masked", json={}, headers={"Authorization": "Basic dXNlcjpoaWRkZW4=", "Cookie": "a=b"})
    assert (found["headers"]["authorization"], found["headers"]["cookie"]) == ("***", "***")


def test_what_cannot_be_read_is_kept_as_it_came_and_is_failed(server: Server) -> None:
    found = delivered(server, "broken", content=b'{"a": ', headers={"Content-Type": "application/json"})
    assert (found["status"], found["body"], found["raw_body"]) == ("failed", None, '{"a": ')
    assert "could not be read" in found["reason"]
    raw = delivered(server, "broken", content=b"\xff\xfe\x00\x01", headers={"Content-Type": "image/png"})
    assert (raw["status"], raw["raw_body"]) == ("received", None)
    form = delivered(server, "broken", data={"a": "1", "b": "2"})
    assert form["body"] == {"a": "1", "b": "2"}


@pytest.mark.parametrize("name", ["a/../b", "%2e%2e", "x" * 65, "-x", "a%00b", "a%20b", ""])
def test_a_source_has_a_plain_name(server: Server, name: str) -> None:
    url = address(server, "plain").partition("?")[0].removesuffix("plain")
    assert server.stranger.post(url + name, json={}).status_code in (400, 401, 404)


def test_somebody_says_what_became_of_a_delivery(server: Server) -> None:
    found = delivered(server, "said", json={"n": 1})
    path = f"webhooks/inbox/{found['id']}"
    assert server.api.patch(path, json={"status": "failed"}).json()["status"] == "failed"
    failed = server.api.get("webhooks/inbox", params={"status": "failed", "source": "said"}).json()["items"]
    assert [one["id"] for one in failed] == [found["id"]]
    assert server.api.patch(path, json={"status": "processed"}).json()["status"] == "processed"
    assert server.api.patch(path, json={"status": None}).json()["status"] == "received"
    assert server.api.patch(path, json={"status": "done"}).status_code == 400
    assert server.api.patch("webhooks/inbox/evt_none", json={"status": "failed"}).status_code == 404


def test_a_bookmark_is_set_on_any_event(server: Server) -> None:
    found = delivered(server, "kept", json={"n": 1})
    marked = server.api.patch(f"webhooks/inbox/{found['id']}", json={"bookmarked": True}).json()
    assert marked["bookmarked_at"]
    assert server.api.patch(f"events/{found['id']}", json={"bookmarked": True}).json()["bookmarked_at"]
    query = {"source": "kept", "bookmarked": "true"}
    assert len(server.api.get("webhooks/inbox", params=query).json()["items"]) == 1
    assert server.api.patch(f"events/{found['id']}", json={"bookmarked": False}).json()["bookmarked_at"] is None
    emitted = server.api.post("events", json={"type": "paid", "project": "sales"})
    if emitted.status_code == 404:
        server.trigger(name="any", type="manual")
        emitted = server.api.post("events", json={"type": "paid", "project": "sales"})
    event_id = emitted.json()["event_id"]
    assert server.api.patch(f"events/{event_id}", json={"bookmarked": True}).json()["bookmarked_at"]
    assert server.api.get(f"webhooks/inbox/{event_id}").status_code == 404, "it is no delivery"


def test_a_delivery_is_replayed_to_a_trigger_as_if_sent_there(server: Server) -> None:
    server.trigger(name="orders", type="webhook", event_type="post", filter="data.json.total > 100")
    found = delivered(server, "shop", json={"total": 700, "type": "order.created"})
    assert found["event_type"] == "order.created"
    path = f"events/{found['id']}/replay"
    needed = server.api.post(path, json={})
    assert (needed.status_code, needed.json()["code"]) == (409, "trigger_needed")
    assert server.api.post(path, json={"trigger": "sales/nowhere"}).status_code == 404
    server.api.patch(f"webhooks/inbox/{found['id']}", json={"status": "failed"})
    answer = server.api.post(path, json={"trigger": "sales/orders"})
    assert answer.status_code == 202, answer.text
    [session_id] = answer.json()["session_ids"]
    replayed = server.api.get(f"events/{answer.json()['event_id']}").json()
    assert (replayed["type"], replayed["source"], replayed["replay_of"]) == ("post", "replay", found["id"])
    # What becomes of it is what its replay comes to.
    status = lambda: server.api.get(f"webhooks/inbox/{found['id']}").json()["status"]  # noqa: E731
    assert status() == "received"
    with server.begin(session_id):
        server.end(session_id, "failed")
    assert status() == "failed"
    [again] = server.api.post(path, json={"trigger": "sales/orders"}).json()["session_ids"]
    with server.begin(again):
        server.end(again, "completed")
    assert status() == "processed"


def test_deliveries_to_triggers_are_listed_too_and_are_history(server: Server) -> None:
    trigger = server.trigger(name="listed", type="webhook")
    event_id = server.stranger.post(trigger["url"], json={"n": 1}).json()["event_id"]
    listed = server.api.get("webhooks/inbox", params={"trigger": "sales/listed"}).json()["items"]
    assert [(one["id"], one["source"], one["trigger"]) for one in listed] == [(event_id, None, "sales/listed")]
    refused = server.api.delete(f"webhooks/inbox/{event_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "delivery_of_trigger")
    found = delivered(server, "gone", json={})
    assert server.api.delete(f"webhooks/inbox/{found['id']}").status_code == 204
    assert server.api.get(f"webhooks/inbox/{found['id']}").status_code == 404


def test_the_code_of_a_session_learns_no_token_and_sees_no_inbox(server: Server) -> None:
    server.trigger(name="peeks", type="manual")
    [session_id] = server.api.post("triggers/sales/peeks/fire", json={}).json()["session_ids"]
    found = delivered(server, "private", json={"n": 1})
    with server.begin(session_id) as kernel:
        path = f"webhooks/inbox/{found['id']}"
        asked = [
            kernel.get("webhooks/inbox"), kernel.get("webhooks/inbox/sources"),
            kernel.get("webhooks/inbox/sources/private"), kernel.get(path), kernel.delete(path),
            kernel.patch(path, json={"status": "failed"}),
            kernel.patch(f"events/{found['id']}", json={"bookmarked": True}),
            kernel.post(f"events/{found['id']}/replay", json={"trigger": "sales/peeks"}),
        ]  # fmt: skip
        assert [answer.status_code for answer in asked] == [403] * len(asked)


def test_the_list_is_paged_by_key(server: Server) -> None:
    made = [delivered(server, "pages", json={"n": number})["id"] for number in range(5)]
    query: dict[str, Any] = {"source": "pages", "limit": 2}
    seen: list[str] = []
    while True:
        page = server.api.get("webhooks/inbox", params=query).json()
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == made[::-1]
    for column in ("name", "type", "status"):
        assert len(server.api.get("webhooks/inbox", params={"source": "pages", "sort": column}).json()["items"]) == 5


def test_a_large_delivery_is_refused_and_head_and_options_are_answered(server: Server) -> None:
    url = address(server, "large")
    answer = server.stranger.post(url, content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "webhook_max_body" in answer.json()["detail"]
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert server.stranger.options(url, headers=preflight).status_code == 204
    assert httpx.head(url, trust_env=False).status_code == 202


HOSTILE = {
    "deep": (b"[" * 5000 + b"]" * 5000, "application/json"),
    "nan": (b'{"a": NaN}', "application/json"),
    "twice": (b'{"a": 1, "a": 2}', "application/json"),
    "surrogate": (b'{"a": "\\ud800"}', "application/json"),
    "nul": (b'{"a": "\\u0000"}', "application/json"),
    "nul as it is": (b"a\0b", "text/plain"),
    "no text": (b"\xff\xfe\xfa", "application/json"),
    "huge number": (b'{"a": 1' + b"0" * 5000 + b"}", "application/json"),
    "parts": (b"--x\r\n\r\n" * 500 + b"--x--", "multipart/form-data; boundary=x"),
    "no boundary": (b"a=1", "multipart/form-data"),
    "unknown charset": (b'{"a": 1}', "application/json; charset=klingon"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_kept_or_refused_and_can_be_looked_at(server: Server, name: str) -> None:
    content, content_type = HOSTILE[name]
    answer = server.stranger.post(address(server, "hostile"), content=content, headers={"Content-Type": content_type})
    assert answer.status_code in (202, 400, 413, 415), answer.text
    if answer.status_code == 202:
        path = answer.json()["event_id"]
        assert server.api.get(f"webhooks/inbox/{path}").status_code == 200
        assert server.api.get(f"events/{path}").status_code == 200
    assert server.api.get("webhooks/inbox", params={"source": "hostile", "limit": 200}).status_code == 200


def test_a_bomb_is_not_unpacked_and_what_is_packed_is_kept_unpacked(server: Server) -> None:
    url = address(server, "packed")
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = server.stranger.post(url, content=gzip.compress(b"0" * 50_000_000), headers=headers)
    assert bomb.status_code == 413
    answer = server.stranger.post(url, content=gzip.compress(b'{"a": 1}'), headers=headers)
    assert server.api.get(f"webhooks/inbox/{answer.json()['event_id']}").json()["body"] == {"a": 1}
