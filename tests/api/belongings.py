"""One of everything that a project can have, and how each route reaches it."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx
from serving import Server

from notebook_automation.api.routing import Route
from notebook_automation.domain.inquiries import INQUIRY_ID, Inquiry, Shown, Stage
from notebook_automation.domain.notifications import NOTIFICATION_ID, Notification
from notebook_automation.domain.session_groups import GROUP_ID, Member, SessionGroup
from notebook_automation.domain.waits import WAIT_ID, Wait
from notebook_automation.store import inquiries, notifications, session_groups, waits

SECRET = "s3cret-value"
OF_NOBODY = frozenset(
    {
        "GET openapi.json", "GET automation.schema.json", "GET docs", "POST events/explain",
        "GET contents/{path...}/checkpoints",
    }
)  # fmt: skip
"""Routes that tell of nobody's things: a session may read them."""


_NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
_POSITION = {"cell_index": 0, "piece": 0, "nth": 0}


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """One of everything that a project can have: ids, and names for the routes that take names."""

    project: str
    name: str
    trigger: str
    session: str
    event: str
    artifact: str
    wait: str
    inquiry: str
    notification: str
    form: str
    webhook: str
    task: str
    execution: str
    session_group: str
    api_log: str
    schedule: str

    def path(self, route: Route) -> str:
        """Return the route's path to what is here."""
        if route.path.endswith(("/ticks", "/backfills", "/backfills/preview")):
            return route.path.format(project=self.name, name="timed", id=self.schedule)
        if "{project}" in route.path:
            return route.path.format(project=self.name, name="hook", rule="any")
        if route.path == "why/{id}":
            return f"why/{self.trigger}"
        if route.path == "tasks/executions/{id}":
            return f"tasks/executions/{self.execution}"
        noun = route.path.partition("/")[0].replace("ies", "ys").removesuffix("s").replace("-", "_")
        path = route.path.replace("{wait}", self.wait).replace("{subscription}", "sub_any").replace("{number}", "0")
        path = path.replace("{rule}", "any").replace("{source}", "shop")
        return re.sub(r"\{name\}", "kept", re.sub(r"\{id\}", getattr(self, noun, "any"), path))

    def asked(self, route: Route) -> dict[str, Any]:
        """Return a body, or query parameters, by which a route without an id reaches what is here."""
        bodies: dict[str, dict[str, Any]] = {
            "POST events": {"project": self.name, "type": "paid"},
            "POST sessions": {"project": self.name, "call": "report.ipynb"},
            "POST sweeps": {"project": self.name, "call": "report.ipynb", "sweep": {"a": [1, 2]}},
            "POST triggers": {"project": self.name, "name": "new", "type": "manual"},
            "POST tasks": {
                "project": self.name,
                "name": "new",
                "task_type": "cron",
                "config": {"call": "report.ipynb"},
            },
            "POST triggers/preview": {"project": self.name, "name": "new", "type": "manual"},
            "POST projects": {"path": self.name},
            "POST projects/apply": {"path": self.name, "manifest": "version: v1\nproject: {name: x}"},
            "PUT triggers/{project}/{name}": {"project": self.name, "name": "hook", "type": "manual"},
            "PUT projects/{id}/variables/{name}": {"value": "changed"},
            "PUT projects/{id}/policies/{name}": {"policy": "3"},
            "PUT projects/{id}/notify": {"notify": ["failed:panel"]},
            "POST notifications/test": {"project": self.name, "to": "panel"},
            "PATCH triggers/{id}": {"enabled": False},
            "POST triggers/{id}/backfills": {"since": "2026-01-05", "until": "2026-01-05"},
            "POST triggers/{project}/{name}/backfills": {"since": "2026-01-06", "until": "2026-01-06"},
            "POST triggers/{id}/backfills/preview": {"since": "1 day"},
            "POST triggers/{project}/{name}/backfills/preview": {"since": "1 day"},
            "PUT triggers/{id}/rules/{rule}": {"call": "report.ipynb"},
            "PUT triggers/{project}/{name}/rules/{rule}": {"call": "report.ipynb"},
            "PATCH triggers/{project}/{name}": {"enabled": False},
            "POST sessions/{id}/progress": {"value": 0.5},
            "POST sessions/{id}/waits": {"kind": "sleep", "seconds": 60, "position": _POSITION},
            "POST sessions/{id}/subscriptions": {"source": "paid", "position": _POSITION},
            "POST sessions/{id}/signals": {"name": "approve"},
            "PATCH events/{id}": {"bookmarked": True},
            "POST events/try": {"filter": "true", "trigger": self.trigger},
            "POST events/{id}/send": {"url": "http://127.0.0.1:9/"},
            "PATCH webhooks/inbox/{id}": {"status": "processed"},
            "POST signals": {"project": self.name, "name": "approve"},
            "POST sessions/{id}/inquiries": {"position": {**_POSITION, "nth": 7}, "inquiries": [{"prompt": "Go on?"}]},
            "PUT inquiries/absences/me": {"substitute": "bea"},
            "POST inquiries/answers": {"ids": [self.inquiry], "decision": "approve"},
            "POST inquiries/{id}/answers": {"decision": "approve"},
            "POST inquiries/{id}/delegation": {"to": "bea"},
            "POST inquiries/{id}/question": {"question": "Why?"},
            "POST inquiries/{id}/replies": {"comment": "So."},
            "POST forms": {"schema": {}},
            "PUT forms/{id}": {"value": 1},
        }
        queries = {
            "GET projects/inspect": {"path": f"{self.name}/report.ipynb"},
            "POST artifacts": {"name": "kept.txt", "session": self.session},
            "POST sessions/{id}/shown": {"name": "kept.txt"},
            "GET artifacts": {"session": self.session},
            "GET triggers/{id}/ticks": {"since": "1 day"},
            "GET triggers/{project}/{name}/ticks": {"since": "1 day"},
            "GET session-groups": {"project": self.name},
            "GET inquiries": {"project_id": self.project},
            "GET notifications": {"project_id": self.project},
            "GET inquiries/metrics": {"project_id": self.project},
            "GET inquiries/export": {"project_id": self.project},
            **{
                f"GET {noun}": {"project": self.name}
                for noun in ("events", "sessions", "sessions/counts", "triggers", "tasks", "webhooks/inbox")
            },
        }
        key = f"{route.method} {route.path}"
        body = {} if route.body is None else {"json": bodies.get(key, {})}
        return {**body, "params": queries.get(key, {})}


def made(server: Server, name: str) -> Belongings:
    notebook = server.notebook(f"{name}/report.ipynb", "1")
    fields = {"notebook": notebook, "name": "hook", "type": "manual"}
    trigger = server.api.put(f"triggers/{name}/hook", json=fields).json()
    receipt = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()
    server.api.put(f"projects/{name}/variables/kept", json={"value": SECRET, "secret": True})
    called = {"url": "https://api.example.com/report"}
    task = {"project": name, "name": "called", "task_type": "api_call", "config": called}
    task = server.api.post("tasks", json=task).json()
    execution = server.api.post(f"tasks/{task['id']}/executions", json={}).json()
    rule = server.api.put(f"triggers/{name}/hook/rules/any", json={"call": "report.ipynb"})
    assert rule.status_code < 300, rule.text
    policy = server.api.put(f"projects/{name}/policies/kept", json={"policy": "3"})
    assert policy.status_code < 300, policy.text
    timed = {"notebook": notebook, "name": "timed", "type": "schedule", "schedule": {"cron": "0 6 * * *"}}
    timed = server.api.put(f"triggers/{name}/timed", json=timed).json()
    inlet = {"notebook": notebook, "name": "inlet", "type": "webhook", "filter": "false"}
    inlet = server.api.put(f"triggers/{name}/inlet", json=inlet).json()
    delivery = server.stranger.post(inlet["url"], json={}).json()
    kept = server.api.post("artifacts", params={"name": "kept.txt", "project": name}, content=b"kept")
    assert kept.status_code == 201, kept.text
    notebook_kept = server.api.post("artifacts", params={"name": "run.ipynb", "project": name}, content=_NOTEBOOK)
    assert notebook_kept.status_code == 201, notebook_kept.text
    form = server.api.post("forms", json={"schema": {}})
    assert form.status_code == 201, form.text
    wait = Wait(
        id=WAIT_ID.new(), session_id=receipt["session_ids"][0], cell_index=9, piece=0, nth=0, kind="sleep", question={},
        created_at=time.time(),
    )  # fmt: skip
    server.run(server.database.write(lambda tx: waits.add(tx, wait, ())))
    digest = hashlib.sha256(b"kept").hexdigest()
    inquiry = Inquiry(
        id=INQUIRY_ID.new(), session_id=wait.session_id, session_ref=wait.session_id, project_id=trigger["project_id"],
        project=name, notebook="report.ipynb", cell_index=9, prompt="Go on?", title="Go on?", stages=(Stage(),),
        created_at=time.time(),
        shown=(
            Shown(name="kept.txt", kind="text", media_type="text/plain", digest=digest, size=4),
            Shown(
                name="report.ipynb", kind="notebook", media_type="application/x-ipynb+json",
                digest=hashlib.sha256(_NOTEBOOK).hexdigest(), size=len(_NOTEBOOK),
            ),
        ),
    )  # fmt: skip
    server.run(server.database.write(lambda tx: inquiries.add(tx, inquiry)))
    told = Notification(
        id=NOTIFICATION_ID.new(), channel="panel", target="", entity_type="sessions", entity=wait.session_id,
        activity="failed", created_at=time.time(), project_id=trigger["project_id"], project=name, state="sent",
    )  # fmt: skip
    server.run(server.database.write(lambda tx: notifications.add_once(tx, [told])))
    group = SessionGroup(
        id=GROUP_ID.new(), kind="sweep", state="running", project_id=trigger["project_id"], project=name,
        trigger_id=trigger["id"], trigger_ref=f"{name}/hook", call="report.ipynb", total=1, at_once=1, started_by="ana",
        created_at=time.time(),
        asked={
            "sweep": {"a": [1]}, "zip": False, "parameters": {}, "options": {}, "parent_id": None,
            "on_parent_end": "keep",
        },
    )  # fmt: skip
    # Its member has had its turn: nothing of it is to be started.
    what = {"parameters": {"a": 1}}
    member = Member(
        group_id=group.id, position=0, name="1", what=what, state="started", session_id=wait.session_id
    )  # fmt: skip
    server.run(server.database.write(lambda tx: session_groups.add(tx, group, [member])))
    [logged] = server.api.get("api-logs", params={"limit": 1}).json()["items"]
    return Belongings(
        project=trigger["project_id"], name=name, trigger=trigger["id"], session=receipt["session_ids"][0],
        event=receipt["event_id"], artifact=kept.json()["id"], wait=wait.id,
        inquiry=inquiry.id, notification=told.id, form=form.json()["id"], webhook=delivery["event_id"],
        session_group=group.id, task=task["id"], execution=execution["id"],
        api_log=logged["id"], schedule=timed["id"],
    )  # fmt: skip


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def ask(client: httpx.Client, route: Route, whose: Belongings) -> httpx.Response:
    """Ask for what ``whose`` has, by ``route``."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"} if route.status == 101 else {}
    path = whose.path(route).replace("{path...}", whose.name)
    return client.request(route.method, path, headers=headers, **whose.asked(route))
