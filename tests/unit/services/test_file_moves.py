"""What is renamed or moved takes its triggers along, and its project."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden
from notebook_automation.store import triggers


async def _move(server: Any, ana: Caller, old: str, new: str) -> None:
    (server.root / new).parent.mkdir(parents=True, exist_ok=True)
    (server.root / old).rename(server.root / new)
    await server.file_moves.moved(ana, server.root / old, server.root / new)


async def _only(server: Any, ana: Caller) -> tuple[str, str]:
    """The only trigger: what it is called, and what it calls. Nothing is in its way."""
    [view], _ = await server.trigger_views.listed(ana, limit=5, cursor=None)
    assert view.problems == []
    [rule] = await server.database.read(lambda tx: triggers.rules_of(tx, view.trigger.id))
    assert (rule.ref, rule.call) == (view.trigger.ref, view.trigger.call)
    return view.trigger.ref, view.trigger.call


async def _registered(server: Any, ana: Caller, path: str, handler: str | None = None, name: str = "nightly") -> Any:
    server.notebook(path, None, *([f"%%trigger {handler}\n1"] if handler else []))
    project, relative = await server.projects.of_notebook(ana, path)
    call = f"{relative}:{handler}" if handler else relative
    fields = {"name": name, "type": "webhook", "call": call}
    view, _ = await server.triggers.save(ana, project, fields, replace_existing=False)
    return view.trigger


@pytest.mark.parametrize(
    ("old", "new", "ref", "call"),
    [
        ("sales/Untitled.ipynb", "sales/report.ipynb", "sales/nightly", "report.ipynb"),
        ("Untitled.ipynb", "report v2.ipynb", "root/nightly", "report v2.ipynb"),
        ("sales/report.ipynb", "sales/archive/report.ipynb", "sales/nightly", "archive/report.ipynb"),
        ("sales/report.ipynb", "ops/report.ipynb", "ops/nightly", "report.ipynb"),
        ("sales/report.ipynb", "report.ipynb", "root/nightly", "report.ipynb"),
        ("sales/report.ipynb", "sales/re:port.ipynb", "sales/nightly", "re:port.ipynb"),
    ],
)
async def test_a_notebook_takes_its_trigger_along(server: Any, ana: Caller, old: str, new: str, ref: str, call: str):
    trigger = await _registered(server, ana, old)
    await _move(server, ana, old, new)
    assert await _only(server, ana) == (ref, call)
    moved = (await server.trigger_views.get(ana, ref)).trigger
    assert (moved.id, moved.slug) == (trigger.id, trigger.slug)
    # Once more, as another client tells it: there is nothing to move.
    await server.file_moves.moved(ana, server.root / old, server.root / new)
    assert await _only(server, ana) == (ref, call)


async def test_a_notebook_that_is_moved_on_at_once_takes_its_trigger_all_the_way(server: Any, ana: Caller):
    await _registered(server, ana, "sales/report.ipynb")
    places = ["sales/report.ipynb", "ops/report.ipynb", "2026/report.ipynb", "2026/revenue.ipynb"]
    for old, new in pairwise(places):
        (server.root / new).parent.mkdir(exist_ok=True)
        (server.root / old).rename(server.root / new)
    root = server.root
    await asyncio.gather(*(server.file_moves.moved(ana, root / old, root / new) for old, new in pairwise(places)))
    assert await _only(server, ana) == ("2026/nightly", "revenue.ipynb")


async def test_a_handler_stays_the_one_that_is_called(server: Any, ana: Caller):
    await _registered(server, ana, "sales/report.ipynb", "orders")
    await _move(server, ana, "sales/report.ipynb", "sales/other.ipynb")
    assert await _only(server, ana) == ("sales/nightly", "other.ipynb:orders")


async def test_a_projects_folder_takes_the_project_along_with_its_variables(server: Any, ana: Caller):
    await _registered(server, ana, "sales/report.ipynb")
    project = await server.projects.get(ana, "sales")
    await server.projects.set_variable(ana, project, "region", "emea", secret=False)
    await _move(server, ana, "sales", "2026/revenue")
    assert await _only(server, ana) == ("sales/nightly", "report.ipynb")
    moved = await server.projects.get(ana, "sales")
    assert (moved.id, moved.path) == (project.id, str(server.root / "2026" / "revenue"))
    assert (await server.projects.at_folder(ana, "2026/revenue")).id == project.id


async def test_a_folder_within_a_project_is_followed(server: Any, ana: Caller):
    (server.root / "sales" / "a").mkdir(parents=True)
    (server.root / "sales" / "automation.yaml").write_text("")
    await _registered(server, ana, "sales/a/report.ipynb")
    await _move(server, ana, "sales/a", "sales/b")
    assert await _only(server, ana) == ("sales/nightly", "b/report.ipynb")
    await _move(server, ana, "sales/b", "elsewhere")
    assert await _only(server, ana) == ("elsewhere/nightly", "report.ipynb")


async def test_a_name_that_is_taken_there_gets_a_number(server: Any, ana: Caller):
    await _registered(server, ana, "ops/other.ipynb")
    moving = await _registered(server, ana, "sales/report.ipynb")
    await _move(server, ana, "sales/report.ipynb", "ops/report.ipynb")
    moved = (await server.trigger_views.get(ana, moving.id)).trigger
    assert (moved.ref, moved.call) == ("ops/nightly-2", "report.ipynb")


async def test_a_folder_that_takes_a_deleted_ones_place_joins_its_project(server: Any, ana: Caller):
    await _registered(server, ana, "old/report.ipynb")
    (server.root / "old" / "report.ipynb").unlink()
    (server.root / "old").rmdir()
    moving = await _registered(server, ana, "new/fresh.ipynb", name="weekly")
    await _move(server, ana, "new", "old")
    assert (await server.trigger_views.get(ana, moving.id)).trigger.ref == "old/weekly"


@pytest.mark.parametrize("new", ["sales/report.txt", "sales/report"])
async def test_what_cannot_be_called_is_said(server: Any, ana: Caller, new: str):
    trigger = await _registered(server, ana, "sales/report.ipynb")
    await _move(server, ana, "sales/report.ipynb", new)
    view = await server.trigger_views.get(ana, trigger.id)
    assert (view.trigger.call, [one.code for one in view.problems]) == ("report.ipynb", ["call_not_found"])


async def test_the_code_of_a_session_moves_no_triggers(server: Any, ana: Caller):
    trigger = await _registered(server, ana, "sales/report.ipynb")
    code = Caller(kind="session", login="x", session_id="ses_x", project_id=trigger.project_id)
    for ask in (
        server.file_moves.moved(code, server.root / "sales", server.root / "other"),
        server.file_moves.touched(code, server.root / "sales"),
    ):
        with pytest.raises(Forbidden):
            await ask
