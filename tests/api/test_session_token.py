"""What the token of a running session opens, on every route there is: its own session and project, nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from serving import Server

from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Route

SECRET = "s3cret-value"


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """One of everything that a project can have: ids, and names for the routes that take names."""

    project: str
    name: str
    trigger: str
    session: str
    event: str
    artifact: str

    def path(self, route: Route) -> str:
        """Return the route's path to what is here."""
        if route.path.startswith("triggers/{project}"):
            return route.path.format(project=self.name, name="hook")
        noun = route.path.partition("/")[0].removesuffix("s")
        return re.sub(r"\{name\}", "kept", re.sub(r"\{id\}", getattr(self, noun, ""), route.path))

    def asked(self, route: Route) -> dict[str, Any]:
        """Return a body, or query parameters, by which a route without an id reaches what is here."""
        bodies: dict[str, dict[str, Any]] = {
            "POST events": {"project": self.name, "type": "paid"},
            "POST sessions": {"project": self.name, "call": "report.ipynb"},
            "POST triggers": {"project": self.name, "name": "new", "type": "manual"},
            "POST triggers/preview": {"project": self.name, "name": "new", "type": "manual"},
            "POST projects": {"path": self.name},
            "POST projects/apply": {"path": self.name, "manifest": "version: v1\nproject: {name: x}"},
            "PUT triggers/{project}/{name}": {"project": self.name, "name": "hook", "type": "manual"},
            "PUT projects/{id}/variables/{name}": {"value": "changed"},
            "PATCH triggers/{id}": {"enabled": False},
            "PATCH triggers/{project}/{name}": {"enabled": False},
            "POST sessions/{id}/progress": {"value": 0.5},
        }
        queries = {
            "GET projects/inspect": {"path": f"{self.name}/report.ipynb"},
            "POST artifacts": {"name": "kept.txt", "session": self.session},
            "GET artifacts": {"session": self.session},
            **{f"GET {noun}": {"project": self.name} for noun in ("events", "sessions", "sessions/counts", "triggers")},
        }
        key = f"{route.method} {route.path}"
        body = {} if route.body is None else {"json": bodies.get(key, {})}
        return {**body, "params": queries.get(key, {})}


@dataclass(frozen=True, kw_only=True)
class Two:
    """The token of ``own``'s session; ``sibling`` has another session of that project, ``other`` another project."""

    kernel: httpx.Client
    own: Belongings
    sibling: Belongings
    other: Belongings


@pytest.fixture(scope="module")
def two(server: Server) -> Iterator[Two]:
    own, other = (_made(server, name) for name in ("near", "far"))
    sibling = _made(server, "near")
    with server.begin(own.session) as kernel:
        yield Two(kernel=kernel, own=own, sibling=sibling, other=other)
    server.end(own.session, "completed")


def _made(server: Server, name: str) -> Belongings:
    notebook = server.notebook(f"{name}/report.ipynb", "1")
    fields = {"notebook": notebook, "name": "hook", "type": "manual"}
    trigger = server.api.put(f"triggers/{name}/hook", json=fields).json()
    receipt = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()
    server.api.put(f"projects/{name}/variables/kept", json={"value": SECRET, "secret": True})
    kept = server.api.post("artifacts", params={"name": "kept.txt", "project": name}, content=b"kept")
    assert kept.status_code == 201, kept.text
    return Belongings(
        project=trigger["project_id"], name=name, trigger=trigger["id"], session=receipt["session_ids"][0],
        event=receipt["event_id"], artifact=kept.json()["id"],
    )  # fmt: skip


def _id(route: Route) -> str:
    return f"{route.method} {route.path}"


OF_NOBODY = frozenset(
    {
        "GET openapi.json", "GET automation.schema.json", "GET docs", "POST events/explain",
        "GET contents/{path...}/checkpoints",
    }
)  # fmt: skip
"""What tells of nobody's things: a session may read it."""
OF_THE_WHOLE_SERVER = frozenset(
    {"GET status", "GET stream", "GET projects", "GET projects/inspect", "GET contents/{path...}"}
)
OF_ONE_SESSION = frozenset({"GET sessions/{id}/context", "GET artifacts"})
"""What is closed to other sessions of the same project, too (secrets are in the first)."""
REACHING = [route for route in ROUTES if _id(route) not in OF_NOBODY]


def _ask(two: Two, route: Route, whose: Belongings) -> httpx.Response:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"} if route.status == 101 else {}
    path = whose.path(route).replace("{path...}", whose.name)
    return two.kernel.request(route.method, path, headers=headers, **whose.asked(route))


@pytest.mark.parametrize("route", REACHING, ids=_id)
def test_nothing_of_another_project_is_reached(server: Server, two: Two, route: Route) -> None:
    answer = _ask(two, route, two.other)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


CHANGING = [one for one in REACHING if one.permission == "configure" and _id(one) != "POST projects"]
"""Without the route that makes a project where there is none yet: for its own folder it only returns it."""


@pytest.mark.parametrize("route", [*CHANGING, *(one for one in REACHING if _id(one) in OF_THE_WHOLE_SERVER)], ids=_id)
def test_no_definition_is_changed_and_nothing_deleted_not_even_of_its_own(two: Two, route: Route) -> None:
    answer = _ask(two, route, two.own)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


@pytest.mark.parametrize(
    "route", [one for one in REACHING if one.permission == "report" or _id(one) in OF_ONE_SESSION], ids=_id
)
def test_no_other_session_is_reported_on_or_gives_its_secrets_away(two: Two, route: Route) -> None:
    answer = _ask(two, route, two.sibling)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    assert _ask(two, route, two.own).status_code < 300


@pytest.mark.parametrize(
    "route",
    [
        one
        for one in REACHING
        if one.permission in ("read", "run") and _id(one) not in OF_THE_WHOLE_SERVER | OF_ONE_SESSION
    ],
    ids=_id,
)
def test_its_own_project_is_open_to_it(two: Two, route: Route) -> None:
    """Else the tests above would pass for a token that opens nothing."""
    answer = _ask(two, route, two.sibling)
    # A session that waits cannot be tried again: it was allowed to ask.
    assert answer.status_code < 300 or answer.json()["code"] == "session_state", answer.text
    assert SECRET not in answer.text
