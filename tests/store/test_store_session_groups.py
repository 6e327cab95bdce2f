"""Groups of sessions on each database: never more than so many at once, each member once, cancelled midway."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from group_side import GroupSide
from rule_sides import ANA
from samples import make_project, session_of
from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden, NotFound
from notebook_automation.store import session_groups, session_removal, sessions, waits
from notebook_automation.store.database import Database


@pytest.fixture
def side(database: Database, tmp_path: Path) -> GroupSide:
    return GroupSide(database, tmp_path, make_project(database))


async def test_members_have_their_turns_in_order_so_many_at_once_and_the_group_ends(side: GroupSide) -> None:
    group = await side.asked_for(["a", "b", "nothing", "c", "d"], at_once=2)
    first = await side.go_on()
    assert len(first) == 2
    assert await side.go_on() == []
    view = await side.groups.get(ANA, group.id)
    assert (view.counts.waiting, view.counts.under_way, view.counts.over) == (3, 2, 0)
    await side.end([first[0]])
    second = await side.go_on()
    # The member with nothing to do took no place.
    assert len(second) == 1
    await side.end([first[1], *second])
    third = await side.go_on()
    assert len(third) == 1
    assert (await side.now(group)).state == "running"
    await side.end(third)
    await side.go_on()
    view = await side.groups.get(ANA, group.id)
    assert view.group.state == "completed"
    assert view.group.finished_at is not None
    assert (view.counts.over, dict(view.counts.sessions)) == (5, {"completed": 4})
    assert view.counts.members == {"started": 4, "skipped": 1}
    assert [one.group_position for one in await side.sessions(group)] == [0, 1, 3, 4]
    members, more = await side.groups.members(ANA, group.id, after=-1, limit=3)
    assert [(one.member.name, one.member.state, len(one.sessions)) for one in members] == [
        ("a", "started", 1), ("b", "started", 1), ("nothing", "skipped", 0),
    ]  # fmt: skip
    assert members[2].member.reason == "There was nothing to do."
    assert more == 2
    members, more = await side.groups.members(ANA, group.id, after=2, limit=3)
    assert ([one.member.name for one in members], more) == (["c", "d"], None)


async def test_a_group_of_which_a_session_failed_has_failed_and_a_last_try_counts(side: GroupSide) -> None:
    group = await side.asked_for(["a", "b"])
    made = await side.go_on()
    await side.end([made[0]], "failed")
    await side.end([made[1]])
    await side.go_on()
    assert (await side.now(group)).state == "failed"

    again = await side.asked_for(["a"], at_once=1)
    [first] = await side.go_on()
    await side.end([first], "failed")
    [tried] = await side.sessions(again)

    def try_again(tx: Connection) -> None:
        second = session_of(side.project, group_id=again.id, group_position=0)
        sessions.add(tx, second)
        sessions.set_retried_by(tx, tried.id, second.id)

    await side.database.write(try_again)
    await side.go_on()
    assert (await side.now(again)).state == "running"
    await side.end([(await side.sessions(again))[1].id])
    await side.go_on()
    assert (await side.now(again)).state == "completed"


@pytest.mark.parametrize("running", ["finish", "stop"])
async def test_cancelled_midway_what_is_queued_ends_and_what_runs_is_stopped_or_left(
    side: GroupSide, running: str
) -> None:
    group = await side.asked_for([str(number) for number in range(65)], at_once=60)
    made = await side.go_on()
    assert len(made) == 60
    begun = await side.begin()
    view = await side.groups.cancel(ANA, group.id, running=running)  # type: ignore[arg-type]
    assert view.group.state == "canceling"
    assert view.counts.members == {"started": 60, "cancelled": 5}
    statuses = {one.id: one.status for one in await side.sessions(group)}
    assert statuses.pop(begun) == ("canceling" if running == "stop" else "running")
    assert Counter(statuses.values()) == {"cancelled": 59}
    assert side.stopping == ([begun] if running == "stop" else [])
    assert await side.go_on() == []
    await side.database.write(lambda tx: sessions.end(tx, begun, "cancelled" if running == "stop" else "completed"))
    await side.go_on()
    view = await side.groups.cancel(ANA, group.id, running="stop")
    assert view.group.state == "cancelled"
    assert "ana" in (view.group.reason or "")
    assert view.counts.over == 65


async def test_what_was_left_to_finish_can_be_stopped_later_but_not_the_other_way_round(side: GroupSide) -> None:
    group = await side.asked_for(["a", "b"], at_once=1)
    await side.go_on()
    begun = await side.begin()
    await side.groups.cancel(ANA, group.id, running="finish")
    assert side.stopping == []
    await side.groups.cancel(ANA, group.id, running="stop")
    await side.groups.cancel(ANA, group.id, running="finish")
    assert side.stopping == [begun]
    assert (await side.now(group)).running_on_cancel == "stop"


async def test_the_next_try_of_a_session_of_a_cancelled_group_does_not_run(side: GroupSide) -> None:
    group = await side.asked_for(["a", "b"], at_once=1)
    await side.go_on()
    begun = await side.begin()
    await side.groups.cancel(ANA, group.id, running="finish")

    def fail_and_try_again(tx: Connection) -> None:
        second = session_of(side.project, group_id=group.id, group_position=0)
        sessions.end(tx, begun, "failed")
        sessions.add(tx, second)
        sessions.set_retried_by(tx, begun, second.id)

    await side.database.write(fail_and_try_again)
    await side.go_on()
    assert [one.status for one in await side.sessions(group)] == ["failed", "cancelled"]
    assert (await side.now(group)).state == "cancelled"


async def test_several_servers_let_no_more_go_on_at_once_and_each_member_once(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    databases = [open_database() for _ in range(3)]
    project = make_project(databases[0])
    sides = [GroupSide(database, tmp_path, project) for database in databases]
    group = await sides[0].asked_for([str(number) for number in range(30)], at_once=4)
    most = 0

    async def go_on(side: GroupSide) -> None:
        nonlocal most
        while (await side.now(group)).finished_at is None:
            await side.progress.wake_due(time.time(), 100)
            live = [one for one in await side.sessions(group) if one.finished_at is None]
            most = max(most, len(live))
            for one in live[:1]:
                await side.database.write(lambda tx, one=one: _end_if_live(tx, one.id))  # type: ignore[misc]

    await asyncio.gather(*(go_on(side) for side in sides))
    made = await sides[0].sessions(group)
    assert sorted(one.group_position or 0 for one in made) == list(range(30))
    assert 1 <= most <= 4
    assert (await sides[0].now(group)).state == "completed"


def _end_if_live(tx: Connection, session_id: str) -> None:
    waits.hold(tx, [session_id])
    session = sessions.get(tx, session_id)
    if session is not None and session.status == "requested":
        sessions.end(tx, session_id, "cancelled")


async def test_a_group_that_cannot_go_on_fails_and_holds_up_no_other(side: GroupSide) -> None:
    broken = await side.asked_for(["broken", "a"])
    other = await side.asked_for(["a"])
    [made] = await side.go_on()
    failed = await side.groups.get(ANA, broken.id)
    assert failed.group.state == "failed"
    assert "server's log" in (failed.group.reason or "")
    assert failed.counts.members == {"cancelled": 2}
    assert [one.id for one in await side.sessions(other)] == [made]


async def test_who_may_look_and_cancel(side: GroupSide) -> None:
    group = await side.asked_for(["a"])
    stranger = Caller(kind="session", login="session", session_id="ses_other", project_id="prj_other")
    with pytest.raises(Forbidden):
        await side.groups.get(stranger, group.id)
    with pytest.raises(Forbidden):
        await side.groups.cancel(stranger, group.id, running="stop")
    with pytest.raises(Forbidden):
        await side.groups.members(stranger, group.id, after=-1, limit=5)
    with pytest.raises(Forbidden):
        await side.groups.listed(stranger, limit=5, cursor=None)
    with pytest.raises(NotFound):
        await side.groups.get(ANA, "grp_none")
    own = Caller(kind="session", login="session", session_id="ses_other", project_id=side.project.id)
    assert (await side.groups.get(own, group.id)).group == group


async def test_groups_are_listed_and_deleted_once_their_sessions_are(side: GroupSide) -> None:
    old = await side.asked_for(["a"])
    await side.end(await side.go_on(), "cancelled")
    await side.go_on()
    new = await side.asked_for(["a", "b"])
    found, more = await side.groups.listed(ANA, limit=1, cursor=None)
    assert [view.group.id for view in found] == [new.id]
    found, more = await side.groups.listed(ANA, limit=1, cursor=more)
    assert ([view.group.id for view in found], more) == ([old.id], None)
    found, _ = await side.groups.listed(ANA, limit=5, cursor=None, states=("running",), project="sales")
    assert [view.group.id for view in found] == [new.id]
    later = time.time() + 60.0

    async def removed() -> int:
        return await side.database.write(lambda tx: session_groups.remove_ended(tx, later, 5))

    assert await removed() == 0
    [session] = await side.sessions(old)
    await side.database.write(lambda tx: session_removal.remove(tx, session))
    assert await removed() == 1
    with pytest.raises(NotFound):
        await side.groups.get(ANA, old.id)
