"""Webhooks from outside: what is accepted is stored, all else is refused the same way, and nobody waits for long."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from eventually import wait_until
from serving import Server, serve

from notebook_automation.domain.ids import new_slug

LIMIT = 64 * 1024
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = (
        "--NotebookAutomationApp.run_engine=False", f"--NotebookAutomationApp.webhook_max_body={LIMIT}",
        "--NotebookAutomationApp.webhook_body_time=1", "--NotebookAutomationApp.connection_idle=4",
        "--NotebookAutomationApp.webhook_sync_time=2",
    )  # fmt: skip
    with serve(tmp_path_factory.mktemp("webhooks"), *options) as running:
        yield running


@pytest.fixture(scope="module")
def sender() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield client


def _hook(server: Server, **fields: Any) -> str:
    return str(server.trigger(name=f"hook-{time.monotonic_ns()}", type="webhook", **fields)["url"])


def _event(server: Server, answer: httpx.Response) -> dict[str, Any]:
    event: dict[str, Any] = server.api.get(f"events/{answer.headers['X-Event-Id']}").json()
    return event


def test_a_delivery_is_stored_with_its_session_before_it_is_accepted(server: Server, sender: httpx.Client) -> None:
    url = _hook(server)
    answer = sender.post(f"{url}/orders/7%20a?x=1&x=2&y=", json={"total": 7}, headers={"X-Shop": "a", "Cookie": "c=d"})
    assert answer.status_code == 202
    receipt = answer.json()
    assert receipt["event_id"] == answer.headers["X-Event-Id"]
    assert "Set-Cookie" not in answer.headers
    event = _event(server, answer)
    assert event["session_ids"] == receipt["session_ids"] != []
    data = event["data"]
    assert (data["method"], data["path"], data["query"]) == ("POST", "orders/7 a", {"x": ["1", "2"], "y": ""})
    address = data["url"]
    assert (address["path_suffix"], address["query"]) == (data["path"], data["query"])
    assert data["raw_url"].endswith("/orders/7%20a?x=1&x=2&y=")
    assert address["path"].endswith("/orders/7 a")
    assert (data["json"], data["headers"]["x-shop"]) == ({"total": 7}, "a")
    assert data["headers"]["cookie"] == "***"
    assert server.api.get(f"sessions/{receipt['session_ids'][0]}").json()["event_id"] == event["id"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_an_event_of_its_name(server: Server, sender: httpx.Client, method: str) -> None:
    answer = sender.request(method, _hook(server))
    assert answer.status_code == 202
    assert _event(server, answer)["type"] == method.lower()
    assert (answer.content == b"") == (method == "HEAD")


def test_a_browsers_question_before_a_delivery_is_none(server: Server, sender: httpx.Client) -> None:
    url = _hook(server)
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = sender.options(url, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert sender.request("PROPFIND", url).status_code == 405


def _refused(server: Server, url: str) -> list[dict[str, Any]]:
    trigger = next(one for one in server.api.get("triggers").json()["items"] if one["url"] == url)
    items: list[dict[str, Any]] = server.api.get("events", params={"trigger": trigger["ref"]}).json()["items"]
    return [one for one in items if one["refusal"]]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {"Content-Type": "application/json", "Authorization": "Bearer s3cr3t-t0ken"}, 400, "body_invalid"),
        (b"x" * (LIMIT + 1), {}, 413, "body_too_large"),
        (b"x", {"Content-Encoding": "zstd"}, 415, "encoding_unsupported"),
        (b"x", {"Content-Encoding": "gzip"}, 400, "body_invalid"),
        (b"", {f"X-{number}": "1" for number in range(120)}, 413, "headers_invalid"),
    ],
)
def test_a_delivery_that_is_refused_is_seen_on_its_trigger(
    server: Server, sender: httpx.Client, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    url = _hook(server)
    answer = sender.post(f"{url}?a=1", content=body, headers=headers)
    assert answer.status_code == status
    [event] = wait_until(lambda: _refused(server, url))
    assert event["refusal"] == {"status": status, "code": code, "message": answer.json()["detail"], "size": len(body)}
    assert (event["type"], event["session_ids"]) == ("post", [])
    assert answer.json()["detail"] in event["reason"]
    assert "s3cr3t" not in json.dumps(event)
    shown = server.api.get(f"triggers/{event['trigger_id']}").json()["last_refusal"]
    assert (shown["event_id"], shown["status"], shown["message"]) == (event["id"], status, answer.json()["detail"])
    again = server.api.post(f"events/{event['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "event_refused")
    assert sender.post(url, json={}).status_code == 202


def test_a_webhook_that_is_switched_off_tells_its_owner_and_nobody_else(server: Server, sender: httpx.Client) -> None:
    url = _hook(server, enabled=False)
    assert sender.post(url, json={"n": 1}).json()["code"] == "webhook_not_found"
    [event] = wait_until(lambda: _refused(server, url))
    assert (event["refusal"]["code"], event["refusal"]["status"]) == ("webhook_disabled", 404)
    trigger = server.api.get(f"triggers/{event['trigger_id']}").json()
    assert "webhook_disabled" in [warning["code"] for warning in trigger["warnings"]]


def test_unknown_and_disabled_are_the_same(server: Server, sender: httpx.Client) -> None:
    url = _hook(server)
    trigger = server.api.get("triggers", params={"limit": 1}).json()["items"][0]
    base = url.rpartition("/")[0] + "/"
    unknown = base + new_slug()
    assert sender.post(url).status_code == 202
    server.api.patch(f"triggers/{trigger['id']}", json={"enabled": False})
    told = [
        sender.post(address, content=b"x" * size)
        for address in (url, unknown, url[:-1], base + url.removeprefix(base).upper(), base, f"{base}%00")
        for size in (0, 100)
    ]
    for answer in told:
        problem = answer.json()
        problem.pop("instance")
        assert answer.status_code == 404
        assert problem == {
            "type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is no such webhook.",
            "code": "webhook_not_found",
        }  # fmt: skip
    server.api.patch(f"triggers/{trigger['id']}", json={"enabled": True})
    assert sender.post(url).status_code == 202


def test_no_log_holds_the_address_which_is_a_secret(
    server: Server, sender: httpx.Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of deliveries that are taken or refused, nor where a fault of ours ends one."""
    url = _hook(server)
    slug = url.rpartition("/")[2]

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody foresaw this")

    with caplog.at_level("DEBUG"):
        for body in (b"{}", b'{"a": 1'):
            sender.post(url, content=body, headers={"Content-Type": "application/json"})
        sender.post(f"{url}x")
        assert sender.post(url, content=b"x" * (LIMIT + 1)).status_code == 413
        with monkeypatch.context() as patch:
            patch.setattr(type(server.services.events), "deliver", broken)
            assert sender.post(url).status_code == 500
        assert server.stranger.get("status").status_code == 401
        # What others ask is logged: once it is there, all that came before would be.
        wait_until(lambda: "/status" in _logged(caplog))
    assert slug not in _logged(caplog)
    assert [record.exc_info is not None for record in caplog.records if "could not be taken" in record.message] == [
        True
    ]


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the server logs; the test's own client does, too."""
    style = logging.Formatter("%(message)s")
    return "\n".join(style.format(one) for one in caplog.records if not one.name.startswith("http"))


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-GitHub-Delivery", "webhook-id"])
def test_a_delivery_that_comes_again_gets_the_same_receipt(server: Server, sender: httpx.Client, name: str) -> None:
    url = _hook(server)
    first = sender.post(url, json={"n": 1}, headers={name: "d-1"})
    again = sender.post(url, json={"n": 2}, headers={name.lower(): "d-1"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["X-Event-Repeated"] == "true"
    assert "X-Event-Repeated" not in first.headers
    other = sender.post(url, json={"n": 1}, headers={name: "d-2"})
    assert other.json()["event_id"] != first.json()["event_id"]
    elsewhere = sender.post(_hook(server), json={"n": 1}, headers={name: "d-1"})
    assert elsewhere.json()["event_id"] != first.json()["event_id"]


def test_a_hundred_copies_at_once_make_one_session(server: Server, sender: httpx.Client) -> None:
    url = _hook(server)

    def post(_number: int) -> tuple[int, str]:
        answer = sender.post(url, json={"n": 1}, headers={"Idempotency-Key": "storm"}, timeout=30)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(post, range(100)))
    [(status, text)] = answers
    assert (status, len(json.loads(text)["session_ids"])) == (202, 1)
    slug = url.rpartition("/")[2]
    trigger = next(one for one in server.api.get("triggers").json()["items"] if one["url"].endswith(slug))
    assert len(server.api.get("events", params={"trigger": trigger["ref"]}).json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"a": 1', "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"a": "\\u0000"}', "application/json", 400),
        (b'{"a": "\\ud800"}', "application/json", 400),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400),
        (b"9" * 5000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"a=1", "application/json", 400),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded", 413),
        (b"x", "multipart/form-data; boundary=x", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 202),
        (b"\xac\xed", "application/x-java-serialized-object", 202),
        (b"x", "text/plain; charset=utf-7", 202),
        (b"%PDF\xff", "application/pdf", 202),
        (b"\xef\xbb\xbf{}", "application/json", 202),
        (b'{"a": 1}', "application/vnd.github+json", 202),
        (b"a=1&a=2", "application/x-www-form-urlencoded", 202),
        (b"\x00\xff", "application/octet-stream", 202),
        (b"", "application/json", 202),
    ],
)
def test_only_what_is_not_what_it_says_is_refused(
    server: Server, sender: httpx.Client, body: bytes, content_type: str, status: int
) -> None:
    url = _hook(server)
    answer = sender.post(url, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text
    assert sender.post(url, json={}).status_code == 202, "the connection is still good"


def test_what_is_too_large_is_413_however_it_is_sent(server: Server, sender: httpx.Client) -> None:
    url = _hook(server)
    exact = json.dumps("x" * (LIMIT - 2)).encode()
    assert sender.post(url, content=exact, headers={"Content-Type": "application/json"}).status_code == 202
    declared = sender.post(url, content=b"x" * (LIMIT + 1))
    assert (declared.status_code, declared.json()["code"]) == (413, "body_too_large")
    assert "webhook_max_body" in declared.json()["detail"]
    chunked = sender.post(url, content=(b"x" * 10_000 for _ in range(100)))
    assert (chunked.status_code, chunked.json()["code"]) == (413, "body_too_large")
    # What would be read and dropped is not asked for where its sender waits to be asked.
    waits = b"Expect: 100-continue\r\n"
    for size, more in ((9 * 10**8, b""), (9 * 10**8, waits), (LIMIT + 1, waits)):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % (urlsplit(url).path.encode(), size)
        assert _raw(url, head + more + b"\r\n").startswith(b"HTTP/1.1 413 ")
    for packed in (gzip.compress(b"\0" * 10_000_000), gzip.compress(b"\0" * (LIMIT + 1))):
        bomb = sender.post(url, content=packed, headers={"Content-Encoding": "gzip"})
        assert (bomb.status_code, bomb.json()["code"]) == (413, "body_too_large")
    many = sender.post(url, headers={f"X-{number}": "1" for number in range(120)})
    assert many.status_code == 413


def test_a_packed_body_is_unpacked(server: Server, sender: httpx.Client) -> None:
    url, body = _hook(server), json.dumps({"n": "x" * 5000}).encode()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = sender.post(url, content=gzip.compress(body), headers=headers)
    assert answer.status_code == 202, answer.text
    data = _event(server, answer)["data"]
    assert (data["json"], data["body"]["size"]) == ({"n": "x" * 5000}, len(body))
    for content, coding, status, code in (
        (body, "gzip", 400, "body_invalid"), (body, "zstd", 415, "encoding_unsupported"),
    ):  # fmt: skip
        refused = sender.post(url, content=content, headers={**headers, "Content-Encoding": coding})
        assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_form_with_a_file_comes_whole(server: Server, sender: httpx.Client) -> None:
    answer = sender.post(_hook(server), data={"payload": '{"n": 1}'}, files={"f": ("a.bin", b"\0\xff", "image/x")})
    assert answer.status_code == 202, answer.text
    data = _event(server, answer)["data"]
    assert data["json"] == {"n": 1}
    assert (data["body"]["files"]["f"]["filename"], data["body"]["files"]["f"]["bytes"]) == ("a.bin", "AP8=")


def test_the_limit_of_size_is_the_triggers_where_it_has_one(server: Server, sender: httpx.Client) -> None:
    small, large = _hook(server, max_body=10), _hook(server, max_body="2 MB")
    refused = sender.post(small, content=b"x" * 11)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert "max_body of the trigger" in refused.json()["detail"]
    body = json.dumps(["x" * 1_500_000]).encode()
    answer = sender.post(large, content=body)
    assert answer.status_code == 202, answer.text
    assert _event(server, answer)["data"]["json"] == json.loads(body)
    assert not list((server.root.parent / "data").rglob("uploads/*")), "what waited in a file is gone"


def test_a_body_that_does_not_come_is_given_up(server: Server) -> None:
    url = _hook(server)
    for kind, part in ((b"Content-Length: 100", b'{"a"'), (b"Transfer-Encoding: chunked", b'4\r\n{"a"\r\n')):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % (urlsplit(url).path.encode(), kind)
        received = _raw(url, head + part)
        assert received.startswith(b"HTTP/1.1 408 "), received
        assert b"body_too_slow" in received


def test_a_sync_webhook_gets_what_the_session_answers(server: Server, sender: httpx.Client) -> None:
    url = _hook(server, is_sync=True)
    http_part = {
        "status": 418, "json": {"hello": "world"},
        "headers": {"X-Kind": "teapot", "Set-Cookie": "a=b", "Transfer-Encoding": "chunked", "Content-Length": "3",
                    "Content-Security-Policy": "none"},
    }  # fmt: skip
    with _answering(server, {"value": None, "http": http_part}):
        answer = sender.post(url, json={"n": 1}, headers={"Idempotency-Key": "s-1"})
    assert (answer.status_code, answer.json(), answer.headers["X-Kind"]) == (418, {"hello": "world"}, "teapot")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Event-Id"]
    assert "Set-Cookie" not in answer.headers
    # Sent again, it gets the recorded answer at once.
    again = sender.post(url, json={"n": 1}, headers={"Idempotency-Key": "s-1"})
    assert (again.status_code, again.json(), again.headers["X-Event-Repeated"]) == (418, {"hello": "world"}, "true")


@pytest.mark.parametrize(
    ("outcome", "status", "content_type", "body"),
    [
        ({"value": {"a": 1}}, 200, "application/json", b'{"a":1}'),
        ({"http": {"body": "<h1>grüße</h1>", "headers": {"content-type": "text/html"}}}, 200, "text/html",
         "<h1>grüße</h1>".encode()),
        ({"http": {"body": "plain"}}, 200, "text/plain; charset=utf-8", b"plain"),
        ({"http": {"body_base64": "AP8="}}, 200, "application/octet-stream", b"\x00\xff"),
        ({"http": {"status": 204}}, 204, None, b""),
        ({"http": {"status": 302, "headers": {"Location": "https://example.org/"}}}, 302, None, b""),
        ({"http": {"status": 299, "json": None}}, 299, "application/json", b"null"),
    ],
)  # fmt: skip
def test_an_answer_is_passed_on_as_it_is(
    server: Server, sender: httpx.Client, outcome: dict[str, Any], status: int, content_type: str | None, body: bytes
) -> None:
    with _answering(server, outcome):
        answer = sender.get(_hook(server, is_sync=True))
    assert (answer.status_code, answer.headers.get("Content-Type"), answer.content) == (status, content_type, body)


def test_only_the_last_word_is_the_answer(server: Server, sender: httpx.Client) -> None:
    url = _hook(server, is_sync=True)
    with _answering(server, {"value": "part", "more": True}, {"value": "whole"}):
        assert sender.post(url).json() == "whole"


def test_no_answer_in_time_is_504_and_the_session_goes_on(server: Server, sender: httpx.Client) -> None:
    url = _hook(server, is_sync=True)
    begun = time.monotonic()
    answer = sender.post(url, json={})
    assert (answer.status_code, answer.json()["code"]) == (504, "answer_too_late")
    assert time.monotonic() - begun > 1.5
    assert _event(server, answer)["session_ids"]


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_session_that_ends_without_an_answer_is_502(server: Server, sender: httpx.Client, status: str) -> None:
    url = _hook(server, is_sync=True)
    with _answering(server, end=status):
        answer = sender.post(url, json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "no_answer")


def test_where_no_rule_matches_there_is_nobody_to_wait_for(server: Server, sender: httpx.Client) -> None:
    answer = sender.post(_hook(server, is_sync=True, filter="data.json.total > 5"), json={"total": 1})
    assert (answer.status_code, answer.json()["session_ids"]) == (202, [])


def test_headers_that_are_too_large_are_answered(server: Server) -> None:
    url = _hook(server)
    for path in (urlsplit(url).path, urlsplit(str(server.api.base_url)).path + "status"):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nX-Large: %s\r\n\r\n" % (path.encode(), b"x" * 70_000)
        received = _raw(url, head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert received.startswith(b"HTTP/1.1 431 "), received[:200]
        assert b"headers_too_large" in received
    [event] = wait_until(lambda: _refused(server, url))
    assert event["refusal"]["status"] == 431


@pytest.mark.parametrize("sent", [b"", b"POST /", b"POST / HTTP/1.1\r\nHost: x\r\nX-Never: "])
def test_a_connection_that_says_nothing_whole_is_closed(server: Server, sent: bytes) -> None:
    assert _raw(server.url, sent) == b""


def test_bodies_that_never_end_cost_little_memory(server: Server, sender: httpx.Client) -> None:
    url = _hook(server, max_body="2MB")
    where = urlsplit(url)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" % where.path.encode()
    uploads = server.root.parent / "data" / "notebook_automation" / "uploads"
    with contextlib.ExitStack() as open_ones:
        for _ in range(3):
            connection = open_ones.enter_context(socket.create_connection((where.hostname, where.port), timeout=60))
            connection.sendall(head + b"x" * 200_000)
        handles = wait_until(lambda: [one for one in _open_files() if one.startswith(str(uploads))])
        assert handles, "what has come waits in files"
        assert sender.post(url, json={}).status_code == 202
    wait_until(lambda: not any(one.startswith(str(uploads)) for one in _open_files()))


def _open_files() -> list[str]:
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return found


def _raw(url: str, request: bytes) -> bytes:
    """Send ``request`` as it is, and nothing more; return all that comes until the server closes."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


class _answering:
    """While it lasts, the next session is run as a runner would: it hands ``outcomes`` out, and ends."""

    def __init__(self, server: Server, *outcomes: dict[str, Any], end: str = "completed") -> None:
        self._server, self._outcomes, self._end = server, outcomes, end
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> None:
        self._known = {one["id"] for one in self._queued()}
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)

    def _queued(self) -> list[dict[str, Any]]:
        listed = self._server.api.get("sessions", params={"status": "requested"})
        items: list[dict[str, Any]] = listed.json()["items"]
        return items

    def _work(self) -> None:
        new = wait_until(lambda: [one for one in self._queued() if one["id"] not in self._known])
        session_id = new[0]["id"]
        with self._server.begin(session_id) as kernel:
            for outcome in self._outcomes:
                assert kernel.post(f"sessions/{session_id}/outcomes", json=outcome).status_code == 201
            self._server.end(session_id, self._end)
