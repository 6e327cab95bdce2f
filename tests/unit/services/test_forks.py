"""A durable session that ended is gone on from a checkpoint by a new one: what is kept, and what refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint, SavedName
from notebook_automation.domain.errors import AutomationError, Conflict, Invalid, NotFound, Unavailable
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import SESSION_ID, Session, Status
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.domain.steps import Step
from notebook_automation.domain.waits import SUBSCRIPTION_ID, WAIT_ID, Subscription, Wait
from notebook_automation.services.checkpoint_chain import copied, verify
from notebook_automation.services.edited_notebooks import edited_notebook, notebook_of_call
from notebook_automation.services.step_results import StepResults
from notebook_automation.services.waits import Question
from notebook_automation.store import checkpoints, session_log, sessions, snapshots, steps, subscriptions, waits
from notebook_automation.store.checkpoints import StoredContent
from notebook_automation.store.tables.checkpoints import checkpoints as checkpoint_table

SOURCES = ("a = 1", "b = a + 1", "import notebook_automation as na\nna.sleep(3600)\nc = b", "d = c / 0")
PLACES = ((1, 0, 1), (2, 0, 1), (3, 0, 3), (3, 1, 3), (3, 2, 3))
"""Cell index, piece and pieces of what has run; the cell at 0 is not run, the last one failed."""


class Forked:
    """A session that failed in its fourth cell, with a checkpoint after each piece before it."""

    def __init__(self, server: Any, session: Session, saved: Sequence[Checkpoint]) -> None:
        self.server = server
        self.session = session
        self.saved = saved

    async def fork(self, caller: Caller, **how: Any) -> tuple[Session, list[Checkpoint]]:
        new = (await self.server.forks.fork(caller, self.session.id, **how)).session
        assert self.server.queued[-1] == new.id
        return new, await self.server.database.read(lambda tx: checkpoints.of_session(tx, new.id))


@pytest.fixture
def notebook(server: Any) -> Path:
    path = Path(server.notebook("sales/report.ipynb", None, "skipped", *SOURCES))
    content = json.loads(path.read_text())
    content["cells"][0]["metadata"]["tags"] = ["skip-execution"]
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
async def failed(server: Any, ana: Caller, notebook: Path) -> Forked:
    return await ended(server, notebook)


async def ended(server: Any, notebook: Path, status: Status = "failed", **changed: Any) -> Forked:
    project = await server.project()
    blob, size = server.blobs.put_bytes(notebook.read_bytes())
    snapshot = snapshot_of([SnapshotFile(path="report.ipynb", blob=blob, size=size)])
    session = Session(
        id=SESSION_ID.new(), project_id=project.id, project=project.name, call="report.ipynb", status=status,
        created_at=100.0, started_by="ana", is_durable=True, snapshot_id=snapshot.id,
    )  # fmt: skip
    hashes = notebook_of_call(server.root / "sales", "report.ipynb", None, {}).sources
    rows = [
        Checkpoint(
            id=CHECKPOINT_ID.new(), session_id=session.id, number=number, attempt=1, cell_index=cell, piece=piece,
            pieces=pieces, sources=hashes[cell, piece], manifest="m" * 40, outputs=str(number) * 40,
            names=(SavedName(name="a", type="int", size=28, text="1"),), created_at=50.0,
        )
        for number, (cell, piece, pieces) in enumerate(PLACES)
    ]  # fmt: skip
    rows[-1] = replace(rows[-1], **changed)
    saved = copied(rows, session, server.seal)
    cells = [Cell(index=0, id="0", source_head="skipped", status="skipped")]
    cells += [Cell(index=index, id=str(index), source_head="", status="ok") for index in (1, 2, 3)]
    cells += [Cell(index=4, id="4", source_head="", status="error")]

    def work(tx: Any) -> None:
        snapshots.add(tx, snapshot)
        sessions.add(tx, session)
        session_log.set_cells(tx, session.id, cells)
        for one in saved:
            checkpoints.add(tx, one, {one.outputs: StoredContent("b" * 64, 3, 31)})

    server.database.write_now(work)
    return Forked(server, session, saved)


async def test_what_failed_goes_on_from_its_last_checkpoint(server: Any, ana: Caller, failed: Forked) -> None:
    new, kept = await failed.fork(ana)
    old = failed.session
    assert (new.retry_of, new.forked_from, new.snapshot_id) == (old.id, old.id, old.snapshot_id)
    assert (new.status, new.is_durable) == ("requested", True)
    assert (old.requester, new.requester, new.came_by) == (None, "ana", "person")
    assert [(one.number, one.cell_index, one.piece) for one in kept] == [(n, *p[:2]) for n, p in enumerate(PLACES)]
    verify(kept, new.project_id, server.seal)
    content = await server.database.read(lambda tx: checkpoints.content_of(tx, new.id))
    assert set(content) == {one.outputs for one in failed.saved}
    cells = await server.sessions.cells(ana, new.id)
    assert [cell.index for cell in cells] == [1, 2, 3]
    log = await server.sessions.log(ana, new.id, after=0, limit=9)
    assert log[-1].text == f"It goes on from the checkpoint of {old.id} after cell 3."


@pytest.mark.parametrize(
    ("how", "numbers"),
    [({}, {"kept": 0, "beyond": 0}), ({"from_cell": 3}, {"kept": 0}), ({"edited": True}, {"kept": 0, "beyond": -1})],
)
async def test_steps_that_are_done_stay_done_but_for_cells_that_are_to_run_again(
    server: Any, ana: Caller, failed: Forked, notebook: Path, how: dict[str, Any], numbers: dict[str, int]
) -> None:
    old = failed.session
    sealing = StepResults(server.projects.cipher)
    done = [
        Step(
            cell_index=cell, piece=0, name=name, nth=0, number=0, status="done", fingerprint="f", idempotency_key="k",
            tries=1, started_at=1.0, result=b"result",
        )
        for cell, name in ((2, "kept"), (4, "beyond"))
    ]  # fmt: skip
    server.database.write_now(lambda tx: steps.write(tx, old.id, done, sealing.sealed(old.id)))
    if how.pop("edited", False):
        content = json.loads(notebook.read_text())
        content["cells"][3]["source"] = f"{SOURCES[2]} + 1"
        how = {"notebook": json.dumps(content).encode()}
    new, _ = await failed.fork(ana, **how)
    found = await server.database.read(lambda tx: steps.of_session(tx, new.id, sealing.opened(new.id)))
    assert {step.name: step.number for step in found} == numbers
    assert {step.result for step in found} == {b"result"}


@pytest.mark.parametrize(("cell", "numbers"), [(1, 0), (2, 1), (3, 2), (4, 5)])
async def test_it_runs_again_from_a_cell_as_the_log_counts_them(
    ana: Caller, failed: Forked, cell: int, numbers: int
) -> None:
    _, kept = await failed.fork(ana, from_cell=cell)
    assert len(kept) == numbers
    with pytest.raises(NotFound, match="cells 1 to 4"):
        await failed.fork(ana, from_cell=5)


@pytest.mark.parametrize(
    ("cell", "source", "numbers"),
    [(4, "d = c", 5), (3, f"{SOURCES[2]} + 1", 4), (2, "b = 0", 1), (1, "a = 0", 0), (0, "still skipped", 5)],
)
async def test_cells_are_kept_up_to_the_first_that_was_edited(
    server: Any, ana: Caller, failed: Forked, notebook: Path, cell: int, source: str, numbers: int
) -> None:
    content = json.loads(notebook.read_text())
    content["cells"][cell]["source"] = source
    edited = json.dumps(content).encode()
    new, kept = await failed.fork(ana, notebook=edited)
    assert len(kept) == numbers
    snapshot = await server.database.read(lambda tx: snapshots.get(tx, new.snapshot_id))
    assert server.blobs.path(snapshot.files[0].blob).read_bytes() == edited
    # The same with the file as it is in the project now.
    notebook.write_bytes(edited)
    new, kept = await failed.fork(ana, files="now")
    assert (len(kept), new.snapshot_id) == (numbers, None)


async def test_cells_are_kept_and_steps_found_where_others_are_put_between(
    server: Any, ana: Caller, failed: Forked, notebook: Path
) -> None:
    content = json.loads(notebook.read_text())
    ids = [str(index) for index in range(5)]
    for cell, cell_id in zip(content["cells"], ids, strict=True):
        cell["id"] = cell_id
    text = {"cell_type": "markdown", "id": "text", "source": "# A title", "metadata": {}}
    content["cells"].insert(4, {**content["cells"][4], "id": "new", "source": "c = 2"})
    content["cells"].insert(1, text)
    step = Step(
        cell_index=4, piece=0, name="pay", nth=0, number=0, status="done", fingerprint="f", idempotency_key="k",
        tries=1, started_at=1.0,
    )  # fmt: skip
    server.database.write_now(lambda tx: steps.write(tx, failed.session.id, [step], lambda _: None))
    new, kept = await failed.fork(ana, notebook=json.dumps(content).encode())
    assert [(one.cell_index, one.piece) for one in kept] == [(2, 0), (3, 0), (4, 0), (4, 1), (4, 2)]
    verify(kept, new.project_id, server.seal)
    assert [cell.index for cell in await server.sessions.cells(ana, new.id)] == [2, 3, 4]
    # The cell that failed has moved on by two; what it has done goes with it.
    [moved] = await server.database.read(lambda tx: steps.of_session(tx, new.id))
    assert moved.cell_index == 6


async def test_what_could_not_be_saved_is_not_gone_on_from(server: Any, ana: Caller, notebook: Path) -> None:
    cut = await ended(server, notebook, obstacle="`conn` is a socket")
    with pytest.raises(Conflict, match="not resumable past cell 3, because `conn` is a socket"):
        await cut.fork(ana)
    _, kept = await cut.fork(ana, from_cell=3)
    assert len(kept) == 2


async def test_a_checkpoint_that_was_changed_is_refused(server: Any, ana: Caller, failed: Forked) -> None:
    change = update(checkpoint_table).where(checkpoint_table.c.number == 1).values(manifest="f" * 40)
    server.database.write_now(lambda tx: tx.execute(change))
    before = len(server.queued)
    with pytest.raises(Unavailable, match="Checkpoint 1"):
        await failed.fork(ana)
    assert len(server.queued) == before


@pytest.mark.parametrize(
    ("status", "how", "code"),
    [
        ("running", {"from_cell": 2}, "session_state"), ("completed", {}, "session_state"),
        ("waiting", {}, "session_state"), ("waiting", {"from_cell": 2}, None), ("completed", {"from_cell": 2}, None),
        ("abandoned", {}, None), ("timeout", {}, None), ("cancelled", {}, None),
    ],
)  # fmt: skip
async def test_what_has_ended_is_resumed_and_what_waits_can_be_forked(
    server: Any, ana: Caller, notebook: Path, status: Status, how: dict[str, Any], code: str | None
) -> None:
    one = await ended(server, notebook, status)
    if code is None:
        await one.fork(ana, **how)
        return
    with pytest.raises(Conflict) as refused:
        await one.fork(ana, **how)
    assert refused.value.code == code


async def test_only_durable_sessions_whose_checkpoints_are_kept_are_gone_on_from(
    server: Any, ana: Caller, failed: Forked
) -> None:
    server.database.write_now(lambda tx: checkpoints.remove(tx, failed.session.id))
    with pytest.raises(Conflict) as gone:
        await failed.fork(ana)
    assert gone.value.code == "checkpoints_gone"
    plain = replace(failed.session, id=SESSION_ID.new(), is_durable=False)
    server.database.write_now(lambda tx: sessions.add(tx, plain))
    with pytest.raises(AutomationError) as refused:
        await server.forks.fork(ana, plain.id)
    assert refused.value.code == "session_not_durable"


async def test_checkpoints_are_listed_by_the_numbers_of_their_cells(ana: Caller, failed: Forked) -> None:
    new, _ = await failed.fork(ana, from_cell=3)
    found = await failed.server.checkpoints.listed(ana, new.id)
    assert [(one.cell, one.is_kept) for one in found] == [(1, True), (2, True)]
    assert found[0].checkpoint.names[0].text == "1"


async def test_what_was_listened_to_is_listened_to_where_it_goes_on(server: Any, ana: Caller, failed: Forked) -> None:
    """A session's subscriptions end with it; its variables have their ids."""
    old = failed.session
    made = [
        Subscription(
            id=SUBSCRIPTION_ID.new(), session_id=old.id, cell_index=cell, piece=0, nth=nth,
            project_id=old.project_id or "", event_type="paid", filter="true", created_at=20.0, ended_at=ended_at,
        )
        for cell, nth, ended_at in ((1, 0, None), (1, 1, 40.0), (1, 2, 55.0), (4, 0, None))
    ]  # fmt: skip
    kept, _, later, beyond = made
    answered = [
        Wait(
            id=WAIT_ID.new(), session_id=old.id, cell_index=4, piece=0, nth=nth, kind="next_event", created_at=56.0,
            question={"subscriptions": [one.id], "filter": None, "of": ["paid"]}, status="answered",
            answer={"event_id": f"evt_{nth}"},
        )
        for nth, one in enumerate((kept, beyond))
    ]  # fmt: skip

    def work(tx: Any) -> None:
        for one in made:
            subscriptions.add(tx, one)
        for wait in answered:
            waits.add(tx, wait, [])
        waits.end_open(tx, old.id, now=60.0)

    await server.database.write(work)
    assert not await server.database.read(subscriptions.anybody_listens)
    new, _ = await failed.fork(ana)
    found = await server.database.read(lambda tx: subscriptions.of_session(tx, new.id))
    assert {one.known_as for one in found.values()} == {kept.id, later.id}
    assert [(one.event_type, one.filter, one.ended_at) for one in found.values()] == [("paid", "true", None)] * 4
    own = found[kept.id]
    assert own == found[own.id]
    assert own.id not in {one.id for one in made}
    assert await server.database.read(subscriptions.anybody_listens)
    # The cell that was cut off finds what had come; anywhere else it waits for what comes from now on.
    code = Caller(kind="session", login="x", session_id=new.id, project_id=new.project_id)
    for nth, status in ((0, "answered"), (1, "open")):
        question = Question(kind="next_event", position=(4, 0, nth), subscriptions=[kept.id])
        view = await server.waits.ask(code, new.id, question)
        assert (view.wait.status, view.wait.question["subscriptions"]) == (status, [own.id])
    # A fork of the fork still has the first one's variables.
    await server.database.write(lambda tx: sessions.change_status(tx, new.id, "requested", "cancelled", None))
    await server.database.write(lambda tx: waits.end_open(tx, new.id, now=70.0))
    again = (await server.forks.fork(ana, new.id)).session
    found = await server.database.read(lambda tx: subscriptions.of_session(tx, again.id))
    assert {one.known_as for one in found.values()} == {kept.id, later.id}
    code = replace(code, session_id=again.id)
    await server.subscriptions.unsubscribe(code, again.id, kept.id)
    found = await server.database.read(lambda tx: subscriptions.of_session(tx, again.id))
    assert found[kept.id].ended_at is not None
    assert found[later.id].ended_at is None


PARAMETERISED = ("import math", "region = 'emea'\nfactor = 1", "rows = [region]", "print(rows, region, factor)")


async def parameterised(server: Any, *, parameters: dict[str, Any], asks: str = "") -> Forked:
    """Return a completed session with a parameters cell, a checkpoint after each cell."""
    cells = (PARAMETERISED[0] + asks, *PARAMETERISED[1:])
    path = Path(server.notebook("sales/report.ipynb", None, *cells))
    content = json.loads(path.read_text())
    content["cells"][1]["metadata"]["tags"] = ["parameters"]
    path.write_text(json.dumps(content))
    project = await server.project()
    blob, size = server.blobs.put_bytes(path.read_bytes())
    snapshot = snapshot_of([SnapshotFile(path="report.ipynb", blob=blob, size=size)])
    session = Session(
        id=SESSION_ID.new(), project_id=project.id, project=project.name, call="report.ipynb", status="completed",
        created_at=100.0, started_by="ana", is_durable=True, snapshot_id=snapshot.id, parameters=parameters,
    )  # fmt: skip
    ran = notebook_of_call(server.root / "sales", "report.ipynb", None, parameters)
    rows = [
        Checkpoint(
            id=CHECKPOINT_ID.new(), session_id=session.id, number=number, attempt=1, cell_index=index, piece=0,
            pieces=1, sources=ran.sources[index, 0], manifest="m" * 40, outputs="0" * 40, created_at=50.0,
        )
        for number, index in enumerate(ran.ids)
    ]  # fmt: skip
    saved = copied(rows, session, server.seal)
    done = [Cell(index=index, id=cell_id, source_head="", status="ok") for index, cell_id in ran.ids.items()]
    steps_done = [
        Step(
            cell_index=index, piece=0, name=str(index), nth=0, number=0, status="done", fingerprint="f",
            idempotency_key="k", tries=1, started_at=1.0, result=b"result",
        )
        for index in ran.ids
    ]  # fmt: skip

    def work(tx: Any) -> None:
        snapshots.add(tx, snapshot)
        sessions.add(tx, session)
        session_log.set_cells(tx, session.id, done)
        for one in saved:
            checkpoints.add(tx, one, {one.outputs: StoredContent("b" * 64, 3, 31)})
        steps.write(tx, session.id, steps_done, StepResults(server.projects.cipher).sealed(session.id))

    server.database.write_now(work)
    return Forked(server, session, saved)


def runs(server: Any, new: Session) -> list[str]:
    """Return the sources of the cells that ``new`` runs or has kept, in order."""
    snapshot = server.database.read_now(lambda tx: snapshots.get(tx, new.snapshot_id))
    content = server.blobs.path(snapshot.files[0].blob).read_text()
    return ["".join(cell["source"]) for cell in json.loads(content)["cells"]]


@pytest.mark.parametrize("before", [{}, {"region": "emea"}])
async def test_another_parameter_has_all_from_the_cell_that_sets_it_run_again(
    server: Any, ana: Caller, before: dict[str, Any]
) -> None:
    forked = await parameterised(server, parameters=before)
    new, kept = await forked.fork(ana, parameters={"region": "apac"})
    assert new.parameters == {"region": "apac"}
    assert [one.cell_index for one in kept] == [0, 1], "its default is what it was"
    [*_, last] = await server.sessions.log(ana, new.id, after=0, limit=9)
    assert last.text.endswith("Other parameters: region; all from the cell that sets them runs again.")
    # What asks for parameters before they are set may have got others.
    asking = await parameterised(server, parameters=before, asks="\nprint(na.params)")
    new, kept = await asking.fork(ana, parameters={"region": "apac"})
    assert not kept
    # The same value is none other: there is nothing to run.
    with pytest.raises(Conflict, match="nothing left to run"):
        await forked.fork(ana, parameters=before)
    for wrong in ({"regoin": "apac"}, {"factor": "many"}):
        with pytest.raises(AutomationError, match=r"regoin|factor"):
            await forked.fork(ana, parameters=wrong)


@pytest.mark.parametrize(("before", "last"), [({}, 4), ({"region": "emea"}, 5)])
async def test_from_a_cell_on_a_parameter_is_another_and_what_is_before_is_kept(
    server: Any, ana: Caller, before: dict[str, Any], last: int
) -> None:
    forked = await parameterised(server, parameters=before)
    new, kept = await forked.fork(ana, from_cell=last, parameters={"region": "apac", "factor": "2"})
    assert new.parameters == {"region": "apac", "factor": 2}
    put_in = runs(server, new)[3]
    assert put_in.endswith('region = "apac"\nfactor = 2\n')
    ran = edited_notebook(
        server.blobs.path(server.database.read_now(lambda tx: snapshots.get(tx, new.snapshot_id)).files[0].blob)
        .read_bytes(), new.call, None, new.parameters,
    )  # fmt: skip
    # Cells 0 to 1 and 3 have run, at 2 is the one that sets the parameters, at 4 the one that was put in.
    assert kept[-1].cell_index == 3
    assert all(one.sources == ran.sources[one.cell_index, 0] for one in kept)
    verify(kept, new.project_id, server.seal)
    sealing = StepResults(server.projects.cipher)
    carried = await server.database.read(lambda tx: steps.of_session(tx, new.id, sealing.opened(new.id)))
    assert max(step.cell_index for step in carried) == 3
    [*_, line] = await server.sessions.log(ana, new.id, after=0, limit=9)
    assert line.text.endswith(
        "Other parameters from there on: factor, region; what is kept was made with those before."
    )


async def test_from_the_parameters_cell_on_no_cell_is_put_in(server: Any, ana: Caller) -> None:
    forked = await parameterised(server, parameters={"region": "emea"})
    new, kept = await forked.fork(ana, from_cell=2, parameters={"region": "apac"})
    assert (new.snapshot_id, [one.cell_index for one in kept]) == (forked.session.snapshot_id, [0])
    with pytest.raises(Invalid, match="not both"):
        await forked.fork(ana, notebook=b"{}", parameters={"region": "apac"})
