"""What a policy's decision costs, by how many wait: when a session comes, when one ends, and what no policy costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.policies import parse_policy
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.store import events, places, policy_queues, projects, session_pages, sessions, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.events import Occurrence
from tests.benchmarks.table import Table, median, milliseconds, percentile

QUEUED = (0, 1_000, 10_000)
REPEATS = 200
_POLICIES = {"at once": "3", "each of 100 groups": "3 by region", "in an hour": "3/hour"}


def run() -> Table:
    """Fill queues of a SQLite database, and measure each decision within a transaction, without its commit."""
    rows = []
    for name, policy in _POLICIES.items():
        for queued in QUEUED:
            with tempfile.TemporaryDirectory(prefix="na-policies-") as folder:
                database = Database(f"sqlite:///{Path(folder) / 'automation.db'}")
                database.migrate()
                rows.append((f"{name}, {queued:,} wait", *_timed(database, policy, queued)))
                database.close()
    return Table(
        title="A policy's decision (goal: at most 1 ms with 10,000 queued)",
        columns=("policy", "a session comes", "p99", "without a policy", "decision alone", "one ends", "position"),
        rows=rows,
        notes=(
            f"Processor time, medians of {REPEATS}, within one transaction, SQLite. A session that comes is stored "
            "with its event; *decision alone* is a look where nobody may go. One that ends lets the next go.",
        ),
    )


def _timed(database: Database, policy: str, queued: int) -> tuple[str, ...]:
    project = Project(id=PROJECT_ID.new(), name="sales", path="/sales", created_at=time.time())
    limited, free = _trigger(project, "limited", policy), _trigger(project, "free", None)

    def fill(tx: Connection) -> None:
        projects.add(tx, project)
        triggers.add_many(tx, [limited, free])
        for start in range(0, queued, 500):
            events.accept(tx, [_arrival(limited, number) for number in range(start, min(queued, start + 500))])
        events.accept(tx, [_arrival(limited, number % 100) for number in range(500)])

    database.write_now(fill)
    comes = _each(database, lambda tx, number: events.accept(tx, [_arrival(limited, number)]))
    without = _each(database, lambda tx, number: events.accept(tx, [_arrival(free, number)]))
    first = database.read_now(lambda tx: places.of_sessions(tx, [_running(tx, limited, 1)[0]]))
    key = next(iter(first.values()))[0].key
    alone = _each(database, lambda tx, _: policy_queues.settle(tx, [key]))
    ends = _each(
        database, lambda tx, session_id: sessions.end(tx, session_id, "cancelled"), REPEATS // 2,
        given=lambda tx, _: (_running(tx, limited, 1) or _waiting(tx, limited))[0],
    )  # fmt: skip
    waiting = database.read_now(lambda tx: _waiting(tx, limited))
    position = _each(database, lambda tx, _: places.of_sessions(tx, waiting[-1:]))
    return (
        milliseconds(median(comes)), milliseconds(percentile(comes, 0.99)), milliseconds(median(without)),
        milliseconds(median(alone)), milliseconds(median(ends)), milliseconds(median(position)),
    )  # fmt: skip


def _each(
    database: Database, work: Callable[[Connection, Any], object], repeats: int = REPEATS,
    given: Callable[[Connection, int], object] = lambda tx, number: number,
) -> list[float]:  # fmt: skip
    """Return the processor seconds that ``work`` takes, with what ``given`` returns for each number."""

    def timed(tx: Connection) -> list[float]:
        found = []
        for number in range(repeats):
            value = given(tx, number)
            began = time.thread_time()
            work(tx, value)
            found.append(time.thread_time() - began)
        return found

    return database.write_now(timed)


def _running(tx: Connection, trigger: Trigger, limit: int) -> list[str]:
    found, _ = session_pages.listed(tx, limit=limit, cursor=None, trigger_id=trigger.id, statuses=("requested",))
    return [one.id for one in found]


def _waiting(tx: Connection, trigger: Trigger) -> list[str]:
    found, _ = session_pages.listed(tx, limit=1, cursor=None, trigger_id=trigger.id, statuses=("scheduling",))
    return [one.id for one in found]


def _trigger(project: Project, name: str, policy: str | None) -> Trigger:
    now = time.time()
    return Trigger(
        id=TRIGGER_ID.new(), project_id=project.id, project=project.name, name=name, type="webhook", created_at=now,
        updated_at=now, call="report.ipynb", policy=None if policy is None else parse_policy(policy),
    )  # fmt: skip


def _arrival(trigger: Trigger, number: int) -> Occurrence:
    now = time.time()
    event = Event(
        id=EVENT_ID.new(), type="POST", source="webhook", project_id=trigger.project_id, trigger_id=trigger.id,
        trigger_ref=trigger.ref, received_at=now,
    )  # fmt: skip
    policy = None if trigger.policy is None else trigger.policy.to_dict()
    session = Session(
        id=SESSION_ID.new(), project_id=trigger.project_id, project=trigger.project, call="report.ipynb",
        status="requested", created_at=now, started_by=trigger.ref, trigger_id=trigger.id, trigger_ref=trigger.ref,
        event_id=event.id, parameters={"region": f"r{number % 100}"}, config={"trigger": {"policy": policy}},
    )  # fmt: skip
    return Occurrence(event=event, sessions=(session,))
