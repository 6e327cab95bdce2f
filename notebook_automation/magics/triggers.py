"""Triggers in a notebook: how they are named, their table, and `%automation enable|disable|delete`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.markup import joined
from notebook_automation.sdk.notebook import project_name
from notebook_automation.sdk.times import ago, in_zone
from notebook_automation.sdk.trigger_calls import call_text
from notebook_automation.sdk.trigger_times import when_text

from .markup import Shown, panel_link, status, table
from .noun import Command, Noun
from .questions import confirm
from .trigger_card import trigger_card


def trigger_path(name: str) -> str:
    """Return the path of the trigger that people call ``name``: its id, `project/name`, or a name of this project."""
    if name.startswith("trg_"):
        return path_of("triggers", name)
    project, _, last = name.rpartition("/")
    return path_of("triggers", project or project_name(), last)


def trigger_names(client: Client) -> Iterator[str]:
    """Yield what triggers can be called: by name, and by project and name."""
    for trigger in client.get("triggers", limit=200)["items"]:
        yield from (trigger["name"], trigger["ref"])


def names_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names that these commands take."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="a trigger's name, project/name, or id")


def delete_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `delete` takes."""
    names_arguments(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def enable(shell: Any, given: argparse.Namespace) -> Shown:
    """Let the named triggers fire."""
    return _switch(given.names, enabled=True)


def disable(shell: Any, given: argparse.Namespace) -> Shown:
    """Stop the named triggers from firing."""
    return _switch(given.names, enabled=False)


def delete(shell: Any, given: argparse.Namespace) -> Shown:
    """Delete the named triggers after asking. All names are looked up before the first is deleted."""
    found = [connect().get(trigger_path(name)) for name in given.names]
    if not given.yes:
        urls = " Their URLs stop working for good." if any(trigger.get("url") for trigger in found) else ""
        confirm(f"Delete {', '.join(trigger['ref'] for trigger in found)}?{urls}", "Add --yes to delete all the same.")
    rows = []
    for trigger in found:
        connect().call("DELETE", trigger_path(trigger["id"]))
        gone = "deleted; its URL is gone for good" if trigger.get("url") else "deleted"
        rows.append((trigger["ref"], gone))
    return table(("Trigger", ""), rows, empty="")


def _switch(names: list[str], *, enabled: bool) -> Shown:
    rows = []
    for name in names:
        trigger = connect().call("PATCH", trigger_path(name), json={"enabled": enabled})
        rows.append((trigger["ref"], "enabled" if trigger["enabled"] else "disabled"))
    return table(("Trigger", ""), rows, empty="")


def _row(trigger: Mapping[str, Any]) -> tuple[object, ...]:
    schedule = trigger.get("schedule")
    when = when_text(trigger) or trigger.get("event_type") or ""
    last = trigger.get("last_session")
    return (
        panel_link(trigger["ref"], "triggers", id=trigger["id"]),
        trigger["type"],
        _state(trigger),
        call_text(trigger),
        when,
        in_zone(trigger.get("next_fire"), (schedule or {}).get("timezone")),
        joined((status(last["status"]), " ", ago(last.get("finished_at") or last.get("created_at")))) if last else "",
    )


def _state(trigger: Mapping[str, Any]) -> str:
    """Return whether it is off, and why it could not run."""
    problems = " ".join(problem["message"] for problem in trigger.get("problems") or [])
    return ", ".join(filter(None, ("" if trigger["enabled"] else "disabled", problems and f"cannot run: {problems}")))


NOUN = Noun(
    plural="triggers",
    columns=("Trigger", "Type", "State", "Calls", "When", "Next", "Last"),
    row=_row,
    empty="No triggers yet: write %trigger NAME --every 1h, or %%trigger NAME --webhook above a cell.",
    filters=frozenset({"type", "tag"}),
    id_prefix="trg_",
    card=trigger_card,
    commands={
        "enable": Command(
            summary="let triggers fire",
            example="%automation enable nightly",
            arguments=names_arguments,
            act=enable,
            names=trigger_names,
        ),
        "disable": Command(
            summary="stop triggers from firing, and keep them",
            example="%automation disable nightly",
            arguments=names_arguments,
            act=disable,
            names=trigger_names,
        ),
        "delete": Command(
            summary="delete triggers; their sessions and artifacts stay",
            example="%automation delete nightly",
            arguments=delete_arguments,
            act=delete,
            names=trigger_names,
        ),
    },
)
