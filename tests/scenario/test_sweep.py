"""A sweep over two parameters: so many at once, across a restart, some fail and are run again; one is cancelled midway.

On each database; no kernels: runners are played.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from backfill_side import BackfillSide, counted
from rule_sides import ANA

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid
from notebook_automation.domain.session_options import asked_options
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.services.group_progress import GroupProgress
from notebook_automation.services.session_groups import GroupView
from notebook_automation.services.sweep_turns import SweepTurns
from notebook_automation.services.sweeps import Sweeps, SweepWish
from notebook_automation.store import sessions
from notebook_automation.store.database import Database

AXES = {"region": ["emea", "apac"], "year": [2024, 2025]}


class SweepSide(BackfillSide):
    """A server whose project has a notebook with the parameters region, year and days."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        nb = nbformat.v4.new_notebook()
        cell = nbformat.v4.new_code_cell("region = 'x'\nyear = 1\ndays = 7", metadata={"tags": ["parameters"]})
        nb.cells.append(cell)
        nbformat.write(nb, folder / "sales" / "report.ipynb")
        parked = self.progress._parked
        self.progress = GroupProgress(database, {"sweep": SweepTurns(TreeLimits())}, self.stopping.append, parked)
        self.groups._progress = self.progress
        self.sweeps = Sweeps(self.rules.projects, self.rules.sessions, self.groups)

    async def swept(self, caller: Caller = ANA, **fields: Any) -> GroupView:
        project = await self.rules.projects.at_folder(ANA, "sales")
        wish = {"axes": AXES, "parameters": {"days": "30"}, "at_once": 2, "options": asked_options(), **fields}
        return await self.sweeps.start(caller, project, "report.ipynb", SweepWish(**wish))

    async def states(self, group_id: str) -> list[tuple[Any, Any, str]]:  # type: ignore[override]
        found, _ = await self.sweeps.results(ANA, group_id, after=-1, limit=100)
        return [
            (*view.member.what["parameters"].values(), view.sessions[-1].status if view.sessions else view.member.state)
            for view in found
        ]


async def test_a_sweep_across_a_restart_whose_failures_are_run_again(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    side = SweepSide(open_database(), tmp_path)
    options = asked_options(env={"KEY": {"variable": "STRIPE_KEY"}}, memory="2GiB", tags=["swept"])
    group_id = (await side.swept(options=options)).group.id
    assert len(await side.go_on()) == 2
    assert len(await side.go_on()) == 0
    first = (await side.sessions(group_id))[0]
    assert first.parameters == {"days": 30, "region": "emea", "year": 2024}
    assert (first.env, first.memory, first.tags) == ({"KEY": {"variable": "STRIPE_KEY"}}, 2**31, ("swept",))
    await side.run(1)
    await side.run(1, "failed")

    # The server is started anew.
    side = SweepSide(open_database(), tmp_path)
    assert await side.states(group_id) == [
        ("emea", 2024, "completed"), ("emea", 2025, "failed"), ("apac", 2024, "waiting"), ("apac", 2025, "waiting"),
    ]  # fmt: skip
    with pytest.raises(Conflict) as early:
        await side.sweeps.retry(ANA, group_id)
    assert early.value.code == "group_open"
    assert len(await side.go_on()) == 2
    await side.run(1, "timeout")
    await side.run(1)
    await side.go_on()
    assert (await side.groups.get(ANA, group_id)).group.state == "failed"

    again = await side.sweeps.retry(ANA, group_id)
    assert (again.group.total, again.group.asked["retry_of"]) == (2, group_id)
    await side.go_on()
    assert [one.memory for one in await side.sessions(again.group.id)] == [2**31, 2**31]
    await side.run(2)
    await side.go_on()
    assert await side.states(again.group.id) == [("emea", 2025, "completed"), ("apac", 2024, "completed")]
    assert (await side.groups.get(ANA, again.group.id)).group.state == "completed"
    with pytest.raises(Invalid) as nothing:
        await side.sweeps.retry(ANA, again.group.id)
    assert nothing.value.code == "group_empty"


async def test_a_sweep_cancelled_midway_makes_no_further_sessions(database: Database, tmp_path: Path) -> None:
    side = SweepSide(database, tmp_path)
    view = await side.swept(axes={"year": list(range(10))}, at_once=3)
    await side.go_on()
    running = await side.begin()
    await side.groups.cancel(ANA, view.group.id, running="stop")
    assert side.stopping == [running]
    await side.end(running, "cancelled")
    assert await side.go_on() == []
    assert counted(await side.sessions(view.group.id)) == {"cancelled": 3}
    assert (await side.groups.get(ANA, view.group.id)).group.state == "cancelled"


async def test_what_a_session_sweeps_over_are_its_children_and_end_with_it(database: Database, tmp_path: Path) -> None:
    side = SweepSide(database, tmp_path)
    project = await side.rules.projects.at_folder(ANA, "sales")
    parent = (await side.rules.sessions.start(ANA, project, "report.ipynb")).session.id
    assert await side.begin() == parent
    view = await side.swept(_code(parent, project.id))
    await side.go_on()
    assert {(one.parent_id, one.root_id) for one in await side.sessions(view.group.id)} == {(parent, parent)}
    await database.write(lambda tx: sessions.end(tx, parent, "failed"))
    await side.run(2)
    assert await side.go_on() == []
    members, _ = await side.groups.members(ANA, view.group.id, after=1, limit=10)
    assert [one.member.state for one in members] == ["skipped", "skipped"]
    assert "has ended (failed)" in (members[0].member.reason or "")


def _code(session_id: str, project_id: str) -> Caller:
    return Caller(kind="session", login=session_id, session_id=session_id, project_id=project_id)


async def test_what_does_not_fit_is_refused_before_anything_runs(database: Database, tmp_path: Path) -> None:
    side = SweepSide(database, tmp_path)
    for fields, code in (
        ({"axes": {"year": [2024, "soon"]}}, "parameter_type"),
        ({"axes": {"regoin": ["emea"]}}, "parameter_unknown"),
        ({"at_once": 0}, "group_invalid"),
        ({"parameters": {"dayz": 1}}, "parameter_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            await side.swept(**fields)  # type: ignore[arg-type]
        assert refused.value.code == code
    with pytest.raises(Forbidden):
        await side.swept(_code("ses_other", "prj_other"))
    assert await side.go_on() == []
