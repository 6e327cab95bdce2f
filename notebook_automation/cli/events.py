"""`event verify-filter`: is this filter right, and would it let that event through; needs no server. And the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notebook_automation.sdk.errors import Invalid

from .emitted_events import emit_event
from .event_replays import bookmark_events, replay_events
from .options import json_option, print_json
from .tables import mark

if TYPE_CHECKING:
    from notebook_automation.domain.filters import Clause, Explanation

NOT_MATCHED = 1
"""Exit code when the filter is right and stops the event."""
_KINDS = {"all": "all of", "any": "any of", "not": "not", "if": "if"}
_EVENT_FIELDS = {"type", "event_type", "id", "source", "trigger", "received_at"}


@click.group(short_help="What happened: emit, replay, bookmark, verify-filter.")
def event() -> None:
    """What happened, and what filters make of it."""


event.add_command(replay_events)
event.add_command(bookmark_events)
event.add_command(emit_event)


@event.command("verify-filter")
@click.argument("expression", metavar="EXPR")
@click.option("--data", type=click.Path(allow_dash=True, path_type=Path), metavar="FILE",
              help="An event (type and data), or its data only; JSON, - reads it here.")  # fmt: skip
@click.option("--body", type=click.Path(allow_dash=True, path_type=Path), metavar="FILE", help="The body of a webhook.")
@click.option("--method", default="POST", show_default=True, help="With --body: how it was sent.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="With --body: a header; repeatable.")
@click.option("--event-type", metavar="NAME", help="The event's type, else what --data says.")
@json_option
def verify_filter(
    expression: str, data: Path | None, body: Path | None, method: str, headers: tuple[str, ...],
    event_type: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Check the filter EXPR (CEL over data and event_type), and try it on an event, clause by clause.

    Exits with 0 when it is right and lets the event through, with 1 when it stops it, with 2 when it is wrong.
    """
    from notebook_automation.adapters.cel import Filters

    filters = Filters()
    filters.check(expression)
    if data is not None and body is not None:
        raise Invalid("--data is the whole event, --body only what a webhook was sent: give one of them.")
    variables = _from_body(body, method, headers, event_type) if body else _from_data(data, event_type)
    fields = sorted(filters.fields(expression))
    if variables is None:
        _print_valid(fields, as_json=as_json)
        return
    explanation = filters.explain(expression, variables)
    if as_json:
        print_json({"valid": True, "fields": fields, **_as_json(explanation)})
    else:
        _print(explanation)
    if not explanation.outcome.matched:
        raise click.exceptions.Exit(NOT_MATCHED)


def _from_data(file: Path | None, event_type: str | None) -> dict[str, Any] | None:
    if file is None:
        return None
    content = _parsed(file)
    if isinstance(content, dict) and "data" in content and _EVENT_FIELDS & content.keys():
        kind = content.get("type") or content.get("event_type") or ""
        return {"data": content["data"], "event_type": event_type or kind}
    return {"data": content, "event_type": event_type or ""}


def _from_body(file: Path, method: str, headers: tuple[str, ...], event_type: str | None) -> dict[str, Any]:
    """Return what a webhook makes of the body: the same reading as when it is served."""
    from notebook_automation.domain.deliveries import Delivery, read_delivery

    given = [_header(text) for text in headers]
    if not any(name.lower() == "content-type" for name, _ in given):
        given.append(("Content-Type", "application/json"))
    delivery = Delivery(method=method.upper(), url="", path="", query="", headers=given, body=_bytes(file))
    return {"data": read_delivery(delivery), "event_type": event_type or method.lower()}


def _header(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(":")
    if not separator or not name.strip():
        raise Invalid(f"--header takes NAME:VALUE, such as X-GitHub-Event:push, not {text!r}.")
    return name.strip(), value.strip()


def _parsed(file: Path) -> Any:
    from notebook_automation.domain.strict_json import parse_json

    try:
        return parse_json(_bytes(file).decode("utf-8"))
    except UnicodeDecodeError:
        raise Invalid(
            f"{file} is not text in UTF-8: save it in UTF-8, or give it with --body, which takes any bytes."
        ) from None


def _bytes(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as stream:
            return bytes(stream.read())
    except OSError as error:
        raise Invalid(f"The file {file} could not be opened: {error.strerror}.") from None


def _print_valid(fields: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"valid": True, "fields": fields})
        return
    click.echo(f"{mark(True)} The filter is right. It reads {', '.join(fields) or 'nothing of the event'}.")
    click.echo("  Try it on an event with --data FILE, or on a webhook's body with --body FILE.")


def _print(explanation: Explanation) -> None:
    _print_clause(explanation.tree, 0)
    outcome = explanation.outcome
    if outcome.error is not None:
        click.echo(f"\n{mark(False)} It could not be decided, so it lets nothing through: {outcome.error}")
    elif outcome.matched:
        click.echo(f"\n{mark(True)} The filter lets the event through.")
    else:
        click.echo(f"\n{mark(False)} The filter stops the event.")


def _print_clause(clause: Clause, depth: int) -> None:
    indent = "  " * depth
    sign = mark(clause.result)
    if clause.parts:
        click.echo(f"{indent}{sign} {click.style(_KINDS[clause.kind], bold=True)}")
        for part in clause.parts:
            _print_clause(part, depth + 1)
        return
    click.echo(f"{indent}{sign} {clause.text}")
    for name, value in clause.values.items():
        click.echo(click.style(f"{indent}    {name} = {json.dumps(value, ensure_ascii=False)}", dim=True))
    if clause.error is not None:
        click.echo(click.style(f"{indent}    {clause.error}", fg="yellow"))


def _as_json(explanation: Explanation) -> Mapping[str, Any]:
    outcome = explanation.outcome
    clauses = [
        {"text": one.text, "result": one.result, "error": one.error, "values": dict(one.values)}
        for one in explanation.clauses
    ]
    return {"matched": outcome.matched, "error": outcome.error, "clauses": clauses}
