"""The inbox in a notebook: its table, and `%automation inbox SOURCE`, the address to which something is sent."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.times import ago

from .events import event_card
from .markup import Shown, card, code, panel_link
from .noun import Command, Noun


def source_names(client: Client) -> Iterator[str]:
    """Yield the names of those who have sent something."""
    for source in client.get("webhooks/inbox/sources")["items"]:
        yield source["source"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `inbox`."""
    parser.add_argument("source", metavar="SOURCE", help="who sends, by a name of your choice: github")
    parser.add_argument("--show-token", action="store_true", help="show the address with its token, which is a secret")


def address(shell: Any, given: argparse.Namespace) -> Shown:
    """Show where a source sends what it has to say."""
    found = connect().get(path_of("webhooks", "inbox", "sources", given.source))
    url = found["url_with_token"] if given.show_token else found["url"]
    takes = "everything" if found["open"] else "what brings its token (--show-token shows it)"
    rows = [("URL", code(url), url), ("Takes", takes, takes)]
    rows.append(("Deliveries", str(found["deliveries"]), str(found["deliveries"])))
    return card(found["source"], "inbox", rows, links=[panel_link("Its deliveries", "inbox", source=found["source"])])


def _row(delivery: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        code(delivery["id"]),
        delivery["status"],
        delivery["source"] or delivery["trigger"] or "",
        delivery["event_type"],
        ago(delivery["received_at"]),
        len(delivery["session_ids"]),
        "★" if delivery["bookmarked_at"] else "",
    )


NOUN = Noun(
    plural="inbox",
    path="webhooks/inbox",
    columns=("Event", "Status", "From", "Type", "Received", "Sessions", "Kept"),
    row=_row,
    empty="Nothing has come in: %automation inbox SOURCE shows where to send it.",
    filters=frozenset({"trigger", "status"}),
    # Its things are events, and shown as such.
    id_prefix="",
    card=event_card,
    commands={
        "inbox": Command(
            summary="the address of the inbox for a source, where no trigger is needed",
            example="%automation inbox github",
            arguments=arguments,
            act=address,
            names=source_names,
        ),
    },
)
