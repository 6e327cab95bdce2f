"""`%automation replay|test` and the card of an event: what came in, and what was made of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk import context
from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.times import in_zone

from .markup import Html, Shown, card, code, joined, panel_link, tag
from .rehearsal import explanation, mapped, run_for, sample
from .triggers import handler_source, trigger_path

_LONGEST = 2000
"""Characters of an event's data that its card shows."""


def replay_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `replay`."""
    parser.add_argument("event", metavar="EVENT", help="a recorded event's id, evt_…")
    parser.add_argument("--here", action="store_true", help="start nothing: make it na.event in this kernel")


def replay(shell: Any, said: argparse.Namespace) -> Shown:
    """Let an event happen again, or make it this notebook's."""
    if said.here:
        event = connect().get(path_of("events", said.event))
        context.rehearse(event)
        return event_card(event, "na.event in this kernel")
    receipt = connect().post(path_of("events", said.event, "replay"))
    started = receipt["session_ids"]
    links = [panel_link(session_id, "session", id=session_id) for session_id in started]
    text = ", ".join(started) or f"nothing: %automation show {receipt['event_id']} says why"
    return card(receipt["event_id"], "replayed", [("Started", text, text)], links=links)


def test_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `test` takes."""
    parser.add_argument("name", metavar="NAME", help="a handler whose %%%%trigger cell ran in this kernel")
    parser.add_argument("sample", metavar="FILE|EVENT", help="a JSON file, or a recorded event's id")


def test(shell: Any, said: argparse.Namespace) -> None:
    """Run a handler here for a sample, with the trigger's own parameters."""
    __tracebackhide__ = True
    source = handler_source(said.name)
    if source is None:
        raise UsageError(f"The cell %%trigger {said.name} has not run in this kernel: run it once, then test it.")
    trigger = connect().get(trigger_path(said.name))
    event = sample(said.sample, trigger["type"], said.name, trigger.get("event_type"))
    parameters = {**(trigger.get("parameters") or {}), **mapped(event, trigger.get("mapping") or {})}
    run_for(shell, source, event, parameters)


def event_card(event: Mapping[str, Any], note: str = "") -> Shown:
    """Return what came in, and for each rule whether it ran, with the values its filter saw."""
    data = json.dumps(event.get("data"), ensure_ascii=False, indent=2)
    data = data if len(data) <= _LONGEST else data[:_LONGEST] + " …"
    rows: list[tuple[str, object, str]] = [
        ("Type", str(event["type"]), str(event["type"])),
        ("Received", in_zone(event.get("received_at")), in_zone(event.get("received_at"))),
        ("Data", tag("details", tag("summary", "Show"), tag("pre", data)), data),
    ]
    for enforcement in event.get("enforcements") or []:
        told, text = _verdict(enforcement)
        rows.append((str(enforcement.get("rule_ref") or "Rule"), told, text))
    source = " · ".join(filter(None, (str(event.get("source") or ""), str(event.get("trigger") or ""), note)))
    return card(str(event["id"]), source, rows)


def _verdict(enforcement: Mapping[str, Any]) -> tuple[Html, str]:
    if enforcement.get("session_id"):
        session_id = str(enforcement["session_id"])
        return joined(("ran ", code(session_id))), f"ran {session_id}"
    reason = str(enforcement.get("reason") or enforcement.get("status") or "")
    if not enforcement.get("clauses"):
        return joined(("did not run: ", reason)), f"did not run: {reason}"
    why = explanation({"matched": enforcement.get("matched"), "error": None, "clauses": enforcement["clauses"]})
    return joined((reason, Html(why._repr_html_()))), f"{reason}\n{why!r}".strip()
