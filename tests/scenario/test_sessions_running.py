"""A session from its request to its end: what runs, with what, and what is kept of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notebook_automation.domain.access import Caller

if TYPE_CHECKING:
    from notebook_automation.domain.sessions import Session

    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")


async def test_a_notebook_runs_with_its_parameters_and_all_it_made_is_kept(stand: Stand) -> None:
    (stand.project_folder / "input.csv").write_text("a\n1\n")
    (stand.project_folder / "shop.py").write_text("def tax(x):\n    return x * 2\n")
    stand.notebook(
        "reports/report.ipynb",
        "%trigger nightly --cron '0 6 * * *'\nimport shop",
        ("region = 'none'\nrate = 1", "parameters"),
        "print(region, shop.tax(rate))\nopen('out.csv', 'w').write('x\\n1\\n')",
        "open('../input.csv').read()",
        "import pathlib; pathlib.Path('sub').mkdir(); pathlib.Path('sub/deep.txt').write_text('deep')",
    )
    session = await stand.run("reports/report.ipynb", parameters={"region": "emea"}, report="html")
    assert (session.status, session.reason, session.error) == ("completed", None, None)
    assert (session.current_cell, session.total_cells, session.kernel_name) == (6, 6, "python3")
    assert session.started_at is not None
    assert session.duration is not None
    assert session.owner is not None
    assert session.file_saved_at == (stand.project_folder / "reports/report.ipynb").stat().st_mtime

    made = await stand.artifacts(session.id)
    assert set(made) == {"report.ipynb", "report.html", "out.csv", "sub/deep.txt"}
    assert made["out.csv"].type == "file_datatable"
    assert made["out.csv"].ref == "sales/reports/report.ipynb/out.csv"
    assert made["out.csv"].retention_policy == "days"
    assert made["out.csv"].expires_at is not None
    assert made["out.csv"].folder.startswith("by hand/")
    assert made["out.csv"].folder.endswith(session.id[-4:])
    assert await stand.content(session.id, "sub/deep.txt") == b"deep"
    assert b"emea 2" in await stand.content(session.id, "report.html")

    nb = await stand.executed(session.id, "report.ipynb")
    assert nb.metadata.language_info.name == "python"
    assert nb.metadata.papermill.parameters == {"region": "emea"}
    assert nb.cells[3].outputs[0].text == "emea 2\n"
    assert "a\\n1\\n" in nb.cells[4].outputs[0].data["text/plain"]

    log = await stand.log(session.id)
    assert log[0] == ("start", "reports/report.ipynb started.")
    assert ("print", "emea 2") in log
    assert ("artifact", "out.csv") in log
    assert log[-1] == ("completion", "completed")
    cells = await stand.services.sessions.cells(ANA, session.id)
    assert [cell.status for cell in cells] == ["ok"] * 6
    assert cells[3].execution_count == 4
    await stand.cleared(session.id)


async def test_mapped_values_are_fitted_and_checked_as_those_that_a_person_gives(stand: Stand) -> None:
    cell = "id, postcode = 0, '01067'\nif True:\n    größe: float = 1.5"
    stand.notebook("mapped.ipynb", (cell, "parameters"), "print([id, postcode, größe])")
    mapping = {"id": "data.id", "postcode": "data.postcode", "größe": "data.size"}
    fields = {"name": "mapped", "type": "manual", "call": "mapped.ipynb"}
    await stand.services.triggers.save(ANA, stand.project, {**fields, "mapping": mapping}, replace_existing=False)

    async def fired(**data: Any) -> Session:
        receipt = await stand.services.events.fire(ANA, "sales/mapped", data=data)
        return await stand.ended(receipt.session_ids[0])

    session = await fired(id=2**64 - 1, postcode=4109, size="2.5")
    assert (session.status, session.reason) == ("completed", None)
    nb = await stand.executed(session.id, "mapped.ipynb")
    assert nb.cells[-1].outputs[0].text == f"[{2**64 - 1}, '4109', 2.5]\n"
    wrong = await fired(id="x", postcode="", size=1)
    assert wrong.status == "failed"
    assert "'id' is string 'x', but the parameters cell has integer" in (wrong.reason or "")
    stand.notebook("mapped.ipynb", ("id = 0", "parameters"), "print(id)")
    gone = await fired(id=1, postcode="", size=1)
    assert gone.status == "failed"
    assert "parameters cell has no 'postcode'" in (gone.reason or "")


async def test_a_second_run_makes_second_versions_and_stores_unchanged_files_once(stand: Stand) -> None:
    stand.notebook("twice.ipynb", "open('made.txt', 'w').write('same')")
    first = await stand.run("twice.ipynb")
    second = await stand.run("twice.ipynb")
    one, two = (await stand.artifacts(first.id))["made.txt"], (await stand.artifacts(second.id))["made.txt"]
    assert (one.version, two.version) == (1, 2)
    assert one.blob == two.blob
    assert first.snapshot_id == second.snapshot_id is not None


async def test_a_cell_error_fails_the_session_and_says_where(stand: Stand) -> None:
    stand.notebook("bad.ipynb", ("raise KeyError('known')", "raises-exception"), "1 / 0", "print('never')")
    session = await stand.run("bad.ipynb")
    assert session.status == "failed"
    assert session.reason == "ZeroDivisionError: division by zero"
    error = session.error
    assert error is not None
    assert (error.ename, error.cell_index, error.cell_source) == ("ZeroDivisionError", 1, "1 / 0")
    assert error.cell_number == 2
    assert any(text.startswith("Cell 2 of 3: 1 / 0") for kind, text in await stand.log(session.id) if kind == "cell")
    assert "division by zero" in error.traceback[-1]
    cells = await stand.services.sessions.cells(ANA, session.id)
    assert [cell.status for cell in cells] == ["ok", "error", "pending"]
    nb = await stand.executed(session.id, "bad.ipynb")
    assert any(output.output_type == "error" for cell in nb.cells for output in cell.get("outputs", []))
    assert ("error", "ZeroDivisionError: division by zero") in await stand.log(session.id)


async def test_handlers_are_left_out_of_a_whole_run_and_run_alone_after_their_set_up(stand: Stand) -> None:
    stand.notebook(
        "hooks.ipynb",
        "greeting = 'hello'",
        "%%trigger one --webhook\nprint('one', greeting)",
        "name = 'world'",
        "%%trigger two --webhook\nimport notebook_automation as na\nprint('two', greeting, name, na.params.n, n)",
        "print('the end')",
    )
    whole = await stand.run("hooks.ipynb")
    prints = [text for kind, text in await stand.log(whole.id) if kind == "print"]
    assert whole.status == "completed"
    assert prints == ["the end"]
    assert whole.total_cells == 3
    two = await stand.run("hooks.ipynb:two", parameters={"n": 7})
    prints = [text for kind, text in await stand.log(two.id) if kind == "print"]
    assert (two.status, two.reason) == ("completed", None)
    assert prints == ["two hello world 7 7"]
    missing = await stand.run("hooks.ipynb:three")
    assert missing.status == "failed"
    assert missing.reason == "hooks.ipynb has no handler 'three'. It has: one, two."


async def test_a_function_gets_the_event_and_its_return_value_is_the_result(stand: Stand) -> None:
    (stand.project_folder / "jobs").mkdir(exist_ok=True)
    (stand.project_folder / "jobs" / "program.py").write_text(
        "import asyncio\n"
        "def on_order(event):\n    print('order', event.data.number)\n"
        "    return {'number': event.data.number, 'x': [1, None]}\n"
        "async def later():\n    await asyncio.sleep(0)\n    return {1, }\n"
        "def told(event, session_id, region='emea', *, limit=1):\n    return [bool(event), session_id, region, limit]\n"
        "def own_loop():\n    asyncio.run(asyncio.sleep(0))\n    return asyncio.run(later()).pop()\n"
    )
    fields = {"name": "orders", "type": "manual", "call": "jobs/program.py:on_order", "keep": "2 versions"}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=False)
    receipt = await stand.services.events.fire(ANA, "sales/orders", data={"number": 5})
    session = await stand.ended(receipt.session_ids[0])
    assert (session.status, session.reason) == ("completed", None)
    assert session.result == {"number": 5, "x": [1, None]}
    assert session.trigger_ref == "sales/orders"
    made = (await stand.artifacts(session.id))["program.ipynb"]
    assert made.ref == "sales/orders/program.ipynb"
    assert made.folder.startswith("orders/")
    assert (made.retention_policy, made.retention_limit, made.expires_at) == ("versions", 2, None)
    counted = (await stand.services.trigger_views.get(ANA, "sales/orders")).trigger
    assert (counted.success_count, counted.failure_count) == (1, 0)

    later = await stand.run("jobs/program.py:later")
    assert (later.status, later.result) == ("completed", "{1}")
    told = await stand.run("jobs/program.py:told", parameters={"limit": 5})
    assert told.result == [False, told.id, "emea", 5]
    own_loop = await stand.run("jobs/program.py:own_loop")
    assert (own_loop.reason, own_loop.result) == (None, 1)
    missing = await stand.run("jobs/program.py:nothing")
    assert missing.reason == "jobs/program.py has no function 'nothing'. It has: on_order, later, told, own_loop."


async def test_what_cannot_be_run_fails_with_a_sentence(stand: Stand) -> None:
    stand.notebook("other.ipynb", "1", kernel="no-such-kernel")
    session = await stand.run("other.ipynb")
    assert session.status == "failed"
    assert session.reason is not None
    assert session.reason.startswith("There is no kernel 'no-such-kernel' on this machine. Installed: ")
    vanishing = stand.notebook("vanishing.ipynb", "1")
    await stand.server.engine.stop()
    session_id = await stand.start("vanishing.ipynb")
    vanishing.unlink()
    await stand.server.engine.start()
    reason = (await stand.ended(session_id)).reason or ""
    assert reason.startswith("There is no file 'vanishing.ipynb' in the project"), reason


async def test_the_kernel_gets_what_it_may_have_and_a_token_for_as_long_as_it_runs(
    stand: Stand, tmp_path: Path
) -> None:
    stand.notebook(
        "look.ipynb",
        "import json, os, stat, pathlib\n"
        "context = pathlib.Path(os.environ['NOTEBOOK_AUTOMATION_CONTEXT'])\n"
        "seen = {'env': dict(os.environ), 'cwd': os.getcwd(), 'mode': stat.S_IMODE(context.stat().st_mode),\n"
        "        'context': json.loads(context.read_text())}\n"
        f"pathlib.Path({str(tmp_path / 'seen.json')!r}).write_text(json.dumps(seen))",
    )
    session = await stand.run("look.ipynb")
    assert session.status == "completed"
    import json

    seen = json.loads((tmp_path / "seen.json").read_text())
    env = seen["env"]
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in env
    assert env["NOTEBOOK_AUTOMATION_SESSION"] == session.id
    assert env["NOTEBOOK_AUTOMATION_URL"].endswith("/api/v1")
    assert env["NOTEBOOK_AUTOMATION_TOKEN"].startswith("nas_")
    assert len(env["NOTEBOOK_AUTOMATION_TOKEN"]) == 47
    assert seen["mode"] == 0o600
    assert seen["cwd"].endswith(f"{session.id}/work")
    assert Path(env["NOTEBOOK_AUTOMATION_CONTEXT"]).parent.name == session.id
    assert seen["context"]["session"]["id"] == session.id
    assert seen["context"]["event"] is None
    with pytest.raises(Exception, match="not, or no longer"):
        await stand.services.session_code.caller_of(env["NOTEBOOK_AUTOMATION_TOKEN"])


async def test_the_files_of_its_start_run_whatever_happens_to_the_live_ones(stand: Stand, tmp_path: Path) -> None:
    go = tmp_path / "go"
    (stand.project_folder / "data.txt").write_text("old")
    path = stand.notebook(
        "still.ipynb",
        f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.02)",
        "print(open('data.txt').read()); open('data.txt', 'w').write('changed by the session')",
    )
    session_id = await stand.start("still.ipynb")
    await stand.running_cell(session_id, 1)
    path.unlink()
    (stand.project_folder / "data.txt").write_text("new")
    go.touch()
    session = await stand.ended(session_id)
    assert session.status == "completed"
    assert ("print", "old") in await stand.log(session_id)
    assert (stand.project_folder / "data.txt").read_text() == "new"
    assert await stand.content(session_id, "data.txt") == b"changed by the session"

    retried = (await stand.services.sessions.retry(ANA, session_id)).session
    again = await stand.ended(retried.id)
    assert again.status == "completed"
    assert again.retry_of == session_id
    assert again.snapshot_id == session.snapshot_id
    assert ("print", "old") in await stand.log(retried.id)


async def test_much_output_is_cut_in_the_log_with_a_mark(stand: Stand) -> None:
    stand.notebook(
        "much.ipynb", "for n in range(5000): print(n)\nprint('x' * 9000)", "import sys; print('e', file=sys.stderr)"
    )
    session = await stand.run("much.ipynb")
    found, after = [], 0
    while part := await stand.services.sessions.log(ANA, session.id, after=after, limit=500):
        found.extend(part)
        after = part[-1].seq
    assert sum(line.kind == "print" for line in found) == 2000
    assert any("More was printed" in line.text for line in found if line.kind == "state")
    nb = await stand.executed(session.id, "much.ipynb")
    assert "4999\n" in nb.cells[0].outputs[0].text


async def test_what_failed_is_tried_again_until_it_is_mended(stand: Stand) -> None:
    stand.notebook("flaky.ipynb", "1 / 0")
    retry = {"max_attempts": 20, "base_delay": 1, "factor": 1, "jitter": 0}
    fields = {"name": "flaky", "type": "manual", "call": "flaky.ipynb", "retry": retry}
    await stand.services.triggers.save(ANA, stand.project, fields, replace_existing=False)
    receipt = await stand.services.events.fire(ANA, "sales/flaky", data={"n": 1})
    first = session = await stand.ended(receipt.session_ids[0])
    assert (first.status, first.tries, first.event_id) == ("failed", 0, receipt.event_id)
    stand.notebook("flaky.ipynb", "print('mended')")
    while session.retried_by is not None:
        before, session = session, await stand.ended(session.retried_by)
        assert (before.status, session.retry_of) == ("failed", before.id)
        assert (session.tries, session.event_id) == (before.tries + 1, first.event_id)
    assert (session.status, session.reason) == ("completed", None)
    assert ("print", "mended") in await stand.log(session.id)
    assert session.tries >= 1
