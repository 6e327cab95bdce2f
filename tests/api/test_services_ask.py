"""Behind every route a service asks the caller for the permission that the route names, on the thing it is about."""

from __future__ import annotations

import httpx
import pytest
from belongings import OF_NOBODY, Belongings, ask, made, named
from serving import Server

from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Route
from notebook_automation.domain.access import Action, Caller, Resource


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Action, Resource]]:
    """What callers are asked for while the test runs; they are refused or not as ever."""
    found: list[tuple[Action, Resource]] = []
    require = Caller.require

    def recorded(caller: Caller, action: Action, resource: Resource) -> None:
        if caller.kind != "system":
            found.append((action, resource))
        require(caller, action, resource)

    monkeypatch.setattr(Caller, "require", recorded)
    return found


def _client(server: Server, route: Route, mine: Belongings) -> httpx.Client:
    reports = route.permission == "report"
    return server.begin(mine.session) if reports else httpx.Client(**_signed_in(server))


def _signed_in(server: Server) -> dict[str, object]:
    return {"base_url": server.api.base_url, "headers": server.api.headers, "timeout": 30, "trust_env": False}


ASKING = [one for one in ROUTES if named(one) not in OF_NOBODY | {"POST projects"}]
"""Without the route that makes a project where there is none yet: where one is, it is only read."""


ASKED_FOR_OTHERS = {"POST inquiries/{id}/withdrawal": "configure"}
"""What a service asks for where the thing is another's; with its own a caller may do so by the route's permission."""


@pytest.mark.parametrize("route", ASKING, ids=named)
def test_the_service_asks_for_what_the_route_names(
    server: Server, asked: list[tuple[Action, Resource]], route: Route
) -> None:
    mine = made(server, f"asked-{ROUTES.index(route)}")
    with _client(server, route, mine) as client:
        asked.clear()
        answer = ask(client, route, mine)
    # What it asks comes first: a session that waits cannot be tried again, nor a plain request be a stream.
    # A program that is to be sent to need not be there.
    assert answer.status_code < 300 or answer.status_code in (409, 426, 502), answer.text
    of_it = [
        action
        for action, resource in asked
        if resource.project_id == mine.project
        or resource.session_id == mine.session
        or resource.kind == "system"
        or (resource.kind == "form" and resource.id in (None, mine.form))
    ]
    assert ASKED_FOR_OTHERS.get(named(route), route.permission) in of_it, asked
