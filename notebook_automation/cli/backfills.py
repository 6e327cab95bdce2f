"""`backfill start|list|show|cancel`: times of a schedule that never came, or failed, run after all."""

from __future__ import annotations

from typing import Any

import click

from notebook_automation.sdk.backfills import first_ticks, plan_text, progress_text, range_text
from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.times import ago

from .named_triggers import HELP as _TRIGGER_HELP
from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .server import PAGE, connect, items
from .tables import print_fields, print_table

_WHEN = "a day, a time, or how long ago: 2026-11-01, 2026-11-01T06:00, '7 days'"


@click.group(short_help="Times of a schedule that were missed, or failed, run after all.")
def backfill() -> None:
    """Let times of a schedule run after all that never came, or failed: so many at once, to be cancelled together."""


@backfill.command("start", epilog=_TRIGGER_HELP)
@click.argument("trigger", metavar="TRIGGER")
@click.option("--from", "since", metavar="WHEN", required=True, help=f"From when on: {_WHEN}.")
@click.option("--to", "until", metavar="WHEN", help="Up to when, a day counts whole; up to now without it.")
@click.option("--only", metavar="STATES", default="", help="missing,failed,cancelled (the usual), completed; or all.")
@click.option("--at-once", type=click.IntRange(1, 200), default=1, show_default=True, metavar="N", help="Side by side.")
@click.option("--newest-first", is_flag=True, help="Begin with the newest.")
@click.option("--dry-run", is_flag=True, help="Only say what would run.")
@server_options
@json_option
def start(
    url: str | None, token: str | None, as_json: bool, trigger: str, since: str, until: str | None, only: str,
    at_once: int, newest_first: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Run those times of a schedule's range that are missing or failed; what ran well is not run again."""
    client = connect(url, token)
    body = {
        "since": since, "until": until, "which": only.split(",") if only else [], "at_once": at_once,
        "order": "newest" if newest_first else "oldest",
    }  # fmt: skip
    path = path_of("triggers", resolve(client, trigger)["id"], "backfills")
    if dry_run:
        plan = client.call("POST", f"{path}/preview", json=body)
        if as_json:
            print_json(plan)
            return
        click.echo(plan_text(plan))
        for line in first_ticks(plan):
            click.echo(f"  {line}")
        return
    group = client.call("POST", path, json=body)
    _print(group, as_json=as_json)


@backfill.command("list")
@click.argument("trigger", metavar="[TRIGGER]", required=False)
@limit_option
@server_options
@json_option
def list_(url: str | None, token: str | None, as_json: bool, trigger: str | None, limit: int) -> None:
    """List backfills, the newest first."""
    client = connect(url, token)
    of = {"trigger": resolve(client, trigger)["id"]} if trigger else {}
    found = list(items(client, "session-groups", limit, kind="backfill", **of))
    if as_json:
        print_json({"items": found})
        return
    rows = [(one["id"], one["state"], one["trigger"], ago(one["created_at"]), progress_text(one)) for one in found]
    empty = "There are none yet: jupyter automation backfill start TRIGGER --from '7 days' --dry-run"
    print_table(("BACKFILL", "STATE", "TRIGGER", "BEGUN", "PROGRESS"), rows, empty=empty)


@backfill.command("show")
@click.argument("backfill_id", metavar="BACKFILL")
@server_options
@json_option
def show(url: str | None, token: str | None, as_json: bool, backfill_id: str) -> None:
    """Show how far a backfill is, and each of its times."""
    client = connect(url, token)
    group = client.get(path_of("session-groups", backfill_id))
    members: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        page = client.get(path_of("session-groups", backfill_id, "members"), limit=PAGE, **after)
        members += page["items"]
        if page["next_cursor"] is None:
            break
        after = {"after": page["next_cursor"]}
    if as_json:
        print_json({**group, "members": members})
        return
    _print(group, as_json=False)
    rows = [
        (one["name"], one["state"], ", ".join(f"{run['id']} {run['status']}" for run in one["sessions"]),
         one["reason"] or "")
        for one in members
    ]  # fmt: skip
    print_table(("TIME", "TURN", "SESSIONS", "REASON"), rows, empty="It has no times.")


@backfill.command("cancel")
@click.argument("backfill_id", metavar="BACKFILL")
@click.option("--stop", is_flag=True, help="Also stop what runs; else it is left to finish.")
@server_options
@json_option
def cancel(url: str | None, token: str | None, as_json: bool, backfill_id: str, stop: bool) -> None:
    """Cancel all of a backfill that has not begun."""
    client = connect(url, token)
    body = {"running": "stop" if stop else "finish"}
    _print(client.call("POST", path_of("session-groups", backfill_id, "cancel"), json=body), as_json=as_json)


def _print(group: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(group)
        return
    print_fields(
        (
            ("Backfill", group["id"]),
            ("State", group["state"]),
            ("Trigger", group["trigger"]),
            ("Range", range_text(group)),
            ("At once", group["at_once"]),
            ("Progress", progress_text(group)),
            ("Reason", group["reason"]),
        )
    )
