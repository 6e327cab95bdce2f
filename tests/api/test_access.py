"""Nobody gets in who should not: every route and method, every way to ask."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import get_args

import httpx
import pytest
from belongings import OF_NOBODY, named
from serving import Server
from tornado.web import RequestHandler

from notebook_automation import api
from notebook_automation.api.handlers import RouteHandler
from notebook_automation.api.inbox_door import InboxHandler
from notebook_automation.api.inquiry_page import InquiryPageHandler
from notebook_automation.api.metrics_page import MetricsHandler
from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Route
from notebook_automation.api.webhooks import WebhookHandler
from notebook_automation.domain.access import Action

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PATHS = sorted({re.sub(r"\{(\w+)(\.\.\.)?\}", "x", route.path) for route in ROUTES})
WALK = [(method, path) for path in (*PATHS, "nowhere", "") for method in METHODS]
CHANGING = [(route.method, re.sub(r"\{\w+\}", "x", route.path)) for route in ROUTES if route.method != "GET"]


@pytest.mark.parametrize(("method", "path"), WALK)
def test_no_route_answers_a_stranger(server: Server, method: str, path: str) -> None:
    answer = server.stranger.request(method, path, content=b"{}" if method not in ("GET", "HEAD") else None)
    assert answer.status_code == 401
    if method != "HEAD":
        assert answer.json()["code"] == "not_authenticated"


def test_a_browsers_preflight_is_granted_nothing(server: Server) -> None:
    for path in PATHS:
        answer = server.stranger.options(path, headers={"Origin": "https://evil.example"})
        assert (answer.status_code, answer.content) in ((200, b""), (204, b"")), path
        assert answer.headers.get("Access-Control-Allow-Origin", "") == ""


@pytest.mark.parametrize(
    "authorization", ["token wrong", "Bearer nas_wrong", "Bearer nas_", "Basic dG9rZW46dG9rZW4=", "token", "nas_wrong"]
)
def test_no_route_answers_a_wrong_token(server: Server, authorization: str) -> None:
    for path in PATHS:
        answer = server.stranger.get(path, headers={"Authorization": authorization})
        assert answer.status_code in (401, 403), path


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_cookie_alone_changes_nothing(server: Server, method: str, path: str) -> None:
    """Another site's page can make a browser send its cookies, but not the XSRF header or our token."""
    with _signed_in(server) as browser:
        assert browser.get("status").status_code == 200
        answer = browser.request(method, path, content=b"{}", headers={"Origin": "https://evil.example"})
        assert answer.status_code in (403, 404)
        assert answer.json()["code"] in ("forbidden", "not_found")
        plain = browser.request(method, path, content=b"{}")
        assert (plain.status_code, plain.json()["code"]) == (403, "forbidden")


def test_a_cookie_with_the_xsrf_header_may_change(server: Server) -> None:
    with _signed_in(server) as browser:
        # Any page of the server gives the XSRF cookie; the sign-in page needs no session of its own.
        browser.cookies.update(httpx.get(f"{server.url}login", trust_env=False).cookies)
        answer = browser.post(
            "events/explain", json={"filter": "true"}, headers={"X-XSRFToken": browser.cookies["_xsrf"]}
        )
        assert (answer.status_code, answer.json()["matched"]) == (200, True)


def test_pages_of_other_origins_may_not_read(server: Server) -> None:
    with _signed_in(server) as browser:
        for origin in ("https://evil.example", "null", f"http://127.0.0.1.evil.example:{server.app.port}"):
            answer = browser.get("status", headers={"Origin": origin})
            assert answer.status_code == 403, origin


def test_a_foreign_host_name_is_refused(server: Server) -> None:
    """A name of an attacker that resolves to this machine (DNS rebinding) is not ours."""
    answer = server.api.get("status", headers={"Host": "evil.example"})
    assert answer.status_code == 403


def test_jupyters_authorizer_has_the_last_word(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def only_read(_self: object, _handler: object, _user: object, action: str, resource: str) -> bool:
        asked.append((action, resource))
        return action == "read"

    monkeypatch.setattr(type(server.app.authorizer), "is_authorized", only_read)
    assert server.api.get("sessions").status_code == 200
    for method, path in CHANGING:
        route = next(one for one in ROUTES if (one.method, re.sub(r"\{\w+\}", "x", one.path)) == (method, path))
        if route.permission == "read":
            continue
        answer = server.api.request(method, path, content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    assert set(asked) == {(action, "notebook-automation") for action in ("read", "write", "execute")}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_route_forgets_to_ask_jupyters_authorizer(
    server: Server, monkeypatch: pytest.MonkeyPatch, route: Route
) -> None:
    monkeypatch.setattr(type(server.app.authorizer), "is_authorized", lambda *_asked: False)
    path = re.sub(r"\{(\w+)(\.\.\.)?\}", "x", route.path)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"} if route.status == 101 else {}
    answer = server.api.request(route.method, path, headers=upgrade)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "on this server" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["status", "sessions", "nowhere", "openapi.json", "docs"])
def test_no_answer_is_framed_kept_or_guessed_at(server: Server, path: str) -> None:
    for client in (server.api, server.stranger):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy or (path == "docs" and "frame-ancestors 'self'" in policy)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_sessions_token_reaches_its_own_session_and_project_only(server: Server) -> None:
    server.trigger(name="reach", type="manual")
    mine, other = (server.api.post("triggers/sales/reach/fire", json={}).json()["session_ids"][0] for _ in range(2))
    foreign = server.trigger(name="t", type="manual", notebook=server.notebook("foreign/n.ipynb", "1"))
    with server.begin(mine) as kernel:
        assert kernel.get(f"sessions/{mine}").json()["id"] == mine
        assert kernel.get(f"sessions/{mine}/context").status_code == 200
        assert kernel.get(f"sessions/{other}").status_code == 200, "it may read its own project"
        assert kernel.post(f"sessions/{mine}/progress", json={"value": 0.5}).status_code == 204
        forbidden = [
            kernel.post(f"sessions/{other}/progress", json={"value": 0.5}),
            kernel.post(f"sessions/{other}/outcomes", json={"value": 1}),
            kernel.get(f"triggers/{foreign['id']}"),
            kernel.patch("triggers/sales/reach", json={"enabled": False}),
            kernel.delete("triggers/sales/reach"),
            kernel.post("projects/apply", json={"manifest": "project: {name: x}", "path": "sales"}),
            kernel.put("projects/sales/variables/x", json={"value": "1"}),
            kernel.get("sessions"),
            kernel.get("status"),
            kernel.get("contents/"),
            kernel.get("stream", headers={"Upgrade": "websocket", "Connection": "Upgrade"}),
        ]
        assert [answer.status_code for answer in forbidden] == [403] * len(forbidden)
        server.end(mine, "completed")
        late = kernel.get(f"sessions/{mine}")
        assert (late.status_code, late.json()["code"]) == (403, "token_invalid")


OF_ALL = [
    route.path for route in ROUTES
    if route.method == "GET" and "{" not in route.path and named(route) not in OF_NOBODY | {"GET projects/inspect"}
]  # fmt: skip
"""What tells of all projects unless one is named; ``projects/inspect`` always needs a file's path."""


def test_a_sessions_token_sees_nothing_that_is_of_all_projects(server: Server) -> None:
    server.trigger(name="looks", type="manual")
    [session_id] = server.api.post("triggers/sales/looks/fire", json={}).json()["session_ids"]
    with server.begin(session_id) as kernel:
        assert {path: kernel.get(path).status_code for path in OF_ALL} == dict.fromkeys(OF_ALL, 403)
        assert kernel.get("sessions/counts", params={"project": "sales"}).status_code == 200


def test_only_a_sessions_own_code_reports_on_it(server: Server) -> None:
    server.trigger(name="reported", type="manual")
    [session_id] = server.api.post("triggers/sales/reported/fire", json={}).json()["session_ids"]
    with server.begin(session_id):
        for path, body in (("progress", {"value": 1}), ("outcomes", {"value": 1})):
            assert server.api.post(f"sessions/{session_id}/{path}", json=body).status_code == 403
        server.end(session_id, "failed")


def test_every_handler_is_reached_by_the_table_only() -> None:
    """A handler outside the table would have no permission, and the walk above would not see it."""
    # These ask who comes themselves, each with tests of its own.
    doors = {WebhookHandler, InboxHandler, InquiryPageHandler, MetricsHandler}
    known = {route.handler for route in ROUTES} | {RouteHandler} | doors
    for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, RequestHandler) and found.__module__ == module.name:
                assert found in known, found


def test_every_route_names_its_permission_and_says_what_it_does() -> None:
    for route in ROUTES:
        assert route.permission in get_args(Action)
        assert route.summary
        assert (route.handle is None) != (route.handler is None), route.path
        if route.method == "GET":
            assert route.body is None, "a GET changes nothing"


@contextlib.contextmanager
def _signed_in(server: Server) -> Iterator[httpx.Client]:
    """Give a browser that has the server's cookie, and no token."""
    with httpx.Client(base_url=server.api.base_url, timeout=20, trust_env=False) as browser:
        browser.get("status", params={"token": server.token})
        assert any(name.startswith("username-") for name in browser.cookies)
        yield browser
