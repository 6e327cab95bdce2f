"""What the token of a running session opens, on every route there is: its own session and project, nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from belongings import OF_NOBODY, SECRET, Belongings, ask, made, named
from serving import Server

from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Route


@dataclass(frozen=True, kw_only=True)
class Two:
    """The token of ``own``'s session; ``sibling`` has another session of that project, ``other`` another project."""

    kernel: httpx.Client
    own: Belongings
    sibling: Belongings
    other: Belongings


@pytest.fixture(scope="module")
def two(server: Server) -> Iterator[Two]:
    own, other = (made(server, name) for name in ("near", "far"))
    sibling = made(server, "near")
    with server.begin(own.session) as kernel:
        yield Two(kernel=kernel, own=own, sibling=sibling, other=other)
    server.end(own.session, "completed")


OF_THE_WHOLE_SERVER = frozenset(
    {
        "GET status",
        "GET stream",
        "GET projects",
        "GET projects/inspect",
        "GET contents/{path...}",
        "GET inquiries/counts",
        "GET inquiries/absences",
        "POST events/try",
        "POST events/{id}/send",
    }
)
OF_ONE_SESSION = frozenset(
    {
        "GET sessions/{id}/context", "GET sessions/{id}/waits/{wait}", "GET artifacts",
        "POST inquiries/{id}/withdrawal",
    }
)  # fmt: skip
"""What is closed to other sessions of the same project, too (secrets are in the first)."""
REACHING = [route for route in ROUTES if named(route) not in OF_NOBODY]


@pytest.mark.parametrize("route", REACHING, ids=named)
def test_nothing_of_another_project_is_reached(server: Server, two: Two, route: Route) -> None:
    answer = ask(two.kernel, route, two.other)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


CHANGING = [one for one in REACHING if one.permission == "configure" and named(one) != "POST projects"]
"""Without the route that makes a project where there is none yet: for its own folder it only returns it."""


@pytest.mark.parametrize(
    "route", [*CHANGING, *(one for one in REACHING if named(one) in OF_THE_WHOLE_SERVER)], ids=named
)
def test_no_definition_is_changed_and_nothing_deleted_not_even_of_its_own(two: Two, route: Route) -> None:
    answer = ask(two.kernel, route, two.own)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


@pytest.mark.parametrize(
    "route", [one for one in REACHING if one.permission == "report" or named(one) in OF_ONE_SESSION], ids=named
)
def test_no_other_session_is_reported_on_or_gives_its_secrets_away(two: Two, route: Route) -> None:
    answer = ask(two.kernel, route, two.sibling)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    assert ask(two.kernel, route, two.own).status_code < 300


@pytest.mark.parametrize(
    "route",
    [
        one
        for one in REACHING
        if one.permission in ("read", "run") and named(one) not in OF_THE_WHOLE_SERVER | OF_ONE_SESSION
    ],
    ids=named,
)
def test_its_own_project_is_open_to_it(two: Two, route: Route) -> None:
    """Else the tests above would pass for a token that opens nothing."""
    answer = ask(two.kernel, route, two.sibling)
    # A session that waits cannot be tried again, nor a group that goes on, nor one without checkpoints resumed: it was
    # allowed to ask.
    allowed = ("session_state", "session_not_durable", "notebook_not_shown", "group_open")
    assert answer.status_code < 300 or answer.json()["code"] in allowed, answer.text
    assert SECRET not in answer.text


# Also where nothing is found: what there is not is told of others, too.
LISTS = ("events", "sessions", "sessions/counts", "triggers", "triggers?q=unheard-of", "artifacts", "projects")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_names_no_project_is_closed_to_it(two: Two, path: str) -> None:
    answer = two.kernel.get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


def test_it_keeps_artifacts_as_its_own_alone(two: Two) -> None:
    """What is kept for a project is a person's, and has that person's name at it."""
    answer = two.kernel.post("artifacts", params={"name": "by-hand.txt", "project": two.own.name}, content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("projects", {"path": "untouched"}),
        ("sessions", {"notebook": "untouched/report.ipynb"}),
        ("triggers", {"notebook": "untouched/report.ipynb", "name": "new", "type": "manual"}),
    ],
)
def test_it_makes_no_project_of_a_folder_that_is_none(
    server: Server, two: Two, path: str, body: dict[str, Any]
) -> None:
    server.notebook("untouched/report.ipynb", "1")
    answer = two.kernel.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    assert "untouched" not in {one["name"] for one in server.api.get("projects?limit=200").json()["items"]}
