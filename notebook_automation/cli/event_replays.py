"""`event replay` and `event bookmark`: recorded events happen again, or are kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid, SdkError

from .named_triggers import resolve
from .options import json_option, print_json, server_options
from .server import connect
from .tables import mark

SOME_FAILED = 1
"""Exit code when not all could be replayed."""


@click.command("replay")
@click.argument("event_ids", nargs=-1, required=True, metavar="EVENT…")
@click.option("--trigger", metavar="TRIGGER", help="Which trigger gets them, instead of the one that got them first.")
@click.option("--to", "target", metavar="URL", help="Send them to a program on the server's machine instead.")
@click.option("--rate", type=click.FloatRange(0.01, 100), default=5.0, show_default=True, metavar="N",
              help="At most so many a second.")  # fmt: skip
@server_options
@json_option
def replay_events(
    url: str | None, token: str | None, as_json: bool, event_ids: tuple[str, ...], trigger: str | None,
    target: str | None, rate: float,
) -> None:  # fmt: skip
    """Let recorded events happen again, one after the other; - reads their ids, one a line.

    \b
    What nobody has got done yet:
      jupyter automation inbox list --status failed --json | jq -r '.items[].id' \\
        | jupyter automation event replay - --rate 2
    """
    if trigger and target:
        raise Invalid("--trigger lets a trigger have the events, --to sends them elsewhere: give one of them.")
    client = connect(url, token)
    act = _sender(client, target) if target else _replayer(client, trigger)
    results = []
    for number, event_id in enumerate(_paced(_ids(event_ids), rate), start=1):
        result = _result(act, event_id)
        results.append(result)
        if not as_json:
            click.echo(f"{mark(result['ok'])} {number}  {event_id}  {result['text']}")
    if as_json:
        print_json({"items": results})
    if not all(one["ok"] for one in results):
        raise click.exceptions.Exit(SOME_FAILED)


@click.command("bookmark")
@click.argument("event_ids", nargs=-1, required=True, metavar="EVENT…")
@click.option("--off", is_flag=True, help="Take the bookmark away.")
@server_options
@json_option
def bookmark_events(url: str | None, token: str | None, as_json: bool, event_ids: tuple[str, ...], off: bool) -> None:
    """Keep events: a bookmark is shown first, and what has one is not deleted for its age."""
    client = connect(url, token)
    changed = [client.call("PATCH", path_of("events", one), json={"bookmarked": not off}) for one in _ids(event_ids)]
    if as_json:
        print_json({"items": changed})
        return
    for one in changed:
        click.echo(f"{one['id']} {'has no bookmark any more' if off else 'is kept'}.")


def _ids(given: Sequence[str]) -> Iterator[str]:
    for one in given:
        if one == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield one


def _paced(ids: Iterator[str], rate: float) -> Iterator[str]:
    """Yield ``ids``, at most ``rate`` a second; Ctrl+C ends the wait, and with it the command."""
    due = 0.0
    for one in ids:
        time.sleep(max(0.0, due - time.monotonic()))
        due = time.monotonic() + 1 / rate
        yield one


def _replayer(client: Client, trigger: str | None) -> Callable[[str], tuple[str, Any]]:
    body = {"trigger": resolve(client, trigger)["id"]} if trigger else {}

    def act(event_id: str) -> tuple[str, Any]:
        receipt = client.post(path_of("events", event_id, "replay"), body)
        return ", ".join(receipt["session_ids"]) or "ran nothing", receipt

    return act


def _sender(client: Client, target: str) -> Callable[[str], tuple[str, Any]]:
    def act(event_id: str) -> tuple[str, Any]:
        answer = client.post(path_of("events", event_id, "send"), {"url": target})
        return f"{answer['status']} after {answer['seconds']:.2f} s", answer

    return act


def _result(act: Callable[[str], tuple[str, Any]], event_id: str) -> dict[str, Any]:
    try:
        text, answer = act(event_id)
    except SdkError as error:
        # The others are still to go.
        return {"id": event_id, "ok": False, "text": str(error), "answer": None}
    return {"id": event_id, "ok": True, "text": text, "answer": answer}
