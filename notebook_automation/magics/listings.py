"""`%automation list|show|status`: tables and cards of what there is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from notebook_automation.sdk.artifacts import size_text
from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.times import ago, in_zone, lasting

from .events import event_card
from .markup import Html, Shown, card, code, joined, panel_link, status, table
from .sessions import session_card
from .triggers import trigger_card, trigger_path

KINDS = ("triggers", "sessions", "artifacts", "events")


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `list`."""
    parser.add_argument("kind", nargs="?", default="triggers", choices=KINDS, help="what to list (triggers)")
    parser.add_argument("--project", metavar="NAME", help="only this project's")
    parser.add_argument("--trigger", metavar="NAME", help="only this trigger's (sessions, artifacts, events)")
    parser.add_argument("--type", metavar="TYPE", help="only of this type: webhook, file_image, …")
    parser.add_argument("--status", metavar="A,B", help="only sessions in these states: failed,running")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many, the newest first (20)")


def list_things(shell: Any, said: argparse.Namespace) -> Shown:
    """Return a table of what was asked for."""
    kind: str = said.kind
    trigger = connect().get(trigger_path(said.trigger)) if said.trigger and kind != "triggers" else None
    query: dict[str, Any] = {
        "limit": max(1, min(said.limit, 200)),
        "project": said.project,
        "trigger": trigger["ref"] if trigger else None,
        "type": said.type if kind != "sessions" else None,
        "status": said.status if kind == "sessions" else None,
    }
    found = connect().get(kind, **query)
    columns, row, empty = _LISTS[kind]
    shown = table(columns, [row(item) for item in found["items"]], empty=empty)
    if not found.get("next_cursor"):
        return shown
    more = f"There are more: --limit {query['limit'] * 2}, or narrow the list."
    return Shown(joined((Html(shown._repr_html_()), more)), f"{shown!r}\n{more}")


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `show` takes."""
    parser.add_argument("name", metavar="NAME", help="a trigger's name, or the id of a session, event or artifact")


def show(shell: Any, said: argparse.Namespace) -> Shown:
    """Return the card of one thing."""
    kind = _BY_PREFIX.get(said.name[:4])
    if kind is None:
        return trigger_card(connect().get(trigger_path(said.name)))
    path, as_card = kind
    return as_card(connect().get(path_of(path, said.name)))


def show_status(shell: Any, said: argparse.Namespace) -> Shown:
    """Return the card of the server's state."""
    told = connect().get("status")
    engine = told["engine"]
    active = "active" if engine["active"] else "not active: another server has the lease"
    rows = [("Engine", f"{active} ({engine.get('owner') or 'no owner'})")]
    rows += [
        (label, str(told[name]))
        for label, name in (
            ("Running", "running"),
            ("Queued", "queued"),
            ("Failed today", "failed_today"),
            ("Database", "database"),
            ("Webhooks", "webhook_base"),
        )
        if told.get(name) is not None
    ]
    return card("Notebook Automation", str(told["version"]), [(label, text, text) for label, text in rows])


def _trigger_row(trigger: Mapping[str, Any]) -> tuple[object, ...]:
    schedule = trigger.get("schedule")
    when = (schedule or {}).get("description") or trigger.get("event_type") or ""
    last = trigger.get("last_session")
    return (
        panel_link(trigger["ref"], "triggers", id=trigger["id"]),
        trigger["type"],
        "" if trigger["enabled"] else "disabled",
        trigger.get("call") or "",
        when,
        in_zone(trigger.get("next_fire"), (schedule or {}).get("timezone")),
        joined((status(last["status"]), " ", ago(last.get("finished_at") or last.get("created_at")))) if last else "",
    )


def _session_row(session: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        panel_link(session["id"], "session", id=session["id"]),
        status(session["status"]),
        session.get("trigger") or session.get("started_by") or "",
        session["call"],
        ago(session.get("created_at")),
        lasting(session.get("duration")),
        session["error"]["ename"] if session.get("error") else session.get("reason") or "",
    )


def _artifact_row(artifact: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        artifact["name"],
        artifact["version"],
        artifact["type"],
        size_text(artifact.get("size") or 0),
        artifact.get("trigger") or artifact.get("project") or "",
        ago(artifact.get("created_at")),
        code(artifact["id"]),
    )


def _event_row(event: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        code(event["id"]),
        event["type"],
        event["source"],
        event.get("trigger") or event.get("project") or "",
        ago(event.get("received_at")),
        len(event.get("session_ids") or []),
    )


def _artifact_card(artifact: Mapping[str, Any]) -> Shown:
    rows = [
        ("Type", str(artifact["type"])),
        ("Size", size_text(artifact.get("size") or 0)),
        ("Made by", str(artifact.get("trigger") or artifact.get("session_id") or "hand")),
        ("Expires", in_zone(artifact.get("expires_at"))),
        ("Drive", str(artifact.get("drive_path") or "")),
    ]
    shown = [(label, text, text) for label, text in rows if text]
    return card(str(artifact["name"]), f"version {artifact['version']}", shown)


_LISTS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], tuple[object, ...]], str]] = {
    "triggers": (
        ("Trigger", "Type", "State", "Calls", "When", "Next", "Last"),
        _trigger_row,
        "No triggers yet: write %trigger NAME --every 1h, or %%trigger NAME --webhook above a cell.",
    ),
    "sessions": (
        ("Session", "Status", "Started by", "Calls", "Started", "Took", "Reason"),
        _session_row,
        "No such sessions: start one with %automation run.",
    ),
    "artifacts": (
        ("Name", "Version", "Type", "Size", "Made by", "Made", "Id"),
        _artifact_row,
        "No such artifacts: keep something with na.artifact(df, 'sales').",
    ),
    "events": (
        ("Event", "Type", "Source", "Trigger", "Received", "Sessions"),
        _event_row,
        "No such events: call a webhook's URL, or na.emit('name', {…}).",
    ),
}
_BY_PREFIX: dict[str, tuple[str, Callable[[Mapping[str, Any]], Shown]]] = {
    "ses_": ("sessions", session_card),
    "evt_": ("events", event_card),
    "art_": ("artifacts", _artifact_card),
}
