"""Rows for the store's tests: as few words as a test needs to say what matters to it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.artifacts import ARTIFACT_ID, Artifact
from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.rules import ENFORCEMENT_ID, RULE_ID, Enforcement, Rule
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.store import projects as project_rows
from notebook_automation.store import session_claims
from notebook_automation.store import sessions as session_rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database


def make_project(database: Database, name: str = "sales") -> Project:
    project = Project(id=PROJECT_ID.new(), name=name, path=f"/home/ana/{name}", created_at=time.time())
    database.write_now(lambda tx: project_rows.add(tx, project))
    return project


def trigger_of(project: Project, name: str = "orders", **fields: Any) -> Trigger:
    now = time.time()
    given = {"type": "webhook", "call": "report.ipynb", **fields}
    return Trigger(
        id=TRIGGER_ID.new(), project_id=project.id, project=project.name, name=name, created_at=now, updated_at=now,
        **given,
    )  # fmt: skip


def make_trigger(database: Database, project: Project, name: str = "orders", **fields: Any) -> Trigger:
    trigger = trigger_of(project, name, **fields)

    def work(tx: Connection) -> None:
        trigger_rows.add(tx, trigger)
        trigger_rows.set_rules(tx, trigger.id, [rule_of(trigger)])

    database.write_now(work)
    return trigger


def rule_of(trigger: Trigger) -> Rule:
    return Rule(id=RULE_ID.new(), trigger_id=trigger.id, ref=trigger.ref, call=trigger.call or "report.ipynb")


def event_of(trigger: Trigger, dedupe_key: str | None = None, **fields: Any) -> Event:
    return Event(
        id=EVENT_ID.new(), type="POST", source="webhook", project_id=trigger.project_id, trigger_id=trigger.id,
        trigger_ref=trigger.ref, received_at=time.time(), dedupe_key=dedupe_key, **fields,
    )  # fmt: skip


def session_of(project: Project, **fields: Any) -> Session:
    made = Session(
        id=SESSION_ID.new(), project_id=project.id, project=project.name, call="report.ipynb", status="requested",
        created_at=time.time(), started_by="ana", requester="ana", came_by="person",
    )  # fmt: skip
    return replace(made, **fields)


def occurrence_of(trigger: Trigger, dedupe_key: str | None = None, **fields: Any) -> Occurrence:
    """An event of ``trigger`` with its enforcement and one session."""
    event = event_of(trigger, dedupe_key, **fields)
    session = Session(
        id=SESSION_ID.new(), project_id=trigger.project_id, project=trigger.project, call="report.ipynb",
        status="requested", created_at=event.received_at, started_by=trigger.ref, trigger_id=trigger.id,
        trigger_ref=trigger.ref, event_id=event.id,
    )  # fmt: skip
    enforcement = Enforcement(
        id=ENFORCEMENT_ID.new(), event_id=event.id, rule_id=None, rule_ref=trigger.ref, trigger_ref=trigger.ref,
        created_at=event.received_at, status="processed", matched=True, conditions=("data.x == 1",),
        session_id=session.id,
    )  # fmt: skip
    return Occurrence(event=event, enforcements=(enforcement,), sessions=(session,))


def add_session(database: Database, project: Project, **fields: Any) -> Session:
    session = session_of(project, **fields)
    database.write_now(lambda tx: session_rows.add(tx, session))
    return session


def running_session(
    database: Database, project: Project, owner: str = "a", lease: float = 60.0, **fields: Any
) -> Session:
    """A session that ``owner`` has claimed and begun."""
    added = add_session(database, project, **fields)

    def work(tx: Connection) -> Session:
        assert any(one.id == added.id for one in session_claims.claim(tx, owner, 1, lease))
        begun = session_claims.acquire(tx, added.id, owner, 1, token_hash=f"hash of {added.id}", lease=lease)
        assert begun is not None
        return begun

    return database.write_now(work)


def artifact_of(project: Project, ref: str = "sales/orders/table.csv", **fields: Any) -> Artifact:
    given: dict[str, Any] = {
        "name": ref.rpartition("/")[2], "type": "file_datatable", "folder": "orders/2026-11-21 060000 k3f9", **fields,
    }  # fmt: skip
    return Artifact(
        id=ARTIFACT_ID.new(), ref=ref, project=project.name, project_id=project.id, created_at=time.time(), **given
    )
