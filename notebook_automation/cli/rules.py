"""`rule list|set|enable|disable|delete`: what a trigger runs beside its own call."""

from __future__ import annotations

from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.collecting import collecting_text
from notebook_automation.sdk.literals import assignments

from .named_triggers import HELP as _TRIGGER_HELP
from .named_triggers import resolve
from .options import json_option, print_json, server_options
from .questions import confirm
from .server import connect
from .tables import print_table, values_text

_trigger_argument = click.argument("trigger", metavar="TRIGGER")
_name_argument = click.argument("name", metavar="RULE")


@click.group(short_help="What else a trigger runs: list, set, enable, delete.")
def rule() -> None:
    """What a trigger runs beside its own call, for those of its events that a rule is about."""


@rule.command("list", epilog=_TRIGGER_HELP)
@_trigger_argument
@server_options
@json_option
def list_rules(url: str | None, token: str | None, as_json: bool, trigger: str) -> None:
    """List the rules of a trigger."""
    found = resolve(connect(url, token), trigger)
    if as_json:
        print_json({"items": found["rules"]})
        return
    rows = [
        (one["name"], "on" if one["enabled"] else "off", one["call"], only_if(one), _given(one))
        for one in found["rules"]
    ]
    columns = ("RULE", "STATE", "CALLS", "ONLY IF", "PARAMETERS")
    empty = (
        f"{found['ref']} has its own call only. Add one: jupyter automation rule set {found['ref']} NAME --call FILE"
    )
    print_table(columns, rows, empty=empty)


@rule.command("set", epilog=_TRIGGER_HELP)
@_trigger_argument
@_name_argument
@click.option("--call", metavar="FILE[:NAME]", required=True, help="What it runs: refunds.ipynb, or a handler in it.")
@click.option("--if", "conditions", multiple=True, metavar="CEL", help="Only if this holds; repeatable.")
@click.option("--any", "any_of", is_flag=True, help="Only one of the conditions has to hold.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option(
    "--map", "mapping", multiple=True, metavar="NAME=CEL", help="A parameter taken from the event; repeatable."
)
@click.option("--transform", metavar="CEL", help="What takes the place of data for --map.")
@click.option("--debounce", metavar="TIME", help="One run for events close together: when none came for so long.")
@click.option("--batch", metavar="TIME", help="One run for all events of so long, from the first on.")
@click.option("--key", metavar="CEL", help="With --debounce or --batch: collect events with different values apart.")
@click.option("--disabled", is_flag=True, help="Keep it, but let it run nothing yet.")
@server_options
@json_option
def set_rule(
    url: str | None, token: str | None, as_json: bool, trigger: str, name: str, call: str, conditions: tuple[str, ...],
    any_of: bool, given: tuple[str, ...], mapping: tuple[str, ...], transform: str | None, debounce: str | None,
    batch: str | None, key: str | None, disabled: bool,
) -> None:  # fmt: skip
    """Give a trigger a rule, or make the one of this name what the options say."""
    client = connect(url, token)
    body = {
        "call": call,
        "conditions": list(conditions),
        "condition": "any" if any_of else "all",
        "parameters": assignments(given, "-p"),
        "mapping": assignments(mapping, "--map", literal=False),
        "transform": transform,
        "collect": {"debounce": debounce, "batch": batch, "key": key} if debounce or batch or key else None,
        "enabled": not disabled,
    }
    found = resolve(client, trigger)
    stored = client.call("PUT", path_of("triggers", found["id"], "rules", name), json=body)
    _print(stored, f"{stored['ref']} runs {call} by its rule {name}.", as_json=as_json)


@rule.command("enable", epilog=_TRIGGER_HELP)
@_trigger_argument
@_name_argument
@server_options
@json_option
def enable_rule(url: str | None, token: str | None, as_json: bool, trigger: str, name: str) -> None:
    """Switch a rule on."""
    _switch(url, token, trigger, name, enabled=True, as_json=as_json)


@rule.command("disable", epilog=_TRIGGER_HELP)
@_trigger_argument
@_name_argument
@server_options
@json_option
def disable_rule(url: str | None, token: str | None, as_json: bool, trigger: str, name: str) -> None:
    """Switch a rule off: it stays, and runs nothing until it is switched on."""
    _switch(url, token, trigger, name, enabled=False, as_json=as_json)


@rule.command("delete", epilog=_TRIGGER_HELP)
@_trigger_argument
@_name_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def delete_rule(url: str | None, token: str | None, as_json: bool, trigger: str, name: str, yes: bool) -> None:
    """Delete a rule. What it made stays."""
    client = connect(url, token)
    found = resolve(client, trigger)
    if not yes:
        confirm(f"Delete the rule {name} of {found['ref']}?", "delete")
    stored = client.call("DELETE", path_of("triggers", found["id"], "rules", name))
    _print(stored, f"Deleted the rule {name} of {found['ref']}.", as_json=as_json)


def only_if(one: Any) -> str:
    """Return a rule's conditions in one line."""
    between = " || " if one["condition"] == "any" else " && "
    return between.join(f"({text})" if len(one["conditions"]) > 1 else text for text in one["conditions"])


def _switch(url: str | None, token: str | None, trigger: str, name: str, *, enabled: bool, as_json: bool) -> None:
    client = connect(url, token)
    found = resolve(client, trigger)
    stored = client.call("PATCH", path_of("triggers", found["id"], "rules", name), json={"enabled": enabled})
    _print(stored, f"The rule {name} of {found['ref']} is {'on' if enabled else 'off'}.", as_json=as_json)


def _print(stored: Any, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(stored)
        return
    click.echo(sentence)
    for warning in stored["warnings"]:
        click.secho(f"Warning: {warning['message']}", fg="yellow", err=True)


def _given(one: Any) -> str:
    mapped = [f"{name} = {text}" for name, text in one["mapping"].items()]
    return ", ".join(filter(None, [values_text(one["parameters"]), *mapped, collecting_text(one["collect"])]))
