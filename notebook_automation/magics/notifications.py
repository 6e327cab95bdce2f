"""Notifications in a notebook: their table and their card; `%automation notify`: who hears of what in a project."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.notebook import project_name
from notebook_automation.sdk.notify_rules import notify_lines, notify_rules
from notebook_automation.sdk.times import ago, in_zone

from .markup import CardRows, Shown, card, panel_link, table
from .noun import Command, Noun


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


def notify_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `notify` takes."""
    parser.add_argument("rules", nargs="*", metavar="ON:TO", help="failed:panel, failed,late:email:ana; none: nobody")
    parser.add_argument("--if", dest="condition", metavar="CEL", help="only if this holds, for all of them")
    parser.add_argument("--test", metavar="TO", help="send a test message: to panel, email:ana, slack:SLACK_URL")
    parser.add_argument("--project", metavar="NAME", help="another project than this notebook's")


def notify(_shell: Any, given: argparse.Namespace) -> Shown:
    """Show or set who hears of what where a trigger does not say it, or send a test message."""
    project = given.project or project_name()
    if given.test:
        if given.rules or given.condition:
            raise UsageError("--test sends a message and sets nothing: leave the rest out.")
        result = connect().call("POST", "notifications/test", json={"project": project, "to": given.test})
        return table(("To", "Test"), [(result["to"], "sent" if result["sent"] else str(result["error"]))], empty="")
    try:
        rules = notify_rules(given.rules, given.condition)
    except ValueError as error:
        raise UsageError(str(error).replace("--notify-if", "--if").replace("--notify", "ON:TO")) from None
    path = path_of("projects", project, "notify")
    found = connect().get(path) if rules is None else connect().call("PUT", path, json={"notify": rules})
    rows = [(line,) for line in notify_lines(found["notify"])] if found["notify"] else []
    empty = "Nobody, where a trigger does not say it: %automation notify failed:panel"
    return table((f"Who hears of what in {project}",), rows, empty=empty)


NOUN = Noun(
    plural="notifications",
    columns=("What happened", "To", "State", "Detail", "When"),
    row=_row,
    empty="Nobody was told of anything: say who is to hear by --notify failed:panel of %trigger.",
    filters=frozenset(),
    id_prefix="ntf_",
    card=notification_card,
    of_project=_of_project,
    commands={
        "notify": Command(
            summary="who hears of what in this project where a trigger does not say it: show, set, --test",
            example="%automation notify failed,missed:email:ana",
            arguments=notify_arguments,
            act=notify,
        ),
    },
)
