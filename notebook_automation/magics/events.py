"""Events in a notebook: their table, their card with what each rule made of it, and `%automation replay|test`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk import context
from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.times import ago, in_zone

from .explanations import explanation_table
from .handler_test_run import handler_source, mapped, run_for
from .markup import Shown, card, code, panel_link
from .noun import Command, Noun
from .samples import sample_event
from .triggers import trigger_names, trigger_path

_LONGEST = 2000
"""Characters of an event's data that its card shows."""


def recent_events(client: Client) -> Iterator[str]:
    """Yield the ids of the newest events."""
    for event in client.get("events", limit=20)["items"]:
        yield event["id"]


def replay_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `replay`."""
    parser.add_argument("event", metavar="EVENT", help="a recorded event's id, evt_…")
    parser.add_argument("--here", action="store_true", help="start nothing: make it na.event in this kernel")
    parser.add_argument("--trigger", metavar="NAME", help="which trigger gets it, instead of the one that got it first")
    parser.add_argument("--to", metavar="URL", help="send it to a program on the server's machine instead")


def replay(shell: Any, given: argparse.Namespace) -> Shown:
    """Let an event happen again, or make it this notebook's."""
    if given.here:
        event = connect().get(path_of("events", given.event))
        context.simulate(event)
        return event_card(event, "na.event in this kernel")
    if given.to and given.trigger:
        raise UsageError("--trigger lets a trigger have the event, --to sends it elsewhere: give one of them.")
    if given.to:
        return _answer_card(given.event, connect().post(path_of("events", given.event, "send"), {"url": given.to}))
    body = {"trigger": connect().get(trigger_path(given.trigger))["id"]} if given.trigger else {}
    receipt = connect().post(path_of("events", given.event, "replay"), body)
    started = receipt["session_ids"]
    links = [panel_link(session_id, "session", id=session_id) for session_id in started]
    text = ", ".join(started) or f"nothing: %automation show {receipt['event_id']} says why"
    return card(receipt["event_id"], "replayed", [("Started", text, text)], links=links)


def bookmark_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bookmark`."""
    parser.add_argument("event", metavar="EVENT", help="a recorded event's id, evt_…")
    parser.add_argument("--off", action="store_true", help="take the bookmark away")


def bookmark(shell: Any, given: argparse.Namespace) -> Shown:
    """Keep an event, or no longer."""
    event = connect().call("PATCH", path_of("events", given.event), json={"bookmarked": not given.off})
    return event_card(event, "no bookmark" if given.off else "kept")


def _answer_card(event_id: str, answer: Mapping[str, Any]) -> Shown:
    """Return what a program answered to an event."""
    status = f"{answer['status']} after {answer['seconds']:.2f} s"
    text = answer["body"] if len(answer["body"]) <= _LONGEST else answer["body"][:_LONGEST] + " …"
    return card(event_id, "sent", [("Answer", status, status), ("Body", tag("pre", text), text)])


def try_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `test` takes."""
    parser.add_argument("name", metavar="NAME", help="a handler whose %%%%trigger cell ran in this kernel")
    parser.add_argument("sample", metavar="FILE|EVENT", help="a JSON file, or a recorded event's id")


def try_handler_of(shell: Any, given: argparse.Namespace) -> None:
    """Run a handler here for a sample, with the trigger's own parameters."""
    __tracebackhide__ = True
    source = handler_source(given.name)
    if source is None:
        raise UsageError(f"The cell %%trigger {given.name} has not run in this kernel: run it once, then test it.")
    trigger = connect().get(trigger_path(given.name))
    event = sample_event(given.sample, trigger["type"], given.name, trigger.get("event_type"))
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
        content, text = _verdict(enforcement)
        rows.append((str(enforcement.get("rule_ref") or "Rule"), content, text))
    source = " · ".join(filter(None, (str(event.get("source") or ""), str(event.get("trigger") or ""), note)))
    return card(str(event["id"]), source, rows)


def _verdict(enforcement: Mapping[str, Any]) -> tuple[Html, str]:
    if enforcement.get("session_id"):
        session_id = str(enforcement["session_id"])
        return joined(("ran ", code(session_id))), f"ran {session_id}"
    reason = str(enforcement.get("reason") or enforcement.get("status") or "")
    if not enforcement.get("clauses"):
        return joined(("did not run: ", reason)), f"did not run: {reason}"
    why = explanation_table({"matched": enforcement.get("matched"), "error": None, "clauses": enforcement["clauses"]})
    return joined((reason, Html(why._repr_html_()))), f"{reason}\n{why!r}".strip()


def _row(event: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        code(event["id"]),
        event["type"],
        event["source"],
        event.get("trigger") or event.get("project") or "",
        ago(event.get("received_at")),
        len(event.get("session_ids") or []),
    )


NOUN = Noun(
    plural="events",
    columns=("Event", "Type", "Source", "Trigger", "Received", "Sessions"),
    row=_row,
    empty="No such events: call a webhook's URL, or na.emit('name', {…}).",
    filters=frozenset({"trigger", "type"}),
    id_prefix="evt_",
    card=event_card,
    commands={
        "replay": Command(
            summary="let a recorded event happen again, or look at it here with --here",
            example="%automation replay evt_… --here",
            arguments=replay_arguments,
            act=replay,
            names=recent_events,
        ),
        "bookmark": Command(
            summary="keep an event: it is not deleted for its age, and the inbox shows it first",
            example="%automation bookmark evt_…",
            arguments=bookmark_arguments,
            act=bookmark,
            names=recent_events,
        ),
        "test": Command(
            summary="run a handler of this kernel for a JSON file or a recorded event",
            example="%automation test orders sample.json",
            arguments=try_arguments,
            act=try_handler_of,
            names=trigger_names,
        ),
    },
)
