"""Policies where it counts: in the transaction that stores a session, frees a place, or changes the policy."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from samples import add_session, make_project, make_trigger, occurrence_of, session_of
from sqlalchemy import Connection, select

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.policies import Place, parse_policy
from notebook_automation.domain.project_policies import defined_policy
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import (
    events,
    parking,
    places,
    policy_queues,
    project_policies,
    session_claims,
    sessions,
    triggers,
)
from notebook_automation.store.database import Database
from notebook_automation.store.events import Occurrence
from notebook_automation.store.tables.sessions import sessions as table

T = TypeVar("T")
BURST = int(os.environ.get("TEST_BURST", "120"))
"""Events that come at once; 5,000 take some minutes."""
RUNS = ("scheduled", "running", "canceling")


def limited(database: Database, project: Project, policy: str, name: str = "orders", **fields: Any) -> Trigger:
    return make_trigger(database, project, name, policy=parse_policy(policy), **fields)


def arrival(trigger: Trigger, dedupe_key: str | None = None, **fields: Any) -> Occurrence:
    """An event of ``trigger`` whose session was made by its definition, as it is in memory."""
    occurrence = occurrence_of(trigger, dedupe_key)
    policy = None if trigger.policy is None else trigger.policy.to_dict()
    made = replace(occurrence.sessions[0], config={"trigger": {"policy": policy}}, **fields)
    return replace(occurrence, sessions=(made,))


def arrive(database: Database, *occurrences: Occurrence) -> list[str]:
    database.write_now(lambda tx: events.accept(tx, occurrences))
    return [one.sessions[0].id for one in occurrences]


def read(database: Database, session_id: str) -> Session:
    found = database.read_now(lambda tx: sessions.get(tx, session_id))
    assert found is not None
    return found


def statuses(database: Database, ids: list[str]) -> list[str]:
    return [read(database, session_id).status for session_id in ids]


def place(database: Database, session_id: str) -> Place:
    [found] = database.read_now(lambda tx: places.of_sessions(tx, [session_id]))[session_id]
    return found


def claim(database: Database, limit: int = 50) -> list[Session]:
    return database.write_now(lambda tx: session_claims.claim(tx, "a", limit, 60.0))


def end(database: Database, session_id: str, status: Any = "cancelled") -> None:
    database.write_now(lambda tx: sessions.end(tx, session_id, status))


def begin(database: Database, session: Session) -> Session:
    begun = database.write_now(
        lambda tx: session_claims.acquire(
            tx, session.id, session.owner or "", session.attempt, token_hash=session.id, lease=60.0
        )
    )
    assert begun is not None
    return begun


# at once --------------------------------------------------------------------------------------------------------


def test_as_many_as_the_policy_says_may_run_and_the_others_wait_in_order(database: Database) -> None:
    trigger = limited(database, make_project(database), "2")
    ids = arrive(database, *(arrival(trigger) for _ in range(5)))
    assert statuses(database, ids) == ["requested"] * 2 + ["scheduling"] * 3
    assert [place(database, one).position for one in ids] == [None, None, 1, 2, 3]
    assert "at most 2 at once" in (read(database, ids[4]).reason or "")
    assert read(database, ids[0]).reason is None
    assert [one.id for one in claim(database)] == ids[:2]
    assert claim(database) == []


def test_one_that_ends_or_is_cancelled_lets_the_next_go(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    ids = arrive(database, *(arrival(trigger) for _ in range(4)))
    [first] = claim(database)
    end(database, ids[1])
    assert statuses(database, ids) == ["scheduled", "cancelled", "scheduling", "scheduling"]
    begin(database, first)
    end(database, first.id, "completed")
    assert statuses(database, ids) == ["completed", "cancelled", "requested", "scheduling"]
    end(database, ids[2])
    assert statuses(database, ids)[3] == "requested"


def test_each_group_has_its_own_places(database: Database) -> None:
    trigger = limited(database, make_project(database), "1 by region")
    regions = ["emea", "emea", "apac", None, None]
    given = [{} if region is None else {"region": region} for region in regions]
    ids = arrive(database, *(arrival(trigger, parameters=one) for one in given))
    assert statuses(database, ids) == ["requested", "scheduling", "requested", "requested", "scheduling"]
    assert "region=emea" in (read(database, ids[1]).reason or "")
    end(database, ids[2])
    assert statuses(database, ids)[1] == "scheduling"
    end(database, ids[0])
    assert statuses(database, ids)[1] == "requested"


def test_what_came_twice_takes_one_place(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    one = arrival(trigger, "key")
    arrive(database, one)
    arrive(database, replace(arrival(trigger, "key")))
    assert database.read_now(lambda tx: places.queue_of(tx, trigger.id)) == (1, 0)


def test_a_session_started_by_hand_for_the_trigger_and_a_retry_are_counted_too(database: Database) -> None:
    project = make_project(database)
    trigger = limited(database, project, "1")
    arrive(database, arrival(trigger))
    by_hand = session_of(project, trigger_id=trigger.id, trigger_ref=trigger.ref)
    assert database.write_now(lambda tx: sessions.add(tx, by_hand)).status == "scheduling"
    other = add_session(database, project)
    assert read(database, other.id).status == "requested"


def test_a_session_that_is_queued_again_keeps_its_place(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    ids = arrive(database, arrival(trigger), arrival(trigger))
    [first] = claim(database)
    assert database.write_now(lambda tx: session_claims.unclaim(tx, first.id, first.owner or ""))
    assert statuses(database, ids) == ["requested", "scheduling"]


def test_one_that_is_parked_counts_no_more_and_waits_for_its_turn_when_it_goes_on(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    ids = arrive(database, *(arrival(trigger, is_durable=True) for _ in range(3)))
    first = begin(database, claim(database)[0])
    database.write_now(lambda tx: parking.park(tx, first, first.owner or "", wake_at=None))
    assert statuses(database, ids) == ["waiting", "requested", "scheduling"]
    [woken] = database.write_now(lambda tx: parking.wake(tx, [first.id]))
    assert (woken.status, woken.attempt) == ("scheduling", 2)
    # It came before the third.
    end(database, ids[1])
    assert statuses(database, ids) == ["requested", "cancelled", "scheduling"]


def test_a_next_try_gets_its_place_when_its_time_has_come(database: Database) -> None:
    project = make_project(database)
    trigger = limited(database, project, "1")
    [running] = arrive(database, arrival(trigger))
    tried = session_of(
        project, trigger_id=trigger.id, trigger_ref=trigger.ref, status="scheduling", tries=1, reason="It failed.",
        wake_at=time.time() - 1,
    )  # fmt: skip
    assert database.write_now(lambda tx: sessions.add(tx, tried)).reason == "It failed."
    assert database.read_now(lambda tx: places.queue_of(tx, trigger.id)) == (1, 0)
    [woken] = database.write_now(lambda tx: parking.wake(tx, [tried.id]))
    assert woken.status == "scheduling"
    assert woken.wake_at is None
    end(database, running)
    assert read(database, tried.id).status == "requested"


# what is cancelled ----------------------------------------------------------------------------------------------


def test_where_the_policy_cancels_the_new_one_it_ends_with_the_reason(database: Database) -> None:
    trigger = limited(database, make_project(database), "1, else cancel")
    ids = arrive(database, arrival(trigger), arrival(trigger))
    assert statuses(database, ids) == ["requested", "cancelled"]
    refused = read(database, ids[1])
    assert refused.reason == "Cancelled by the policy of sales/orders: at most 1 at once, and there were so many."
    assert refused.finished_at is not None
    assert place(database, ids[1]).status == "refused"
    end(database, ids[0])
    assert statuses(database, arrive(database, arrival(trigger))) == ["requested"]


def test_where_the_policy_cancels_the_running_one_the_newest_runs_after_it(database: Database) -> None:
    trigger = limited(database, make_project(database), "1, else cancel running")
    [first] = arrive(database, arrival(trigger))
    begin(database, claim(database)[0])
    later = arrive(database, arrival(trigger))
    latest = arrive(database, arrival(trigger))
    assert statuses(database, [first, *later, *latest]) == ["canceling", "cancelled", "scheduling"]
    assert "a newer one came" in (read(database, first).reason or "")
    end(database, first, "cancelled")
    assert statuses(database, latest) == ["requested"]


def test_one_that_nobody_has_claimed_yet_makes_room_for_a_newer_one_at_once(database: Database) -> None:
    trigger = limited(database, make_project(database), "1, else cancel running")
    ids = arrive(database, *(arrival(trigger) for _ in range(3)))
    ids += arrive(database, arrival(trigger))
    assert statuses(database, ids) == ["cancelled", "cancelled", "cancelled", "requested"]


# in a period ----------------------------------------------------------------------------------------------------


def test_of_a_period_as_many_begin_and_the_next_when_the_first_is_out_of_it(database: Database) -> None:
    trigger = limited(database, make_project(database), "2/hour")
    before = time.time()
    ids = arrive(database, *(arrival(trigger) for _ in range(4)))
    assert statuses(database, ids) == ["requested"] * 2 + ["scheduling"] * 2
    end(database, ids[0])
    assert statuses(database, ids)[2:] == ["scheduling"] * 2
    due = database.read_now(policy_queues.next_due)
    assert due is not None
    assert before + 3590 < due < time.time() + 3610
    assert place(database, ids[2]).due_at == due

    def settle_at(now: float) -> list[str]:
        def work(tx: Connection) -> list[str]:
            return policy_queues.settle(tx, policy_queues.due(tx, now, 10), now=now)

        return database.write_now(work)

    assert settle_at(due - 1) == []
    assert settle_at(due + 1) == ids[2:]
    assert database.read_now(policy_queues.next_due) is None


def test_the_first_of_a_period_that_is_cancelled_leaves_the_time_to_the_next(database: Database) -> None:
    trigger = limited(database, make_project(database), "1/hour")
    ids = arrive(database, *(arrival(trigger) for _ in range(3)))
    due = database.read_now(policy_queues.next_due)
    end(database, ids[1])
    assert place(database, ids[2]).due_at == due


def test_a_policy_that_has_a_period_no_more_waits_for_no_time(database: Database) -> None:
    trigger = limited(database, make_project(database), "1/hour")
    ids = arrive(database, *(arrival(trigger) for _ in range(3)))
    change(database, trigger, "2")
    assert statuses(database, ids) == ["requested", "requested", "scheduling"]
    assert database.read_now(policy_queues.next_due) is None
    change(database, replace(trigger, policy=parse_policy("2")), "2/hour")
    assert database.read_now(policy_queues.next_due) is not None
    change(database, replace(trigger, policy=parse_policy("2/hour")), "2")
    assert statuses(database, ids)[2] == "scheduling"
    assert database.read_now(policy_queues.next_due) is None


# priorities -----------------------------------------------------------------------------------------------------


def test_one_of_a_higher_priority_is_next_and_one_that_waits_long_enough_is_before_it(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    now = time.time()
    [running] = arrive(database, arrival(trigger))
    usual = arrival(trigger, created_at=now)
    old = arrival(trigger, created_at=now - 400)
    urgent = arrival(trigger, created_at=now, priority=5, queue_at=now - 300)
    ids = arrive(database, usual, old, urgent)
    assert [place(database, one).position for one in ids] == [3, 1, 2]
    end(database, running)
    assert statuses(database, ids) == ["scheduling", "requested", "scheduling"]


def test_a_claim_takes_sessions_of_a_priority_as_if_they_had_come_earlier(database: Database) -> None:
    project = make_project(database)
    now = time.time()
    made = [session_of(project, created_at=now - 90 + n) for n in range(4)]
    urgent = session_of(project, created_at=now, priority=1, queue_at=now - 87.5)
    most = session_of(project, created_at=now, priority=9, queue_at=now - 540)
    for one in (*made, urgent, most):
        database.write_now(lambda tx, one=one: sessions.add(tx, one))  # type: ignore[misc]
    taken = [claim(database, 2), claim(database, 2), claim(database, 2)]
    wanted = [{most.id, made[0].id}, {made[1].id, made[2].id}, {urgent.id, made[3].id}]
    assert [{one.id for one in some} for some in taken] == wanted


# changes of the policy ------------------------------------------------------------------------------------------


def change(database: Database, trigger: Trigger, policy: str | None) -> None:
    changed = replace(trigger, policy=None if policy is None else parse_policy(policy))
    database.write_now(lambda tx: triggers.change(tx, changed))


def test_a_higher_threshold_lets_more_go_and_a_lower_one_stops_nobody(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    ids = arrive(database, *(arrival(trigger) for _ in range(4)))
    change(database, trigger, "3")
    assert statuses(database, ids) == ["requested"] * 3 + ["scheduling"]
    change(database, trigger, "1")
    assert statuses(database, ids) == ["requested"] * 3 + ["scheduling"]
    end(database, ids[0])
    assert statuses(database, ids)[3] == "scheduling"


@pytest.mark.parametrize("how", ["taken off", "deleted"])
def test_without_its_policy_all_that_wait_go(database: Database, how: str) -> None:
    trigger = limited(database, make_project(database), "1")
    ids = arrive(database, *(arrival(trigger) for _ in range(3)))
    if how == "deleted":
        database.write_now(lambda tx: triggers.remove(tx, trigger.id))
    else:
        change(database, trigger, None)
    assert statuses(database, ids) == ["requested"] * 3


def test_a_new_policy_counts_what_runs_and_holds_back_what_has_not_begun(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    ids = arrive(database, *(arrival(trigger) for _ in range(4)))
    begun = [begin(database, one).id for one in claim(database, 1)]
    change(database, trigger, "2")
    assert statuses(database, ids) == ["running", "requested", "scheduling", "scheduling"]
    # What waits already is not cancelled by a policy that came later.
    change(database, replace(trigger, policy=parse_policy("2")), "2, else cancel")
    assert statuses(database, ids) == ["running", "requested", "scheduling", "scheduling"]
    end(database, begun[0], "completed")
    assert statuses(database, ids)[2] == "requested"


def test_a_policy_that_counts_by_other_parameters_sorts_its_queue_anew(database: Database) -> None:
    trigger = limited(database, make_project(database), "1")
    regions = ["emea", "emea", "apac"]
    ids = arrive(database, *(arrival(trigger, parameters={"region": one}) for one in regions))
    change(database, trigger, "1 by region")
    assert statuses(database, ids) == ["requested", "scheduling", "requested"]


# policies of a project ------------------------------------------------------------------------------------------


def project_policy(
    database: Database, project: Project, policy: str, name: str = "calm", call: str | None = None
) -> str:
    fields = {"policy": policy, "call": call}

    def work(tx: Connection) -> str:
        old = next((one for one in project_policies.of_project(tx, project.id) if one.name == name), None)
        made = defined_policy(project, name, fields, old)
        project_policies.save(tx, project.id, [made])
        return made.id

    return database.write_now(work)


def test_a_policy_of_a_project_counts_all_that_runs_in_it_however_it_was_started(database: Database) -> None:
    project, other = make_project(database), make_project(database, "other")
    project_policy(database, project, "2")
    ids = arrive(database, arrival(make_trigger(database, project)))
    ids += [add_session(database, project).id for _ in range(2)]
    ids += [add_session(database, other).id]
    assert statuses(database, ids) == ["requested", "requested", "scheduling", "requested"]
    assert "the policy of sales/calm" in (read(database, ids[2]).reason or "")
    end(database, ids[0])
    assert statuses(database, ids)[2] == "requested"


def test_a_queue_is_listed_in_its_order_with_the_position_in_each_group(database: Database) -> None:
    project = make_project(database)
    policy = project_policy(database, project, "1 by region")
    regions = ["emea", "emea", "apac", "apac", "emea"]
    ids = [add_session(database, project, parameters={"region": region}).id for region in regions]
    found = database.read_now(lambda tx: places.queued(tx, policy, 10))
    assert [(session.id, place.group, place.position) for place, session in found] == [
        (ids[1], {"region": "emea"}, 1), (ids[3], {"region": "apac"}, 1), (ids[4], {"region": "emea"}, 2),
    ]  # fmt: skip
    assert all("lets at most 1 at once for region=" in (session.reason or "") for _, session in found)
    [(place, _)] = database.read_now(lambda tx: places.queued(tx, policy, 1))
    assert place.session_id == ids[1]
    end(database, ids[0])
    found = database.read_now(lambda tx: places.queued(tx, policy, 10))
    assert [(session.id, place.position) for place, session in found] == [(ids[3], 1), (ids[4], 1)]


def test_a_policy_of_a_file_counts_its_handlers_too_and_nothing_else(database: Database) -> None:
    project = make_project(database)
    project_policy(database, project, "1", call="report.ipynb")
    calls = ["report.ipynb", "report.ipynb:load", "other.ipynb"]
    ids = [add_session(database, project, call=call).id for call in calls]
    assert statuses(database, ids) == ["requested", "scheduling", "requested"]


def test_who_is_limited_twice_takes_one_place_after_the_other(database: Database) -> None:
    project = make_project(database)
    project_policy(database, project, "2")
    trigger = limited(database, project, "1")
    by_hand = [add_session(database, project).id for _ in range(2)]
    ids = arrive(database, *(arrival(trigger) for _ in range(2)))
    assert statuses(database, [*by_hand, *ids]) == ["requested", "requested", "scheduling", "scheduling"]
    first, second = (database.read_now(lambda tx, one=one: places.of_sessions(tx, [one]))[one] for one in ids)  # type: ignore[misc]
    assert [one.status for one in first] == ["taken", "waiting"]
    assert [one.status for one in second] == ["waiting", "ahead"]
    assert "the policy of sales/calm" in (read(database, ids[0]).reason or "")
    end(database, by_hand[0])
    assert statuses(database, ids) == ["requested", "scheduling"]
    end(database, by_hand[1])
    assert statuses(database, ids) == ["requested", "scheduling"]
    end(database, ids[0])
    assert statuses(database, ids) == ["cancelled", "requested"]


def test_who_is_refused_by_the_second_policy_gives_the_place_of_the_first_back(database: Database) -> None:
    project = make_project(database)
    project_policy(database, project, "1, else cancel")
    trigger = limited(database, project, "1")
    by_hand = add_session(database, project).id
    [refused] = arrive(database, arrival(trigger))
    assert statuses(database, [refused]) == ["cancelled"]
    end(database, by_hand)
    assert statuses(database, arrive(database, arrival(trigger))) == ["requested"]


def test_a_policy_of_a_project_that_is_set_or_deleted_counts_anew(database: Database) -> None:
    project = make_project(database)
    trigger = limited(database, project, "3")
    ids = arrive(database, *(arrival(trigger) for _ in range(4)))
    assert statuses(database, ids) == ["requested"] * 3 + ["scheduling"]
    policy_id = project_policy(database, project, "1")
    assert statuses(database, ids) == ["requested"] + ["scheduling"] * 3
    assert project_policy(database, project, "2") == policy_id
    assert statuses(database, ids) == ["requested"] * 2 + ["scheduling"] * 2
    database.write_now(lambda tx: project_policies.save(tx, project.id, [], [policy_id]))
    assert statuses(database, ids) == ["requested"] * 3 + ["scheduling"]
    [waiting] = database.read_now(lambda tx: places.of_sessions(tx, ids))[ids[3]]
    assert (waiting.policy_ref, waiting.position) == (trigger.ref, 1)


# many at once ---------------------------------------------------------------------------------------------------


def test_a_burst_over_several_servers_and_supervisors_never_runs_more_than_the_policy_says(
    database: Database, open_database: Callable[[], Database]
) -> None:
    trigger = limited(database, make_project(database), "3")
    servers, supervisors = [open_database() for _ in range(2)], [open_database() for _ in range(2)]
    per_server, at_a_time = BURST // 2, 20
    most: list[int] = []
    done: Counter[str] = Counter()
    all_in, stopped = threading.Event(), threading.Event()
    lock = threading.Lock()

    def serve(server: Database) -> None:
        for _ in range(per_server // at_a_time):
            some = [arrival(trigger) for _ in range(at_a_time)]
            again(lambda some=some: server.write_now(lambda tx: events.accept(tx, some)))  # type: ignore[misc]

    def supervise(number: int) -> None:
        mine = supervisors[number]
        while not stopped.is_set():
            finished = all_in.is_set()
            claimed = again(lambda: mine.write_now(lambda tx: session_claims.claim(tx, f"s{number}", 4, 60.0)))
            if not claimed and finished and not _open(mine):
                return
            most.append(mine.read_now(_running))
            for one in claimed:
                again(lambda one=one: begin(mine, one))  # type: ignore[misc]
                most.append(mine.read_now(_running))
                again(lambda one=one: end(mine, one.id, "completed"))  # type: ignore[misc]
                with lock:
                    done[one.id] += 1

    with ThreadPoolExecutor(4) as pool:
        takers = [pool.submit(supervise, number) for number in range(2)]
        try:
            for sender in [pool.submit(serve, server) for server in servers]:
                sender.result()
            all_in.set()
            for taker in takers:
                taker.result()
        finally:
            stopped.set()
    assert max(most) <= 3
    assert len(done) == 2 * per_server
    assert set(done.values()) == {1}
    assert database.read_now(lambda tx: places.queue_of(tx, trigger.id)) == (0, 0)


def again(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, once the database takes it: nothing was stored where it did not answer in time."""
    while True:
        try:
            return work()
        except Unavailable:
            continue


def _running(tx: Connection) -> int:
    return len(tx.execute(select(table.c.id).where(table.c.status.in_(RUNS))).all())


def _open(database: Database) -> bool:
    query = select(table.c.id).where(table.c.status.in_(("requested", "scheduling", *RUNS))).limit(1)
    return database.read_now(lambda tx: tx.execute(query).first()) is not None
