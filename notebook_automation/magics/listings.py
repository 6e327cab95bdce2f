"""`%automation list|show|status`: tables and cards of every noun, and the server's state."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.markup import Html, joined

from .markup import Shown, card, table
from .noun import Command
from .nouns import NOUNS
from .trigger_card import trigger_card
from .triggers import trigger_names, trigger_path

_DEFAULT = "triggers"
_BY_PLURAL = {noun.plural: noun for noun in NOUNS}
KINDS = tuple(sorted(_BY_PLURAL, key=lambda plural: plural != _DEFAULT))
"""What can be listed: first the default."""


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `list`."""
    of_triggers = ", ".join(kind for kind in KINDS if "trigger" in _BY_PLURAL[kind].filters)
    parser.add_argument("kind", nargs="?", default=_DEFAULT, choices=KINDS, help="what to list (triggers)")
    parser.add_argument("--project", metavar="NAME", help="only this project's")
    parser.add_argument("--trigger", metavar="NAME", help=f"only this trigger's ({of_triggers})")
    parser.add_argument("--type", metavar="TYPE", help="only of this type: webhook, file_image, …")
    parser.add_argument("--status", metavar="A,B", help="only sessions or inquiries in these states: failed,running")
    parser.add_argument("--tag", metavar="TAG", help="only triggers or sessions with this tag")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many, the newest first (20)")


def list_things(shell: Any, given: argparse.Namespace) -> Shown:
    """Return a table of one noun's items."""
    noun = _BY_PLURAL[given.kind]
    by_trigger = given.trigger and "trigger" in noun.filters
    query: dict[str, Any] = {
        "limit": max(1, min(given.limit, 200)),
        **(noun.of_project(given.project) if given.project else {}),
        "trigger": connect().get(trigger_path(given.trigger))["ref"] if by_trigger else None,
        "type": given.type if "type" in noun.filters else None,
        "tag": given.tag if "tag" in noun.filters else None,
        "status": given.status if "status" in noun.filters else None,
    }
    found = connect().get(noun.path or noun.plural, **query)
    shown = table(noun.columns, [noun.row(item) for item in found["items"]], empty=noun.empty)
    if not found.get("next_cursor"):
        return shown
    more = f"There are more: --limit {query['limit'] * 2}, or narrow the list."
    return Shown(joined((Html(shown._repr_html_()), more)), f"{shown!r}\n{more}")


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `show` takes."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="a trigger's name, or the id of a session, event, artifact, inquiry or notification",
    )


def show(shell: Any, given: argparse.Namespace) -> Shown:
    """Return the card of one thing: by its id, or a trigger by its name."""
    noun = next((noun for noun in NOUNS if noun.id_prefix and given.name.startswith(noun.id_prefix)), None)
    if noun is None:
        return trigger_card(connect().get(trigger_path(given.name)))
    return noun.card(connect().get(path_of(noun.plural, given.name)))


def show_status(shell: Any, given: argparse.Namespace) -> Shown:
    """Return the card of the server's state."""
    answer = connect().get("status")
    engine = answer["engine"]
    active = "active" if engine["active"] else "not active: another server has the lease"
    rows = [("Engine", f"{active} ({engine.get('owner') or 'no owner'})")]
    rows += [
        (label, str(answer[name]))
        for label, name in (
            ("Running", "running"),
            ("Queued", "queued"),
            ("Failed today", "failed_today"),
            ("Database", "database"),
            ("Webhooks", "webhook_base"),
        )
        if answer.get(name) is not None
    ]
    return card("Notebook Automation", str(answer["version"]), [(label, text, text) for label, text in rows])


COMMANDS = {
    "list": Command(
        summary=f"what there is: {', '.join(KINDS[:-1])} or {KINDS[-1]}",
        example="%automation list sessions --status failed",
        arguments=list_arguments,
        act=list_things,
    ),
    "show": Command(
        summary="one trigger, session (ses_…) or event (evt_…): why it ran, or not",
        example="%automation show nightly",
        arguments=show_arguments,
        act=show,
        names=trigger_names,
    ),
    "status": Command(
        summary="whether the engine runs, and how much",
        example="%automation status",
        act=show_status,
    ),
}
