"""Sessions of limited triggers come, run, end, are cancelled, lost, parked, woken; policies change; servers restart.

Whatever happens: never more than the threshold run, nobody who could go waits, nobody is forgotten.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from samples import make_project, make_trigger, occurrence_of
from sqlalchemy import Connection, select

from notebook_automation.domain.policies import Policy, parse_policy
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import events, parking, places, session_claims, session_pages, sessions, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.events import Occurrence
from notebook_automation.store.tables.sessions import sessions as table

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "6"))
"""Stories that are tried; a third of them on PostgreSQL."""
COUNTED = ("requested", "scheduled", "running", "canceling")
POLICIES = (
    "1",
    "2",
    "3",
    "1 by region",
    "2, else cancel",
    "1, else cancel running",
    "2 by region, cancel running",
)


def arrival(trigger: Trigger, region: str, priority: int) -> Occurrence:
    occurrence = occurrence_of(trigger)
    now = time.time()
    made = replace(
        occurrence.sessions[0], parameters={"region": region}, is_durable=True, priority=priority,
        queue_at=now - 60 * priority if priority else None,
        config={"trigger": {"policy": trigger.policy.to_dict() if trigger.policy else None}},
    )  # fmt: skip
    return replace(occurrence, sessions=(made,))


class Queue(RuleBasedStateMachine):
    """One limited trigger, as several servers and supervisors see it."""

    open_database: Callable[[], Database]
    claimed = Bundle("claimed")
    running = Bundle("running")
    parked = Bundle("parked")

    def __init__(self) -> None:
        super().__init__()
        self.servers = [self.open_database(), self.open_database()]
        project = make_project(self.servers[0], f"p{time.time_ns()}")
        self.trigger = make_trigger(self.servers[0], project, policy=parse_policy("2"))
        self.ids: set[str] = set()
        self.ended: dict[str, str] = {}
        self.before = 0
        """How many ran when the policy was changed: those go on."""

    def write(self, work: Callable[[Connection], Any], server: int = 0) -> Any:
        return self.servers[server].write_now(work)

    @rule(
        server=st.integers(0, 1),
        some=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([0, 0, 5])), min_size=1, max_size=4),
    )
    def come(self, server: int, some: list[tuple[str, int]]) -> None:
        arrivals = [arrival(self.trigger, region, priority) for region, priority in some]
        self.write(lambda tx: events.accept(tx, arrivals), server)
        self.ids |= {one.sessions[0].id for one in arrivals}

    @rule(target=claimed, server=st.integers(0, 1), limit=st.integers(1, 3))
    def claim(self, server: int, limit: int) -> Any:
        return multiple(*self.write(lambda tx: self._mine(session_claims.claim(tx, f"s{server}", limit, 60.0)), server))

    def _mine(self, found: list[Session]) -> list[Session]:
        return [one for one in found if one.id in self.ids]

    @rule(target=running, session=consumes(claimed))
    def begin(self, session: Session) -> Any:
        begun = self.write(
            lambda tx: session_claims.acquire(
                tx, session.id, session.owner or "", session.attempt, token_hash=session.id, lease=60.0
            )
        )
        return multiple() if begun is None else begun

    @rule(session=consumes(claimed))
    def is_given_back(self, session: Session) -> None:
        self.write(lambda tx: session_claims.unclaim(tx, session.id, session.owner or ""))

    @rule(session=consumes(running), status=st.sampled_from(["completed", "failed", "cancelled"]))
    def end(self, session: Session, status: Any) -> None:
        now = self._status(session.id)
        if now == "canceling" or status != "cancelled":
            self.write(lambda tx: sessions.end(tx, session.id, status, owner=session.owner, attempt=session.attempt), 1)
        else:
            self.write(lambda tx: sessions.end(tx, session.id, "failed"), 1)

    @rule(session=consumes(running))
    def goes_on_after_its_runner_was_lost(self, session: Session) -> None:
        self.write(lambda tx: parking.queue_again(tx, session, session.owner or "", crashed=True, reason="lost"))

    @rule(target=parked, session=consumes(running))
    def park(self, session: Session) -> Any:
        found = self.write(lambda tx: parking.park(tx, session, session.owner or "", wake_at=None))
        return multiple() if found is None else session.id

    @rule(session_id=consumes(parked), server=st.integers(0, 1))
    def wake(self, session_id: str, server: int) -> None:
        self.write(lambda tx: parking.wake(tx, [session_id]), server)

    @rule(number=st.integers(0, 30))
    def cancel(self, number: int) -> None:
        ordered = sorted(self.ids)
        session_id = ordered[number % len(ordered)] if ordered else ""
        if self._status(session_id) in ("requested", "scheduling", "waiting"):
            self.write(lambda tx: sessions.end(tx, session_id, "cancelled", reason="By hand."))

    @rule(policy=st.sampled_from(POLICIES))
    def change(self, policy: str) -> None:
        self.trigger = replace(self.trigger, policy=parse_policy(policy))
        self.write(lambda tx: triggers.change(tx, self.trigger))
        self.before = max(self._counted().values(), default=0)

    @rule(server=st.integers(0, 1))
    def restart(self, server: int) -> None:
        self.servers[server].close()
        self.servers[server] = self.open_database()

    @invariant()
    def never_more_run_than_the_policy_says(self) -> None:
        policy = self.trigger.policy
        assert policy is not None
        for group, number in self._counted().items():
            assert number <= max(policy.threshold, self.before), (group, number)

    @invariant()
    def nobody_waits_where_there_is_room(self) -> None:
        policy = self.trigger.policy
        assert policy is not None
        counted = self._counted()
        for session in self._sessions():
            if session.status == "scheduling":
                assert counted.get(self._group(policy, session), 0) >= policy.threshold, session.id

    @invariant()
    def each_is_there_once_and_an_end_is_an_end(self) -> None:
        found = self._sessions()
        assert {one.id for one in found} == self.ids
        for one in found:
            if one.id in self.ended:
                assert one.status == self.ended[one.id]
            elif one.status in TERMINAL:
                self.ended[one.id] = one.status

    @invariant()
    def places_are_what_the_sessions_are(self) -> None:
        wanted = {"requested": "taken", "scheduled": "taken", "running": "taken", "canceling": "taken",
                  "scheduling": "waiting", "waiting": "ahead"}  # fmt: skip
        known = self.servers[0].read_now(lambda tx: places.of_sessions(tx, self.ids))
        for session in self._sessions():
            [place] = known[session.id]
            if session.status in TERMINAL:
                assert place.status in ("left", "refused")
            else:
                assert place.status == wanted[session.status], session

    def teardown(self) -> None:
        """All that is left ends, one after the other: nobody was forgotten."""
        self.before = 10_000
        for session_id in sorted(self.ids):
            if self._status(session_id) == "waiting":
                self.write(lambda tx, session_id=session_id: parking.wake(tx, [session_id]))
        for _ in range(len(self.ids) + 1):
            for one in self._sessions():
                if one.status in ("requested", "scheduled", "running", "canceling"):
                    status: Any = "failed" if one.status == "running" else "cancelled"
                    self.write(lambda tx, one=one, status=status: sessions.end(tx, one.id, status))
        assert all(one.status in TERMINAL for one in self._sessions())
        for server in self.servers:
            server.close()

    def _sessions(self) -> list[Session]:
        found, _ = self.servers[0].read_now(
            lambda tx: session_pages.listed(tx, limit=1000, cursor=None, trigger_id=self.trigger.id)
        )
        return found

    def _status(self, session_id: str) -> str | None:
        return self.servers[0].read_now(
            lambda tx: tx.execute(select(table.c.status).where(table.c.id == session_id)).scalar()
        )

    def _group(self, policy: Policy, session: Session) -> str:
        return str(policy.group_of(session.parameters))

    def _counted(self) -> dict[str, int]:
        policy = self.trigger.policy
        assert policy is not None
        found: dict[str, int] = {}
        for session in self._sessions():
            if session.status in COUNTED:
                group = self._group(policy, session)
                found[group] = found.get(group, 0) + 1
        return found


def test_whatever_happens_a_policy_holds_and_nobody_is_forgotten(open_database: Callable[[], Database]) -> None:
    told: list[int] = []

    class Here(Queue):
        def teardown(self) -> None:
            super().teardown()
            told.append(len(self.ids))

    first = open_database()
    few = EXAMPLES if first.is_sqlite else max(1, EXAMPLES // 3)
    first.close()
    Here.open_database = staticmethod(open_database)  # type: ignore[assignment]
    given = settings(
        max_examples=few, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    run_state_machine_as_test(Here, settings=given)  # type: ignore[no-untyped-call]
    assert told, "No story came to its end."
