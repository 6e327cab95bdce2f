"""`inbox list|show|mark|delete|sources|url`: what came in by HTTP, and what became of it."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.times import ago, in_zone

from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .questions import confirm
from .server import connect, items
from .tables import print_fields, print_table

_STATUSES = ("received", "processed", "failed")


@click.group(short_help="What came in by HTTP, also without a trigger: list, mark, url.")
def inbox() -> None:
    """Every delivery to a webhook or to the inbox, …/webhooks/inbox/SOURCE, where no trigger waits for it.

    `event replay` and `event bookmark` take the same ids.
    """


@inbox.command("list")
@click.option("--source", metavar="NAME", help="Only what this source sent to the inbox.")
@click.option("--status", type=click.Choice(_STATUSES), help="failed: what nobody has got done yet.")
@click.option("--type", "event_type", metavar="TYPE", help="Only events of this type, such as push.")
@click.option("--trigger", metavar="TRIGGER", help="Only what was sent to this trigger.")
@click.option("--project", metavar="NAME", help="Only what was sent to this project's triggers.")
@click.option("--bookmarked", is_flag=True, help="Only those with a bookmark.")
@limit_option
@server_options
@json_option
def list_deliveries(
    url: str | None, token: str | None, as_json: bool, limit: int, trigger: str | None, bookmarked: bool, **query: Any
) -> None:
    """List deliveries, the newest first."""
    client = connect(url, token)
    wanted = {**query, "trigger": resolve(client, trigger)["ref"] if trigger else None}
    found = list(items(client, "webhooks/inbox", limit, bookmarked=True if bookmarked else None, **wanted))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (
            one["id"],
            one["status"],
            one["source"] or one["trigger"] or "",
            one["event_type"],
            ago(one["received_at"]),
            len(one["session_ids"]),
            "★" if one["bookmarked_at"] else "",
        )
        for one in found
    ]
    empty = "Nothing has come in. Where to send it: jupyter automation inbox url SOURCE"
    print_table(("ID", "STATUS", "FROM", "TYPE", "RECEIVED", "SESSIONS", "KEPT"), rows, empty=empty)


@inbox.command("show")
@click.argument("event_id", metavar="EVENT")
@server_options
@json_option
def show_delivery(url: str | None, token: str | None, as_json: bool, event_id: str) -> None:
    """Show a delivery: its headers, its body, and what became of it."""
    found = connect(url, token).get(path_of("webhooks", "inbox", event_id))
    if as_json:
        print_json(found)
        return
    body = found["raw_body"] if found["body"] is None else json.dumps(found["body"], ensure_ascii=False, indent=2)
    print_fields(
        (
            ("Id", found["id"]),
            ("Status", found["status"]),
            ("Why", found["reason"]),
            ("From", found["source"] or found["trigger"]),
            ("Type", found["event_type"]),
            ("Received", in_zone(found["received_at"])),
            ("Kept", in_zone(found["bookmarked_at"]) if found["bookmarked_at"] else None),
            ("Sessions", " ".join(found["session_ids"])),
            ("Method", found["method"]),
            ("Query", _clean(_lines(found["query_params"]))),
            ("Headers", _clean(_lines(found["headers"]))),
            ("Body", _clean(body or "")),
        )
    )


@inbox.command("mark")
@click.argument("status", type=click.Choice([*_STATUSES, "auto"]))
@click.argument("event_ids", nargs=-1, required=True, metavar="EVENT…")
@server_options
@json_option
def mark_deliveries(url: str | None, token: str | None, as_json: bool, status: str, event_ids: tuple[str, ...]) -> None:
    """Say what became of deliveries: received, processed or failed; auto is again what their sessions say."""
    client = connect(url, token)
    body = {"status": None if status == "auto" else status}
    changed = [client.call("PATCH", path_of("webhooks", "inbox", one), json=body) for one in event_ids]
    if as_json:
        print_json({"items": changed})
        return
    for one in changed:
        click.echo(f"{one['id']} is {one['status']}.")


@inbox.command("delete")
@click.argument("event_ids", nargs=-1, required=True, metavar="EVENT…")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def delete_deliveries(url: str | None, token: str | None, as_json: bool, event_ids: tuple[str, ...], yes: bool) -> None:
    """Delete deliveries to the inbox."""
    if not yes:
        confirm(f"Delete {len(event_ids)} deliveries for good?", "delete them")
    client = connect(url, token)
    for one in event_ids:
        client.call("DELETE", path_of("webhooks", "inbox", one))
        if not as_json:
            click.echo(f"{one} is deleted.")
    if as_json:
        print_json({"deleted": list(event_ids)})


@inbox.command("sources")
@server_options
@json_option
def list_sources(url: str | None, token: str | None, as_json: bool) -> None:
    """List who has sent something to the inbox, and who may without a token."""
    found = connect(url, token).get("webhooks/inbox/sources")
    if as_json:
        print_json(found)
        return
    rows = [
        (one["source"], one["deliveries"], "open" if one["open"] else "with a token", one["url"])
        for one in found["items"]
    ]
    empty = "Nobody has sent anything. Where to send it: jupyter automation inbox url SOURCE"
    print_table(("SOURCE", "DELIVERIES", "TAKES", "URL"), rows, empty=empty)


@inbox.command("url")
@click.argument("source")
@server_options
@json_option
def show_url(url: str | None, token: str | None, as_json: bool, source: str) -> None:
    """Print the address to which SOURCE, a name of your choice, sends what it has to say; its token is a secret."""
    found = connect(url, token).get(path_of("webhooks", "inbox", "sources", source))
    if as_json:
        print_json(found)
        return
    click.echo(found["url_with_token"])


def _lines(values: dict[str, Any]) -> str:
    texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in values.items()}
    return "\n".join(f"{name}: {text}" for name, text in texts.items())


def _clean(text: str) -> str:
    # What a stranger has sent: no control characters reach the terminal.
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
