"""`trigger list|show|enable|disable|delete|fire|sign|rotate|set`: what can happen, and what it calls."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.domain.policies import HIGHEST_PRIORITY
from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.collecting import collecting_text
from notebook_automation.sdk.environments import environment_text, memory_text
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.freshness import freshness_text
from notebook_automation.sdk.literals import assignments
from notebook_automation.sdk.notify_rules import notify_lines
from notebook_automation.sdk.policies import limit_text, priority_text
from notebook_automation.sdk.retries import policy_text
from notebook_automation.sdk.signatures import verified_text
from notebook_automation.sdk.sizes import size_text
from notebook_automation.sdk.times import ago, in_zone, lasting
from notebook_automation.sdk.trigger_calls import call_text
from notebook_automation.sdk.trigger_times import when_text

from .errors import FAILED
from .named_triggers import HELP as _TRIGGER_HELP
from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .questions import confirm
from .rules import only_if
from .server import connect, items
from .session_output import LogPrinter, follow_session, print_end
from .signatures import rotate_secret, sign_trigger
from .tables import print_fields, print_table, values_text
from .trigger_notices import set_notices

_TYPES = ("webhook", "schedule", "event", "session", "artifact", "manual", "connection", "file", "entity")
_name_argument = click.argument("name", metavar="TRIGGER")
_names_argument = click.argument("names", metavar="TRIGGER…", nargs=-1, required=True)


@click.group(short_help="What can happen: list, show, enable, delete, fire, sign, set.")
def trigger() -> None:
    """What can happen, and what it calls."""


@trigger.command("list")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--type", "kind", type=click.Choice(_TYPES), help="Only of this type.")
@click.option("--enabled/--disabled", default=None, help="Only those that are on, or off.")
@click.option("--tag", metavar="TAG", help="Only those with this tag.")
@limit_option
@server_options
@json_option
def list_triggers(
    url: str | None, token: str | None, as_json: bool, limit: int, project: str | None, kind: str | None,
    enabled: bool | None, tag: str | None,
) -> None:  # fmt: skip
    """List triggers."""
    found = list(items(connect(url, token), "triggers", limit, project=project, type=kind, enabled=enabled, tag=tag))
    if as_json:
        print_json({"items": found})
        return
    rows = [(one["ref"], one["type"], _state(one), call_text(one), _when(one), _next(one), _last(one)) for one in found]
    columns = ("TRIGGER", "TYPE", "STATE", "CALLS", "WHEN", "NEXT", "LAST")
    print_table(columns, rows, empty="There are no triggers. In a notebook: %trigger nightly --cron '0 6 * * *'")
    for one in found:
        for problem in one["problems"]:
            click.secho(f"{one['ref']} cannot run: {problem['message']}", fg="yellow", err=True)


@trigger.command("show", epilog=_TRIGGER_HELP)
@_name_argument
@server_options
@json_option
def show_trigger(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Show a trigger: what it calls, how to call it, its next times, and what to beware of."""
    found = resolve(connect(url, token), name)
    if as_json:
        print_json(found)
        return
    schedule = found["schedule"]
    zone = schedule["timezone"] if schedule else None
    print_fields(
        (
            ("Trigger", found["ref"]),
            ("Title", found["title"]),
            ("Id", found["id"]),
            ("Type", found["type"]),
            ("State", _state(found)),
            ("Calls", call_text(found) or "nothing: it records events only"),
            ("Parameters", values_text(found["parameters"])),
            ("From the event", "\n".join(f"{key} = {text}" for key, text in found["mapping"].items())),
            ("When", _when(found)),
            ("Next", "\n".join(in_zone(moment, zone) for moment in found["next_fires"])),
            ("Only if", found["filter"]),
            ("Collects", collecting_text(found["collect"])),
            ("Is to be fresh", freshness_text(found["freshness"])),
            ("Rules", "\n".join(map(_rule, found["rules"]))),
            ("URL", found["url"]),
            ("Try it", found["curl"]),
            ("Verified", verified_text(found["signature"]) if found["signature"] else None),
            ("Responses", _responses(found)),
            ("Durable", "goes on after a crash, waits without a process" if found["is_durable"] else None),
            ("Tried again", policy_text(found["retry"])),
            ("Limited", limit_text(found)),
            ("Priority", priority_text(found)),
            ("Leaves out", ", ".join(f"cells tagged {tag}" for tag in found["skip_tags"])),
            ("Kernel", found["kernel_name"]),
            ("Environment", environment_text(found["env"])),
            ("Memory", memory_text(found["memory"])),
            ("Report", found["report"]),
            ("Keeps", found["keep"]),
            ("Largest body", size_text(found["max_body"]) if found["max_body"] else None),
            ("Notifies", "\n".join(notify_lines(found["notify"]))),
            ("Time limit", lasting(found["time_limit"])),
            ("Last", _last(found)),
            ("Last refused", _refused(found)),
            ("So far", f"{found['success_count']} completed, {found['failure_count']} failed"),
        )
    )
    for warning in found["warnings"]:
        click.secho(f"Warning: {warning['message']}", fg="yellow", err=True)


@trigger.command("enable", epilog=_TRIGGER_HELP)
@_names_argument
@server_options
@json_option
def enable_triggers(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Switch triggers on."""
    _switch(connect(url, token), names, enabled=True, as_json=as_json)


@trigger.command("disable", epilog=_TRIGGER_HELP)
@_names_argument
@server_options
@json_option
def disable_triggers(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Switch triggers off: nothing happens at their times and URLs until they are switched on."""
    _switch(connect(url, token), names, enabled=False, as_json=as_json)


@trigger.command("delete", epilog=_TRIGGER_HELP)
@_names_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def delete_triggers(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...], yes: bool) -> None:
    """Delete triggers. Sessions and artifacts that they made stay."""
    client = connect(url, token)
    found = [resolve(client, name) for name in names]
    if not yes:
        confirm(f"Delete {', '.join(one['ref'] for one in found)}?", "delete")
    for one in found:
        client.call("DELETE", path_of("triggers", one["id"]))
        if not as_json:
            click.echo(f"Deleted {one['ref']}.")
    if as_json:
        print_json({"items": [{"id": one["id"], "ref": one["ref"]} for one in found]})


@trigger.command("fire", epilog=_TRIGGER_HELP)
@_name_argument
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option(
    "--data", metavar="FILE", type=click.File(encoding="utf-8"), help="The event's data, JSON; - reads it here."
)
@click.option("--event-type", metavar="NAME", help="The event's type.")
@click.option("--rule", metavar="NAME", help="Run this rule of it instead of its own call.")
@click.option("--priority", type=click.IntRange(0, HIGHEST_PRIORITY), metavar="NUMBER",
              help="Instead of the trigger's: 0 to 100, each step counts as a minute of waiting.")  # fmt: skip
@click.option("--wait", is_flag=True, help="Follow what it starts until it has ended.")
@server_options
@json_option
def fire_trigger(
    url: str | None, token: str | None, as_json: bool, name: str, given: tuple[str, ...], data: Any,
    event_type: str | None, rule: str | None, priority: int | None, wait: bool,
) -> None:  # fmt: skip
    """Fire a trigger by hand, whatever its filter and state say."""
    client = connect(url, token)
    found = resolve(client, name)
    body = {
        "parameters": assignments(given, "-p"), "data": _json(data), "event_type": event_type, "rule": rule,
        "priority": priority,
    }  # fmt: skip
    receipt = client.post(path_of("triggers", found["id"], "fire"), body)
    if not as_json:
        started = ", ".join(receipt["session_ids"]) or "nothing: the trigger calls no notebook"
        click.echo(f"Event {receipt['event_id']} started {started}.", err=wait)
    ended = []
    if wait:
        ended = [follow_session(client, one, _entry_printer(as_json=as_json)) for one in receipt["session_ids"]]
    if as_json:
        print_json({**receipt, "sessions": ended} if wait else receipt)
    else:
        for one in ended:
            print_end(one)
    if any(one["status"] != "completed" for one in ended):
        raise click.exceptions.Exit(FAILED)


trigger.add_command(sign_trigger)
trigger.add_command(rotate_secret)
trigger.add_command(set_notices)


def _switch(client: Client, names: tuple[str, ...], *, enabled: bool, as_json: bool) -> None:
    found = [resolve(client, name) for name in names]
    switched = [client.call("PATCH", path_of("triggers", one["id"]), json={"enabled": enabled}) for one in found]
    if as_json:
        print_json({"items": switched})
        return
    for one in switched:
        click.echo(f"{one['ref']} is {'on' if one['enabled'] else 'off'}.")


def _entry_printer(*, as_json: bool) -> Any:
    return (lambda entry: None) if as_json else LogPrinter().print_entry


def _responses(found: Any) -> str | None:
    if not found["is_sync"]:
        return None
    return "the caller, by na.respond(…)" + (f" within {lasting(found['sync_time'])}" if found["sync_time"] else "")


def _json(file: Any) -> Any:
    if file is None:
        return None
    try:
        return json.load(file)
    except ValueError as error:
        raise Invalid(f"{file.name} is not JSON: {error}.") from None


def _state(one: Any) -> str:
    return ("on" if one["enabled"] else "off") + (", cannot run" if one["problems"] else "")


def _when(one: Any) -> str:
    return when_text(one) or one["event_type"] or ""


def _next(one: Any) -> str:
    return in_zone(one["next_fire"], one["schedule"]["timezone"] if one["schedule"] else None)


def _last(one: Any) -> str:
    last = one["last_session"]
    return f"{last['status']} {ago(last['finished_at'] or last['created_at'])}" if last else ""


def _rule(one: Any) -> str:
    conditions = only_if(one)
    off = "" if one["enabled"] else " (off)"
    return f"{one['name']}{off}: {one['call']}" + (f" if {conditions}" if conditions else "")


def _refused(one: Any) -> str | None:
    lines = [f"{refusal['status']} {ago(refusal['at'])}: {refusal['message']}" for refusal in one["refusals"]]
    return "\n".join(lines) or None
