"""`trigger set`: who hears of what of a trigger, which report it makes, and to whom that is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.notify_rules import (
    NOBODY,
    REPORT_PARTS,
    notify_lines,
    notify_rules,
    report_rule,
    report_text,
)

from .named_triggers import HELP, resolve
from .options import json_option, print_json, server_options
from .server import connect
from .tables import print_fields

_AS_PROJECT = "project"
_NO_REPORT = "none"


@click.command("set", epilog=HELP)
@click.argument("name", metavar="TRIGGER")
@click.option(
    "--notify", "texts", multiple=True, metavar="ON:TO",
    help="Who is told: failed,late:email:ana; none: nobody; project: as its project says; repeatable.",
)  # fmt: skip
@click.option("--notify-if", "condition", metavar="CEL", help="Only if this holds, for all of --notify.")
@click.option(
    "--report", metavar="FORMATS", help="What is made of each run: html, pdf, html,pdf; ,no-code without code; with "
    "--send-to also email; or none.",
)  # fmt: skip
@click.option("--send-to", "to", multiple=True, metavar="WHO", help="Who gets the report: ana@example.org; repeatable.")
@click.option("--send-if", metavar="CEL", help="Send it only if this holds.")
@server_options
@json_option
def set_notices(
    url: str | None, token: str | None, as_json: bool, name: str, texts: Sequence[str], condition: str | None,
    report: str | None, to: Sequence[str], send_if: str | None,
) -> None:  # fmt: skip
    """Say who hears of what, and who gets the report, as the options of %trigger do.

    --notify takes the place of who heard before, --send-to of who got the report; what is not named stays.

    \b
    jupyter automation trigger set nightly --notify failed,missed:email:ana
    jupyter automation trigger set weekly --report html,pdf,email --send-to ana --send-if 'session.duration > 1.0'
    """
    if not texts and report is None:
        raise click.UsageError("Say what is to be set: --notify failed:email:ana, or --report html --send-to ana.")
    client = connect(url, token)
    found = resolve(client, name)
    try:
        body = _body(found, texts, condition, report, to, send_if)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    made = client.call("PATCH", path_of("triggers", found["id"]), json=body)
    if as_json:
        print_json(made)
        return
    told = notify_lines(made["notify"]) or ["as its project says"]
    print_fields((("Trigger", made["ref"]), ("Notifies", "\n".join(told)), ("Report", made["report"])))


def _body(
    found: dict[str, Any], texts: Sequence[str], condition: str | None, report: str | None, to: Sequence[str],
    send_if: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return what is changed of the trigger ``found``. Raises ValueError, saying why."""
    parts = _parts(report)
    rules = notify_rules([] if list(texts) == [_AS_PROJECT] else texts, condition)
    sent = report_rule(parts, to, send_if)
    body: dict[str, Any] = {} if report is None else {"report": report_text(parts)}
    before: list[dict[str, Any]] | None = found["notify"]
    heard = [rule for rule in before or [] if not rule["report"]]
    carried = [rule for rule in before or [] if rule["report"]]
    if list(texts) == [_AS_PROJECT]:
        if sent is not None:
            raise ValueError("A trigger that sends a report says itself who hears of it: leave --notify project out")
        body["notify"] = None
    elif list(texts) == [NOBODY] and sent is None:
        body["notify"] = []
    elif rules is not None or sent is not None:
        body["notify"] = [*(heard if rules is None else rules), *(carried if sent is None else [sent])]
    return body


def _parts(report: str | None) -> list[str]:
    parts = [] if report in (None, _NO_REPORT) else [one.strip() for one in str(report).split(",")]
    for one in parts:
        if one not in REPORT_PARTS:
            raise ValueError(f"a report is html, pdf or email, or several of them as html,pdf,email, not {one!r}")
    return parts
