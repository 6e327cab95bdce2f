"""`session signal`, `signal send`: what ends the waiting of sessions."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.errors import Invalid

from .named_sessions import find_session
from .options import json_option, print_json, server_options
from .server import connect


@click.command("signal")
@click.argument("session_name", metavar="SESSION")
@click.argument("name")
@click.argument("payload", required=False, metavar="[JSON]")
@server_options
@json_option
def signal_session(
    url: str | None, token: str | None, as_json: bool, session_name: str, name: str, payload: str | None
) -> None:
    """Send a session the signal NAME, which it gets when it waits for it (na.wait): kept until then."""
    client = connect(url, token)
    found = find_session(client, session_name)
    sent = client.post(path_of("sessions", found["id"], "signals"), {"name": name, "payload": _payload(payload)})
    if as_json:
        print_json(sent)
    else:
        click.echo(f"Sent {name} to {found['id']}.")


@click.group(short_help="What ends the waiting of sessions: send.")
def signal() -> None:
    """What sessions wait for by na.wait and na.next_signal."""


@signal.command("send")
@click.argument("project")
@click.argument("name")
@click.argument("payload", required=False, metavar="[JSON]")
@server_options
@json_option
def send(url: str | None, token: str | None, as_json: bool, project: str, name: str, payload: str | None) -> None:
    """Send the signal NAME to every session of PROJECT that waits for it at this moment."""
    body = {"project": project, "name": name, "payload": _payload(payload)}
    sent = connect(url, token).post("signals", body)
    if as_json:
        print_json(sent)
        return
    count = sent["reached"]
    click.echo(f"{count} session{'' if count == 1 else 's'} got it." if count else "Nobody waits for it now.")


def _payload(text: str | None) -> Any:
    """Return the JSON of a payload; raises Invalid."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        said = f"The payload is JSON, and {text!r} is none: a text is '\"{text}\"', a value '{{\"ok\": true}}'."
        raise Invalid(said) from None
