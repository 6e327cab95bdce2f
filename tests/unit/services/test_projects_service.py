"""Projects: the folder that is one, its paths, calls and secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Forbidden, Invalid, NotFound, Unavailable

CODE = Caller(kind="session", login="x", session_id="ses_1", project_id="prj_none")


async def test_the_project_of_a_notebook_is_its_folder_or_the_nearest_with_a_manifest(server: Any):
    server.notebook("sales/europe/report.ipynb")
    server.notebook("top.ipynb")
    assert server.projects.locate("sales/europe/report.ipynb") == ("sales/europe", "report.ipynb")
    assert server.projects.locate("/top.ipynb") == ("", "top.ipynb")
    (server.root / "sales" / "automation.yaml").write_text("project: {}")
    assert server.projects.locate("sales/europe/report.ipynb") == ("sales", "europe/report.ipynb")
    (server.root / "automation.yaml").write_text("project: {}")
    assert server.projects.locate("sales/europe/report.ipynb") == ("sales", "europe/report.ipynb")


async def test_a_folder_is_one_project_under_a_name_of_its_own(server: Any, ana: Caller):
    for folder in ("a/reports", "b/reports", "b/c/reports", "Größe & mehr", "x" * 120):
        (server.root / folder).mkdir(parents=True)
    made = [await server.projects.at_folder(ana, folder) for folder in ("a/reports", "b/reports", "b/c/reports")]
    assert [project.name for project in made] == ["reports", "reports-2", "reports-3"]
    assert await server.projects.at_folder(ana, "/a/reports/") == made[0]
    assert (await server.projects.at_folder(ana, "Größe & mehr")).name == "Gr-e-mehr"
    assert len((await server.projects.at_folder(ana, "x" * 120)).name) == 100
    again = server.root / "y" / ("x" * 120)
    again.mkdir(parents=True)
    assert len((await server.projects.at_folder(ana, "y/" + "x" * 120)).name) <= 100
    assert await server.projects.get(ana, "reports-2") == made[1]
    assert server.projects.shown_path(made[1]) == "b/reports"
    assert server.projects.shown_path(await server.projects.at_folder(ana, "")) == ""
    with pytest.raises(NotFound):
        await server.projects.at_folder(ana, "no such folder")


async def test_one_folder_asked_for_at_once_is_one_project(server: Any, ana: Caller, make_server: Callable[..., Any]):
    (server.root / "sales").mkdir()
    other = make_server()
    made = await asyncio.gather(*(one.projects.at_folder(ana, "sales") for one in (server, other) * 10))
    assert len({project.id for project in made}) == 1


@pytest.mark.parametrize(
    "path",
    [
        "../outside/report.ipynb", "sales/../../outside/report.ipynb", "link/report.ipynb", "sales/link.ipynb",
        "sibling/report.ipynb", "sales/../sales/report.ipynb",
        "..\\outside\\report.ipynb", "sales/a\0.ipynb", "../root-sibling/report.ipynb", "/../outside/report.ipynb",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_the_root(server: Any, ana: Caller, path: str):
    outside = server.root.parent / "outside"
    for folder in (outside, server.root.parent / "root-sibling", server.root / "sales"):
        folder.mkdir()
        (folder / "report.ipynb").write_text('{"cells": []}')
    (server.root / "link").symlink_to(outside)
    # Its path begins as that of the root does.
    (server.root / "sibling").symlink_to(f"{server.root}-sibling")
    (server.root / "sales" / "link.ipynb").symlink_to(outside / "report.ipynb")
    with pytest.raises((Invalid, NotFound)):
        server.projects.locate(path)
    with pytest.raises((Invalid, NotFound)):
        await server.projects.of_notebook(ana, path)
    with pytest.raises((Invalid, NotFound)):
        server.projects.inspect(ana, path)


@pytest.mark.parametrize(
    "call", ["link.ipynb", "sub/link.ipynb", "../other/report.ipynb", "gone.ipynb", "folder.ipynb"]
)
async def test_no_call_leads_out_of_its_project(server: Any, call: str):
    project = await server.project()
    secret = server.notebook("../other/report.ipynb")
    folder = Path(project.path)
    (folder / "folder.ipynb").mkdir()
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "sub").symlink_to(secret.parent)
    (secret.parent / "link.ipynb").write_text('{"cells": []}')
    with pytest.raises(AutomationError) as refused:
        server.projects.file(project, call)
    assert refused.value.code in ("call_not_found", "call_invalid")


async def test_a_call_may_be_a_link_to_another_folder_under_the_root(server: Any, ana: Caller):
    shared = server.notebook("shared/n.ipynb")
    (server.root / "team").mkdir()
    (server.root / "team" / "n.ipynb").symlink_to("../shared/n.ipynb")
    project, call = await server.projects.of_notebook(ana, "team/n.ipynb")
    assert (project.path, call) == (str(server.root / "team"), "n.ipynb")
    assert server.projects.file(project, call) == shared


async def test_a_folder_that_becomes_a_link_leads_nowhere(server: Any):
    project = await server.project()
    server.notebook("other/report.ipynb")
    Path(project.path).rmdir()
    Path(project.path).symlink_to(server.root / "other")
    with pytest.raises(NotFound):
        server.projects.file(project, "report.ipynb")


async def test_a_secret_is_kept_encrypted_and_opened_for_its_row_alone(server: Any, ana: Caller):
    project = await server.project()
    await server.projects.set_variable(ana, project, "token", "s3cr3t-ü", secret=True)
    await server.projects.set_variable(ana, project, "region", "emea", secret=False)
    region, token = await server.projects.variables(ana, project)
    assert "s3cr3t" not in token.value
    assert (server.projects.opened(token), server.projects.opened(region)) == ("s3cr3t-ü", "emea")
    assert b"s3cr3t" not in Path(server.database.url.database).read_bytes()
    # Whoever can write to the database cannot make one secret into another's: each opens in its own row only.
    with pytest.raises(Unavailable) as caught:
        server.projects.opened(replace(region, value=token.value, secret=True))
    assert caught.value.code == "secret_unreadable"
    await server.projects.remove_variable(ana, project, "token")
    with pytest.raises(NotFound):
        await server.projects.remove_variable(ana, project, "token")
    for attempt in (
        server.projects.variables(CODE, project),
        server.projects.set_variable(CODE, project, "a", "b", secret=False),
        server.projects.listed(CODE, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt
