"""Trees of sessions on both databases: their limits, trees that are cancelled, children that end with a parent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples import make_project, running_session
from sqlalchemy import select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden
from notebook_automation.domain.projects import Project
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.domain.sessions import Session
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.projects import Projects
from notebook_automation.services.session_trees import SessionTrees
from notebook_automation.services.sessions import Sessions
from notebook_automation.settings import Settings
from notebook_automation.store import session_claims, session_log, session_trees, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as table

ANA = Caller(kind="user", login="ana")
OPEN = frozenset({"requested", "scheduled", "running", "waiting", "scheduling"})


class Side:
    """The services of one process; ``stopping`` are the sessions whose runners it would tell."""

    def __init__(self, database: Database, folder: Path, limits: TreeLimits | None = None) -> None:
        projects = Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        parked = ParkedResults(
            database, FileBlobs(folder / "blobs"), Seal(folder / "secret.key"), Settings(data_dir=str(folder))
        )
        self.database = database
        self.stopping: list[str] = []
        self.sessions = Sessions(
            database, projects, queued=lambda _: None, stopping=self.stopping.append, parked=parked, tree=limits
        )
        self.trees = SessionTrees(database, stopping=self.stopping.append, parked=parked)

    async def child(self, project: Project, parent: str, **options: Any) -> Session:
        """Start a session as the code of ``parent`` does."""
        code = Caller(kind="session", login="ana", session_id=parent, project_id=project.id)
        return (await self.sessions.start(code, project, "report.py:run", **options)).session

    async def begun(self, project: Project, parent: str, **options: Any) -> Session:
        """The same, and its runner has begun it."""
        made = await self.child(project, parent, **options)

        def work(tx: Any) -> None:
            for other in session_claims.claim(tx, "a", 100, 60.0):
                assert other.id == made.id or session_claims.unclaim(tx, other.id, "a")
            assert session_claims.acquire(tx, made.id, "a", 1, token_hash=made.id, lease=60.0) is not None

        await self.database.write(work)
        return made

    async def end(self, session_id: str, status: Any = "failed") -> None:
        await self.database.write(lambda tx: sessions.end(tx, session_id, status, owner="a", attempt=1))

    async def statuses(self) -> dict[str, str]:
        rows = await self.database.read(lambda tx: tx.execute(select(table.c.id, table.c.status)).all())
        return {row.id: row.status for row in rows}

    async def swept(self) -> None:
        """Do what the engine does once it hears of a change."""
        more = await self.trees.next_time() is not None
        while more:
            _, more = await self.trees.wake_due(0.0, 2)


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    made = make_project(database)
    folder = tmp_path / "sales"
    folder.mkdir()
    (folder / "report.py").write_text("def run(): pass\n")
    database.write_now(lambda tx: tx.exec_driver_sql(f"UPDATE projects SET path = '{folder}'"))
    return Project(id=made.id, name=made.name, path=str(folder), created_at=made.created_at)


@pytest.fixture
def side(database: Database, tmp_path: Path) -> Side:
    return Side(database, tmp_path)


async def test_a_tree_knows_its_top_and_ends_together(side: Side, project: Project):
    top = running_session(side.database, project)
    inner = await side.begun(project, top.id)
    leaf = await side.child(project, inner.id)
    done = await side.begun(project, top.id)
    below_done = await side.child(project, done.id)
    await side.end(done.id, "completed")
    assert {one.root_id for one in (inner, leaf, done, below_done)} == {top.id}
    found = await side.database.read(lambda tx: [session_trees.unended_below(tx, one) for one in (top, inner, done)])
    assert found == [{inner.id, leaf.id, below_done.id}, {leaf.id}, {below_done.id}]

    await side.trees.cancel(ANA, top.id)
    assert await side.statuses() == {
        top.id: "canceling", inner.id: "canceling", leaf.id: "cancelled", done.id: "completed",
        below_done.id: "cancelled",
    }  # fmt: skip
    assert {top.id, inner.id} <= set(side.stopping)
    log = await side.database.read(lambda tx: session_log.read(tx, leaf.id, 0, 9))
    assert f"Cancelled by ana, together with {top.id}, which started it." in [line.text for line in log]
    for parent in (top, inner):
        with pytest.raises(Conflict, match="being cancelled together"):
            await side.child(project, parent.id)
    assert await side.trees.next_time() is None


async def test_a_part_of_a_tree_is_cancelled_alone(side: Side, project: Project):
    top = running_session(side.database, project)
    inner, other = await side.begun(project, top.id), await side.begun(project, top.id)
    leaf = await side.child(project, inner.id)
    await side.trees.cancel(ANA, inner.id)
    statuses = await side.statuses()
    assert [statuses[one.id] for one in (top, inner, leaf, other)] == ["running", "canceling", "cancelled", "running"]
    # The others may go on to start sessions.
    assert (await side.child(project, other.id)).status == "requested"


async def test_without_its_children_only_one_session_is_cancelled(side: Side, project: Project):
    top = running_session(side.database, project)
    child = await side.child(project, top.id)
    await side.sessions.cancel(ANA, top.id)
    # What it does at its end may start others.
    cleanup = await side.child(project, top.id)
    await side.end(top.id, "cancelled")
    await side.swept()
    assert await side.statuses() == {top.id: "cancelled", child.id: "requested", cleanup.id: "requested"}
    with pytest.raises(Conflict, match="has ended"):
        await side.child(project, top.id)


@pytest.mark.parametrize("status", ["completed", "failed", "abandoned", "timeout", "cancelled"])
async def test_children_end_with_their_parent_where_that_was_said(side: Side, project: Project, status: str):
    top = running_session(side.database, project)
    kept = await side.begun(project, top.id)
    bound = await side.begun(project, top.id, on_parent_end="cancel")
    queued = await side.child(project, top.id, on_parent_end="cancel")
    below = await side.child(project, bound.id, on_parent_end="cancel")
    assert await side.trees.next_time() is None
    if status == "cancelled":
        await side.sessions.cancel(ANA, top.id)
    await side.end(top.id, status)
    assert await side.trees.next_time() == 0.0
    await side.swept()
    expected = {
        top.id: status,
        kept.id: "running",
        bound.id: "canceling",
        queued.id: "cancelled",
        below.id: "requested",
    }
    assert await side.statuses() == expected
    assert bound.id in side.stopping
    session = await side.database.read(lambda tx: sessions.get(tx, queued.id))
    assert session is not None
    assert session.reason == f"Cancelled: {top.id}, which started it, has ended ({status})."
    # Its own children go once it has ended.
    await side.end(bound.id, "cancelled")
    await side.swept()
    assert (await side.statuses())[below.id] == "cancelled"
    # Whoever wants one again wants it whatever became of its parent.
    again = (await side.sessions.retry(ANA, queued.id)).session
    await side.swept()
    assert (again.root_id, (await side.statuses())[again.id]) == (top.id, "requested")


async def test_a_tree_has_its_limits(database: Database, tmp_path: Path, project: Project):
    side = Side(database, tmp_path, TreeLimits(levels=3, most=3))
    top = running_session(database, project)
    second = await side.begun(project, top.id)
    third = await side.begun(project, second.id)
    with pytest.raises(Conflict, match="3 levels") as deep:
        await side.child(project, third.id)
    assert deep.value.code == "tree_too_deep"
    await side.child(project, top.id)
    with pytest.raises(Conflict, match="3 sessions of this tree") as full:
        await side.child(project, second.id)
    assert full.value.code == "tree_full"
    await side.end(third.id)
    await side.child(project, second.id)


async def test_a_session_cancels_nothing_of_another_project(side: Side, project: Project):
    top = running_session(side.database, project)
    child = await side.child(project, top.id)
    other = make_project(side.database, "other")
    side.database.write_now(
        lambda tx: tx.execute(table.update().where(table.c.id == child.id).values(project_id=other.id))
    )
    code = Caller(kind="session", login="ana", session_id=top.id, project_id=project.id)
    with pytest.raises(Forbidden):
        await side.trees.cancel(code, top.id)
    assert await side.statuses() == {top.id: "running", child.id: "requested"}
    assert await side.trees.next_time() is None


async def test_what_is_started_while_a_tree_is_cancelled_is_cancelled_or_refused(
    open_database: Callable[[], Database], tmp_path: Path, project: Project, pytestconfig: pytest.Config
):
    one, two = Side(open_database(), tmp_path), Side(open_database(), tmp_path)
    for seed in range(max(1, int(pytestconfig.getoption("--races")) // 4)):
        chance = random.Random(seed)
        top = running_session(one.database, project)
        parents = [top.id, *[(await one.begun(project, top.id)).id for _ in range(2)]]
        wanted = chance.choices(parents, k=6)

        async def start(side: Side, parent: str) -> Session | None:
            try:
                return await side.child(project, parent)
            except Conflict:
                return None

        starting = [start(chance.choice((one, two)), parent) for parent in wanted]
        starting.insert(chance.randrange(7), two.trees.cancel(ANA, top.id))  # type: ignore[arg-type]
        made = await asyncio.gather(*starting)
        statuses = await one.statuses()
        tree = {*parents, *[child.id for child in made if child is not None]}
        assert not {one for one in tree if statuses[one] in OPEN}, (seed, statuses)
