"""Whatever happens to events, rules and servers: no accepted event without its enforcements, none lost, none twice."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from rule_sides import ANA, RuleSide, posted
from sqlalchemy import Connection, select

from notebook_automation.store import events, parking, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.events import events as event_table
from notebook_automation.store.tables.sessions import sessions as session_table

WEEK = 8 * 86400.0
NAMES = st.sampled_from(["one", "two", "three"])
_projects = itertools.count(1)

# What a rule asks of an event with the number n, as CEL and as Python: None where it cannot be decided.
CONDITIONS: dict[str, Callable[[int], bool | None]] = {
    "data.json.n > 2": lambda n: n > 2,
    "data.json.n % 2 == 0": lambda n: n % 2 == 0,
    "data.json.nothing": lambda n: None,
    "true": lambda n: True,
}
COLLECT = st.sampled_from(
    [None, None, {"batch": "1h", "max_events": 2}, {"debounce": "1h", "key": "data.json.n % 2"}, {"batch": "1h"}]
)
RULES = st.fixed_dictionaries(
    {
        "call": st.just("a.ipynb"), "condition": st.sampled_from(["any", "all"]), "enabled": st.booleans(),
        "conditions": st.lists(st.sampled_from([*CONDITIONS]), max_size=3), "collect": COLLECT,
    }
)  # fmt: skip


def matches(definition: dict[str, Any], n: int) -> bool:
    """Whether a rule is to run something for an event: what its definition says, computed another way."""
    results = [CONDITIONS[text](n) for text in definition["conditions"]]
    if not definition["enabled"]:
        return False
    return True in results or not results if definition["condition"] == "any" else all(results)


class Story(RuleBasedStateMachine):
    """What may happen; two servers work on one database."""

    databases: list[Database]
    folder: Path

    def run(self, work: Any) -> Any:
        return asyncio.run(work)

    @initialize()
    def begin(self) -> None:
        self.place = f"p{next(_projects)}"
        (self.folder / self.place).mkdir()
        self.sides = [RuleSide(database, self.folder) for database in self.databases]
        self.trigger = self.run(self.sides[0].registered(self.place, filter="data.json.n > 2"))
        own = {"enabled": True, "condition": "all", "conditions": ["data.json.n > 2"], "collect": None}
        self.rules: dict[str, dict[str, Any]] = {self.trigger.ref: own}
        self.accepted: dict[str, dict[str, bool]] = {}
        self.collected: dict[str, set[str]] = {}

    def changed(self) -> None:
        # As every server hears of a change by the stream of changes.
        for side in self.sides:
            side.events.forget_triggers()

    @rule(name=NAMES, definition=RULES, which=st.integers(0, 1))
    def set_rule(self, name: str, definition: dict[str, Any], which: int) -> None:
        self.run(self.sides[which].rules.put(ANA, self.trigger.id, name, definition))
        self.rules[f"{self.trigger.ref}/{name}"] = definition
        self.changed()

    @rule(name=NAMES, which=st.integers(0, 1))
    def remove_rule(self, name: str, which: int) -> None:
        if self.rules.pop(f"{self.trigger.ref}/{name}", None) is not None:
            self.run(self.sides[which].rules.remove(ANA, self.trigger.id, name))
            self.changed()

    @rule(numbers=st.lists(st.integers(0, 5), min_size=1, max_size=4), which=st.integers(0, 1))
    def deliver(self, numbers: list[int], which: int) -> None:
        async def at_once() -> list[Any]:
            deliveries = (self.sides[which].events.deliver(self.trigger.slug, posted({"n": n})) for n in numbers)
            return await asyncio.gather(*deliveries)

        for n, receipt in zip(numbers, self.run(at_once()), strict=True):
            self.accepted[receipt.event_id] = {ref: matches(one, n) for ref, one in self.rules.items()}
            self.collected[receipt.event_id] = {ref for ref, one in self.rules.items() if one["collect"]}

    @rule(hours=st.sampled_from([0.0, 1.5, 20.0]), which=st.integers(0, 1))
    def pass_time(self, hours: float, which: int) -> None:
        self.run(self.sides[which].held.wake_due(time.time() + hours * 3600, 50))

    @rule(which=st.integers(0, 1))
    def cancel_one_that_collects(self, which: int) -> None:
        due = self.databases[which].read_now(lambda tx: parking.due(tx, time.time() + WEEK, 1, of=("scheduling",)))
        for session_id in due:
            self.run(self.sides[which].sessions.cancel(ANA, session_id))

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        self.sides[which] = RuleSide(self.databases[which], self.folder)

    @invariant()
    def every_event_has_its_enforcements_and_each_that_matched_one_session(self) -> None:
        if getattr(self, "accepted", None):
            self.databases[0].read_now(self.look)

    def look(self, tx: Connection) -> None:
        held: dict[tuple[str, str], int] = {}
        for row in tx.execute(select(session_table).where(session_table.c.project_id == self.trigger.project_id)):
            session = sessions.session_of(row)
            for one in events.collected_for(tx, session):
                held[one.id, session.id] = held.get((one.id, session.id), 0) + 1
        for event_id, expected in self.accepted.items():
            decided = {one.rule_ref: one for one in events.enforcements_of(tx, event_id)}
            assert {ref: one.matched for ref, one in decided.items()} == expected
            for ref, one in decided.items():
                assert (one.session_id is not None) == expected[ref]
                if one.session_id is None:
                    continue
                session = sessions.get(tx, one.session_id)
                assert session is not None
                if ref in self.collected[event_id]:
                    assert held.pop((event_id, session.id)) == 1
                else:
                    assert (session.event_id, session.status) == (event_id, "requested")
        assert not held, "nothing else was collected"

    def teardown(self) -> None:
        if not getattr(self, "accepted", None):
            return
        while self.run(self.sides[0].held.wake_due(time.time() + WEEK, 50))[1]:
            pass
        self.databases[0].read_now(self.look)
        of_project = session_table.c.project_id == self.trigger.project_id
        statuses = self.databases[0].read_now(
            lambda tx: {row.status for row in tx.execute(select(session_table).where(of_project))}
        )
        assert statuses <= {"requested", "cancelled"}


def test_stories_of_rules_events_times_and_restarts(open_database: Callable[[], Database], tmp_path: Path) -> None:
    databases = [open_database(), open_database()]
    run_state_machine_as_test(
        type("Here", (Story,), {"databases": databases, "folder": tmp_path}),
        settings=settings(max_examples=15, stateful_step_count=12, suppress_health_check=[*HealthCheck]),
    )
    assert databases[0].read_now(lambda tx: tx.execute(select(event_table.c.id).limit(1)).all()), "some came"
