"""Notifications in a notebook: their table and their card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.times import ago, in_zone

from .markup import CardRows, Shown, card, panel_link
from .noun import Noun


def notification_card(one: Mapping[str, Any]) -> Shown:
    """Return what somebody was told, and how it stands."""
    rows = CardRows()
    rows.add("To", str(one["to"]))
    rows.add("State", f"{one['state']}: {one['error']}" if one["error"] else str(one["state"]))
    rows.add("Detail", str(one["detail"]))
    rows.add("Trigger", str(one["trigger"] or ""))
    session = str(one["session_id"] or "")
    rows.add("Session", session, panel_link(session, "session", id=session) if session else None)
    rows.add("When", in_zone(one["created_at"]))
    return card(str(one["title"]), str(one["id"]), rows)


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    return (one["title"], one["to"], one["state"], one["error"] or one["detail"], ago(one["created_at"]))


def _of_project(name: str) -> Mapping[str, Any]:
    return {"project_id": connect().get(path_of("projects", name))["id"]}


NOUN = Noun(
    plural="notifications",
    columns=("What happened", "To", "State", "Detail", "When"),
    row=_row,
    empty="Nobody was told of anything: say who is to hear by --notify failed:panel of %trigger.",
    filters=frozenset(),
    id_prefix="ntf_",
    card=notification_card,
    of_project=_of_project,
)
