"""`notification list|test|rules`: what people were told, whether a way works, and who hears of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.notify_rules import notify_lines, notify_rules
from notebook_automation.sdk.times import ago

from .errors import Failure
from .inquiries import clean
from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .server import connect, items
from .tables import print_table


@click.group(short_help="What people were told: list it; test; rules.")
def notification() -> None:
    """What people were told (--notify of a trigger, or of its project)."""


@notification.command("list")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--trigger", metavar="NAME", help="Only of this trigger.")
@click.option("--session", metavar="ID", help="Only of this session.")
@click.option("--state", metavar="A,B", help="Only in these states: created,queued,processing,sent,error,dropped")
@limit_option
@server_options
@json_option
def list_notifications(
    url: str | None, token: str | None, as_json: bool, limit: int, project: str | None, trigger: str | None,
    session: str | None, state: str | None,
) -> None:  # fmt: skip
    """List what people were told, the newest first, and why somebody was not."""
    client = connect(url, token)
    query = {
        "project_id": _project(client, project)["id"] if project else None,
        "trigger_id": resolve(client, trigger)["id"] if trigger else None,
        "session_id": session,
        "state": state,
    }
    found = list(items(client, "notifications", limit, **query))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (one["state"], one["to"], one["title"], ago(one["created_at"]), clean(one["error"] or one["detail"]))
        for one in found
    ]
    print_table(("STATE", "TO", "WHAT", "WHEN", "DETAIL"), rows, empty="Nobody was told of anything.")


@notification.command("test")
@click.argument("project", metavar="PROJECT")
@click.argument("to", metavar="TO")
@server_options
@json_option
def test_recipient(url: str | None, token: str | None, as_json: bool, project: str, to: str) -> None:
    """Send a test message: to panel, email:ana, slack:SLACK_URL (the name of a secret of the project)."""
    client = connect(url, token)
    result = client.call("POST", "notifications/test", json={"project": project, "to": to})
    if as_json:
        print_json(result)
    elif result["sent"]:
        click.echo(f"Sent to {result['to']}.")
    if not result["sent"]:
        raise Failure(f"{result['to']}: {result['error']}", code="message_not_sent", exit_code=1, as_json=as_json)


@notification.command("rules")
@click.argument("project", metavar="PROJECT")
@click.option("--notify", "texts", multiple=True, metavar="ON:TO", help="failed,late:email:ana; repeatable; or none.")
@click.option("--if", "condition", metavar="CEL", help="Only if this holds, for all of them.")
@server_options
@json_option
def notify_project(
    url: str | None, token: str | None, as_json: bool, project: str, texts: Sequence[str], condition: str | None
) -> None:
    """Show who hears of what in a project where its triggers do not say it; with --notify: set it.

    \b
    jupyter automation notification rules sales --notify failed,missed:email:ana@example.org
    """
    client = connect(url, token)
    try:
        rules = notify_rules(texts, condition)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    path = path_of("projects", project, "notify")
    found = client.get(path) if rules is None else client.call("PUT", path, json={"notify": rules})
    if as_json:
        print_json(found)
        return
    for line in notify_lines(found["notify"]) if found["notify"] else ["Nobody, where a trigger does not say it."]:
        click.echo(line)


def _project(client: Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(path_of("projects", name))
    return found
