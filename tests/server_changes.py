"""Every kind of change as a real server sends it, written down for the front end's tests.

``python tests/server_changes.py`` writes the file anew; a test compares it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from change_stream import listening, next_message
from serving import Server, serve
from sqlalchemy import Connection

from notebook_automation.domain.notifications import ToldChange
from notebook_automation.domain.session_groups import GROUP_ID, Member, SessionGroup
from notebook_automation.domain.steps import Step
from notebook_automation.services import notices
from notebook_automation.settings import Settings
from notebook_automation.store import changes, notifications, session_groups, sessions, steps

PAGE = Path(__file__).parents[1] / "labextension" / "src" / "testing" / "changes.ts"
_ID = re.compile(r"\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_HEAD = """/** Every kind of change, as a real server has sent it. Written by `python tests/server_changes.py`. */
import { IChange } from '../api/change-types';

export const SERVER_CHANGES: readonly IChange[] = """


def recorded_changes(server: Server) -> list[dict[str, Any]]:
    """Let everything happen on ``server`` that is announced, and return the messages of its stream."""
    first = server.run(server.database.read(changes.last_seq))
    notebook = server.notebook("sales/report.ipynb", "1 + 1")
    trigger = server.trigger(
        name="on_order", type="event", event_type="order_paid", notebook=notebook, notify=["completed:panel"]
    )
    project = trigger["project"]
    assert server.api.put(f"projects/{project}/variables/region", json={"value": "emea"}).status_code == 200
    assert server.api.delete(f"projects/{project}/variables/region").status_code == 204
    assert server.api.patch(f"triggers/{trigger['id']}", json={"enabled": False}).status_code == 200
    assert server.api.patch(f"triggers/{trigger['id']}", json={"enabled": True}).status_code == 200
    receipt = server.api.post("events", json={"project": project, "type": "order_paid", "data": {"order": 7}}).json()
    [session_id] = receipt["session_ids"]
    with server.begin(session_id) as code:
        _report_cell(server, session_id)
        _ask(server, code, session_id)
        progress = {"value": 0.5, "message": "half"}
        assert code.post(f"sessions/{session_id}/progress", json=progress).status_code == 204
        assert code.post(f"sessions/{session_id}/outcomes", json={"value": 1}).status_code == 201
        kept = code.post("artifacts", params={"session": session_id, "name": "t.csv"}, content=b"a,b\n")
        assert kept.status_code == 201, kept.text
    server.end(session_id, "completed")
    _tell(server, session_id)
    _group(server, trigger)
    assert server.api.delete(f"artifacts/{kept.json()['id']}").status_code == 204
    assert server.api.delete(f"sessions/{session_id}").status_code == 204
    assert server.api.delete(f"triggers/{trigger['id']}").status_code == 204
    source = server.api.get("webhooks/inbox/sources/shop").json()
    event_id = server.stranger.post(source["url_with_token"], json={}).json()["event_id"]
    assert server.api.patch(f"events/{event_id}", json={"bookmarked": True}).status_code == 200
    assert server.api.delete(f"webhooks/inbox/{event_id}").status_code == 204
    # Asked of the database: what the stream says in its hello may be some changes behind what is committed.
    last = server.run(server.database.read(changes.last_seq))
    return server.run(_between(server, first, last))


def as_module(messages: list[dict[str, Any]]) -> str:
    """Return ``messages`` as the front end's tests import them: ids, times and numbers are the same each time."""
    text = json.dumps([{**message, "seq": number} for number, message in enumerate(messages, 1)], indent=2)
    names: dict[str, str] = {}
    for found in _ID.finditer(text):
        names.setdefault(found.group(0), f"{found.group(1)}_{len(names) + 1:026d}")
    text = _ID.sub(lambda found: names[found.group(0)], text)
    return f"{_HEAD}{_TIME.sub('2026-01-01T00:00:00.000Z', text)};\n"


def _ask(server: Server, code: httpx.Client, session_id: str) -> None:
    place = {"cell_index": 1, "piece": 0, "nth": 0}
    body = {"position": place, "inquiries": [{"prompt": "Release?", "allow_requester": True}]}
    [asked] = code.post(f"sessions/{session_id}/inquiries", json=body).json()["inquiries"]
    assert server.api.post(f"inquiries/{asked['id']}/answers", json={"decision": "approve"}).status_code == 200


def _tell(server: Server, session_id: str) -> None:
    def work(tx: Connection) -> None:
        ended = sessions.get(tx, session_id)
        assert ended is not None
        notices.session_ended(tx, ended, Settings(), tried_again=False)
        some, _ = notifications.listed(tx, limit=1, cursor=None, session_id=session_id)
        assert notifications.change(tx, some, "sent", next_at=None)
        told = ToldChange(title="1 completed", text="", entries=1, is_bad=False, session=session_id)
        changes.announce(tx, some[0].id, "told", told)

    server.run(server.database.write(work))


def _group(server: Server, trigger: dict[str, Any]) -> None:
    group = SessionGroup(
        id=GROUP_ID.new(), kind="sweep", state="running", project_id=trigger["project_id"], project=trigger["project"],
        trigger_id=trigger["id"], trigger_ref="sales/on_order", call="report.ipynb", total=1, at_once=1,
        started_by="ana", created_at=1.0,
    )  # fmt: skip
    members = [Member(group_id=group.id, position=0, name="emea")]
    server.run(server.database.write(lambda tx: session_groups.add(tx, group, members)))
    cancelled = server.api.post(f"session-groups/{group.id}/cancel", json={})
    assert cancelled.json()["state"] == "cancelled", cancelled.text
    later = time.time() + 60.0
    assert server.run(server.database.write(lambda tx: session_groups.remove_ended(tx, later, 1))) == 1


def _report_cell(server: Server, session_id: str) -> None:
    values = {"current_cell": 1, "total_cells": 2}
    work = server.database.write(lambda tx: sessions.report(tx, session_id, "runner", 1, values))
    assert server.run(work)
    step = Step(
        cell_index=0, piece=0, name="charge", nth=0, number=0, status="done", fingerprint="f", idempotency_key="k",
        tries=1, started_at=1.0,
    )  # fmt: skip
    server.run(server.database.write(lambda tx: steps.write(tx, session_id, [step], lambda _: None)))


async def _between(server: Server, first: int, last: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    async with listening(server, f"?after={first}") as socket:
        while not messages or messages[-1]["seq"] < last:
            message = await next_message(socket)
            if message["type"] == "change":
                messages.append(message)
    return messages


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), *OPTIONS) as server:
        PAGE.write_text(as_module(recorded_changes(server)), encoding="utf-8")
    sys.stdout.write(f"{PAGE} is written.\n")


OPTIONS = ("--NotebookAutomationApp.run_engine=False",)
"""No engine: nothing but what is done here happens."""

if __name__ == "__main__":
    main()
