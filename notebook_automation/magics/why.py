"""`%automation why`: why an event, a session or a trigger ran, or did not."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.times import in_zone

from .events import recent_events
from .explanations import clauses_table
from .markup import Shown, card
from .noun import Command
from .triggers import trigger_names, trigger_path

_SIGNS = {True: "yes", False: "no", None: "·"}
_KINDS = {"cause": "Came by", "state": "State", "problem": "Problem", "rule": "Rule", "session": "Session",
          "policy": "Policy", "collecting": "Collects", "event": "Event", "refusal": "Refused"}  # fmt: skip


def why_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `why` takes."""
    parser.add_argument("name", metavar="NAME", help="an event (evt_…), a session (ses_…), or a trigger's name")


def names(client: Client) -> Iterator[str]:
    """Yield what may be asked about: triggers and the newest events."""
    yield from trigger_names(client)
    yield from recent_events(client)


def tell_why(shell: Any, given: argparse.Namespace) -> Shown:
    """Return the answer as a card, a row for each step."""
    name = given.name
    path = path_of("why", name) if name.startswith(("evt_", "ses_", "trg_")) else trigger_path(name).replace(
        "triggers/", "why/", 1
    )  # fmt: skip
    found = connect().get(path)
    rows = [(_KINDS[step["kind"]], *_step(step)) for step in found["steps"]]
    return card(str(found["answer"]), str(found["about"]), rows)


def _step(step: Mapping[str, Any]) -> tuple[Html, str]:
    at = f" ({in_zone(step['at'])})" if step.get("at") else ""
    where = step.get("errs_at")
    place = f" At line {where['line']}, column {where['column']}." if where else ""
    text = f"{step['text']}{at}{place}"
    shown = joined((tag("b", f"{_SIGNS[step['ok']]} "), text)) if step["ok"] is not None else Html(tag("span", text))
    if not step["clauses"]:
        return shown, text
    clauses = clauses_table(step["clauses"])
    return joined((shown, Html(clauses._repr_html_()))), f"{text}\n{clauses!r}"


COMMANDS = {
    "why": Command(
        summary="why an event, a session or a trigger ran, or did not",
        example="%automation why nightly",
        arguments=why_arguments,
        act=tell_why,
        names=names,
    ),
}
