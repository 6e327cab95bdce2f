"""`trigger sign|rotate`: who signs the deliveries of a webhook, and by which secret that is checked."""

from __future__ import annotations

import re
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.literals import assignments
from notebook_automation.sdk.signatures import verified_text

from .named_triggers import HELP, resolve
from .options import json_option, print_json, server_options
from .questions import ask_secret
from .server import connect

_name_argument = click.argument("name", metavar="TRIGGER")


@click.command("sign", epilog=HELP)
@_name_argument
@click.option("--preset", metavar="NAME", help="Who signs: github, stripe, slack, …; hmac, token, basic.")
@click.option("--secret-name", metavar="NAME", help="The project's secret by which it is checked.")
@click.option("--field", "given", multiple=True, metavar="NAME=VALUE", help="In place of what the preset says.")
@click.option("--set-secret", is_flag=True, help="Ask for the secret's value (not shown), or read it from a pipe.")
@click.option("--off", is_flag=True, help="Take deliveries of anybody who knows the URL.")
@server_options
@json_option
def sign_trigger(
    url: str | None, token: str | None, as_json: bool, name: str, preset: str | None, secret_name: str | None,
    given: tuple[str, ...], set_secret: bool, off: bool,
) -> None:  # fmt: skip
    """Let a webhook take only what is signed.

    \b
    jupyter automation trigger sign orders --preset stripe --secret-name STRIPE_HOOK --set-secret
    """
    if off == bool(preset) or bool(preset) != bool(secret_name) or (off and set_secret):
        raise click.UsageError(
            "Say who signs, and by which secret it is checked: --preset and --secret-name; or --off."
        )
    client = connect(url, token)
    found = resolve(client, name)
    fields = assignments(given, "--field", literal=False)
    if off:
        signature = None
    else:
        signature = {"preset": preset, "secret": secret_name, **fields}
        if set_secret:
            _set_secret(client, found, str(secret_name))
    _show(client.call("PATCH", path_of("triggers", found["id"]), json={"signature": signature}), as_json=as_json)


@click.command("rotate", epilog=HELP)
@_name_argument
@click.option("--secret-name", metavar="NAME", help="What to call the new secret; else the old name with a number.")
@click.option("--done", is_flag=True, help="The sender signs with the new one: take the old one no more.")
@server_options
@json_option
def rotate_secret(
    url: str | None, token: str | None, as_json: bool, name: str, secret_name: str | None, done: bool
) -> None:
    """Change the secret of a webhook: asks for the new one without showing it; both are good until --done.

    The new one may also be piped.
    """
    client = connect(url, token)
    found = resolve(client, name)
    signature = found["signature"]
    if signature is None:
        raise Invalid(
            f"{found['ref']} takes what anybody sends: trigger sign says who signs.", code="signature_missing"
        )
    old = signature["old_secret"]
    if done:
        changed = {**signature, "old_secret": None}
    elif old is not None:
        raise Invalid(
            f"{found['ref']} takes two secrets already: trigger rotate {found['ref']} --done ends {old}.",
            code="rotation_open",
        )
    else:
        new = secret_name or _next_name(client, found, signature["secret"])
        if new == signature["secret"]:
            raise Invalid(f"{new} is the secret in use: give the new one another name.", code="name_taken")
        _set_secret(client, found, new)
        changed = {**signature, "secret": new, "old_secret": signature["secret"]}
    stored = client.call("PATCH", path_of("triggers", found["id"]), json={"signature": changed})
    _show(stored, as_json=as_json)
    if done and old is not None and not as_json:
        click.echo(f"Nothing of it is checked by {old} any more: jupyter automation secret delete {old}", err=True)


def _set_secret(client: Client, trigger: Any, name: str) -> None:
    body = {"value": ask_secret(name), "secret": True}
    client.call("PUT", path_of("projects", trigger["project_id"], "variables", name), json=body)


def _next_name(client: Client, trigger: Any, name: str) -> str:
    """Return ``name`` with the next number that no variable of the project has."""
    taken = {one["name"] for one in client.get(path_of("projects", trigger["project_id"], "variables"))["items"]}
    begin, number = re.sub(r"_\d+$", "", name), 2
    while f"{begin}_{number}" in taken:
        number += 1
    return f"{begin}_{number}"


def _show(trigger: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(trigger)
        return
    signature = trigger["signature"]
    click.echo(
        f"{trigger['ref']} takes what is signed: {verified_text(signature)}."
        if signature
        else f"{trigger['ref']} takes what anybody sends who knows its URL."
    )
