"""A trigger that cannot run says so before it fires, wherever it is listed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.store import session_claims, sessions, snapshots


async def _listed(server: Any, ana: Caller) -> list[tuple[str, str | None]]:
    """What the list says of the only trigger, which is what the trigger alone says."""
    [view], _ = await server.trigger_views.listed(ana, limit=5, cursor=None)
    alone = await server.trigger_views.get(ana, view.trigger.id)
    assert [one.code for one in alone.problems] == [one.code for one in view.problems]
    assert alone.warnings[: len(alone.problems)] == alone.problems
    return [(one.code, one.suggestion) for one in view.problems]


def _with_kernel(path: Path, name: str) -> None:
    content = json.loads(path.read_text())
    content["metadata"]["kernelspec"]["name"] = name
    path.write_text(json.dumps(content))


async def test_a_file_that_was_moved_is_missed_at_once_and_what_it_became_is_offered(server: Any, ana: Caller):
    await server.trigger(call="report.ipynb:pay")
    project = server.root / "sales"
    server.notebook("sales/report.ipynb", None, "%%trigger pay\nprint(1)")
    assert await _listed(server, ana) == []
    (project / "archive").mkdir()
    shutil.move(project / "report.ipynb", project / "archive" / "report.ipynb")
    assert await _listed(server, ana) == [("call_not_found", "archive/report.ipynb:pay")]
    shutil.move(project / "archive" / "report.ipynb", project / "Something else.ipynb")
    assert await _listed(server, ana) == [("call_not_found", None)]
    shutil.move(project / "Something else.ipynb", project / "report.ipynb")
    assert await _listed(server, ana) == []
    shutil.rmtree(project)
    assert await _listed(server, ana) == [("call_not_found", None)]


async def test_a_file_under_a_strange_name_is_known_by_what_it_held_when_it_ran(server: Any, ana: Caller):
    trigger = await server.trigger()
    path = server.root / "sales" / "report.ipynb"
    digest, size = server.blobs.put_bytes(path.read_bytes())
    snapshot = snapshot_of([SnapshotFile(path="report.ipynb", blob=digest, size=size)])
    receipt = await server.events.fire(ana, trigger.ref)

    def work(tx: Any) -> None:
        snapshots.add(tx, snapshot)
        session_claims.claim(tx, "runner", 10, 600.0)
        assert session_claims.acquire(tx, receipt.session_ids[0], "runner", 1, token_hash="x", lease=600.0)
        assert sessions.report(tx, receipt.session_ids[0], "runner", 1, {"snapshot_id": snapshot.id})

    await server.database.write(work)
    path.rename(path.with_name("Q3.ipynb"))
    server.notebook("sales/other.ipynb")
    [problem] = (await server.trigger_views.get(ana, trigger.id)).problems
    assert problem.suggestion == "Q3.ipynb"
    await server.triggers.change(ana, trigger.id, {"call": problem.suggestion})
    assert await _listed(server, ana) == []


async def test_a_handler_that_was_renamed_is_missed(server: Any, ana: Caller):
    trigger = await server.trigger(call="report.ipynb:pull_request")
    server.notebook("sales/report.ipynb", None, "%%trigger pull_requests\nprint(1)")
    assert await _listed(server, ana) == [("handler_not_saved", "report.ipynb:pull_requests")]
    await server.triggers.change(ana, trigger.id, {"call": "report.ipynb:pull_requests"})
    assert await _listed(server, ana) == []


async def test_a_function_that_was_renamed_is_missed(server: Any, ana: Caller):
    await server.trigger(call="program.py:main")
    program = server.root / "sales" / "program.py"
    program.write_text("def main(): ...")
    assert await _listed(server, ana) == []
    program.write_text("def begin(): ...")
    assert await _listed(server, ana) == [("function_not_found", None)]


async def test_a_kernel_that_is_not_installed_is_told_when_registering(server: Any, ana: Caller):
    project = await server.project()
    _with_kernel(server.notebook("sales/report.ipynb"), "julia-0.1")
    fields = {"name": "nightly", "type": "schedule", "schedule": {"cron": "0 6 * * *"}, "call": "report.ipynb"}
    view, _ = await server.triggers.save(ana, project, fields, replace_existing=False)
    assert [one.code for one in view.warnings] == ["kernel_not_found"]
    assert "'julia-0.1'" in view.warnings[0].message
    assert "python3" in view.warnings[0].message
    assert await _listed(server, ana) == [("kernel_not_found", None)]
    _with_kernel(server.root / "sales" / "report.ipynb", "Python3")
    assert await _listed(server, ana) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"parameters": {"regoin": 1}}, "parameter_unknown"),
        ({"event_type": "push"}, "event_type_never"),
        ({"connection": "github"}, "connection_not_found"),
    ],
)
async def test_what_else_is_missing_is_told(server: Any, ana: Caller, fields: dict[str, Any], code: str):
    await server.trigger(**fields)
    assert await _listed(server, ana) == [(code, None)]


async def test_a_connection_that_is_there_is_no_problem(server: Any, ana: Caller):
    await server.project()
    server.notebook("sales/report.ipynb")
    manifest = (
        "project:\n  connections: [{name: github, integration: github}]\n"
        "  triggers: [{name: pulls, connection: github, call: report.ipynb}]\n"
    )
    await server.manifests.apply(ana, manifest, "sales", dry_run=False)
    assert await _listed(server, ana) == []
    without = "project:\n  connections: []\n"
    await server.manifests.apply(ana, without, "sales", dry_run=False)
    assert await _listed(server, ana) == [("connection_not_found", None)]


async def test_a_list_looks_into_each_file_once(server: Any, ana: Caller):
    for number in range(3):
        await server.trigger(f"t{number}", call="broken.ipynb")
    broken = server.root / "sales" / "broken.ipynb"
    broken.write_text("[]" + " " * 400)
    state = broken.stat()

    async def codes() -> list[list[str]]:
        views, _ = await server.trigger_views.listed(ana, limit=5, cursor=None)
        return [[one.code for one in view.problems] for view in views]

    assert await codes() == [["notebook_invalid"]] * 3
    # What was read is known by time and size: other content with the same is not seen.
    broken.write_text(json.dumps({"cells": [], "metadata": {}}).ljust(402))
    os.utime(broken, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert await codes() == [["notebook_invalid"]] * 3
    os.utime(broken)
    assert await codes() == [[]] * 3


async def test_a_notebook_whose_names_cannot_be_saved_is_no_durable_one(server: Any, ana: Caller) -> None:
    trigger = await server.trigger(is_durable=True)
    assert await _listed(server, ana) == []
    path = server.root / "sales" / "report.ipynb"
    content = json.loads(path.read_text())
    content["metadata"] = {"language_info": {"name": "R"}}
    path.write_text(json.dumps(content))
    assert await _listed(server, ana) == [("not_durable", None)]
    with pytest.raises(Invalid, match="a notebook in R") as refused:
        await server.sessions.start(ana, await server.project(), "report.ipynb", is_durable=True)
    assert (refused.value.code, refused.value.details["field"]) == ("not_durable", "is_durable")
    await server.sessions.start(ana, await server.project(), "report.ipynb", is_durable=True, kernel_name="python3")
    await server.triggers.change(ana, trigger.id, {"is_durable": False})
    assert await _listed(server, ana) == []
