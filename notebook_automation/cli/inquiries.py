"""`inquiry list|show|log|export`, and all that is done with one: what sessions ask people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.inquiry_texts import answers_text, place_text, stage_lines, state_text, whom_text
from notebook_automation.sdk.sizes import size_text
from notebook_automation.sdk.times import ago, in_zone

from .artifacts import whole_file
from .inquiry_answers import (
    answer_inquiry,
    delegate_inquiry,
    reply_to_question,
    say_absence,
    send_inquiry_back,
    withdraw_inquiry,
)
from .options import json_option, limit_option, print_json, server_options
from .server import connect, items
from .tables import print_fields, print_table

_ENTRIES = 500


@click.group(short_help="What sessions ask people: list, show, answer and more.")
def inquiry() -> None:
    """What sessions ask people (na.inquire), and your answers."""


for _command in (
    answer_inquiry,
    delegate_inquiry,
    reply_to_question,
    say_absence,
    send_inquiry_back,
    withdraw_inquiry,
):
    inquiry.add_command(_command)


@inquiry.command("list")
@click.option("--all", "everybodys", is_flag=True, help="Everybody's, ended ones too; else what waits for you.")
@click.option("--status", metavar="A,B", help="Only in these states: pending,responded,timeout,cancelled")
@click.option("--person", metavar="NAME", help="Only what waits for this person.")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--session", metavar="ID", help="Only this session's.")
@click.option("--older-than", metavar="AGE", help="Only those that were asked before: 2d, 12h.")
@limit_option
@server_options
@json_option
def list_inquiries(
    url: str | None, token: str | None, as_json: bool, limit: int, everybodys: bool, status: str | None,
    person: str | None, project: str | None, session: str | None, older_than: str | None,
) -> None:  # fmt: skip
    """List what waits for you, the newest first; or with --all, --status, --person all that there is."""
    client = connect(url, token)
    mine = not (everybodys or status or person)
    query = _filters(
        client, status="pending" if mine else status, person="me" if mine else person, project=project,
        session=session, older_than=older_than,
    )  # fmt: skip
    found = list(items(client, "inquiries", limit, **query))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (
            one["id"],
            one["status"],
            whom_text(one) if one["status"] == "pending" else ", ".join((one["response"] or {}).get("by") or ()),
            f"{one['project']}/{one['notebook']}",
            ago(one["created_at"]),
            one["title"],
        )
        for one in found
    ]
    columns = ("ID", "STATUS", "WAITS FOR" if mine else "WHO", "ASKED BY", "ASKED", "TITLE")
    empty = "Nothing waits for you: --all lists all inquiries." if mine else "There are no such inquiries."
    print_table(columns, rows, empty=empty)


@inquiry.command("show")
@click.argument("inquiry_id", metavar="INQUIRY")
@server_options
@json_option
def show_inquiry(url: str | None, token: str | None, as_json: bool, inquiry_id: str) -> None:
    """Show an inquiry: what is asked, of whom, until when, who has answered, and how you may."""
    found = connect(url, token).get(path_of("inquiries", inquiry_id))
    if as_json:
        print_json(found)
        return
    _print_inquiry(found)
    click.echo()
    click.echo(clean(found["prompt"]))


@inquiry.command("log")
@click.argument("inquiry_id", metavar="INQUIRY")
@server_options
@json_option
def show_log(url: str | None, token: str | None, as_json: bool, inquiry_id: str) -> None:
    """Print all that happened to an inquiry, oldest first. With --json each entry is a line."""
    client = connect(url, token)
    path, after = path_of("inquiries", inquiry_id, "log"), 0
    rows: list[tuple[object, ...]] = []
    while entries := client.get(path, after=after, limit=_ENTRIES)["items"]:
        for one in entries:
            if as_json:
                click.echo(json.dumps(one, ensure_ascii=False))
            rows.append((in_zone(one["at"]), one["what"], one["who"], one["channel"], _detail(one["detail"])))
        after = entries[-1]["seq"]
    if not as_json:
        print_table(("WHEN", "WHAT", "WHO", "BY", "DETAIL"), rows, empty="Nothing has happened to it.")


@inquiry.command("export")
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to write it; else the terminal.")
@click.option("--status", metavar="A,B", help="Only in these states: pending,responded,timeout,cancelled")
@click.option("--person", metavar="NAME", help="Only what waits for this person.")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--session", metavar="ID", help="Only this session's.")
@click.option("--older-than", metavar="AGE", help="Only those that were asked before: 2d, 12h.")
@server_options
@json_option
def export_inquiries(
    url: str | None, token: str | None, as_json: bool, kind: str, output: str, status: str | None,
    person: str | None, project: str | None, session: str | None, older_than: str | None,
) -> None:  # fmt: skip
    """Write the record of inquiries, all that happened to them, as CSV or JSON."""
    client = connect(url, token)
    query = _filters(
        client, status=status, person=person, project=project, session=session, older_than=older_than
    )  # fmt: skip
    query["format"] = "json" if as_json else kind
    if output == "-":
        with click.open_file("-", "wb") as stream:
            client.download("inquiries/export", stream, query)
        return
    file = Path(output)
    with whole_file(file) as stream:
        client.download("inquiries/export", stream, query)
    click.echo(f"Wrote {file} ({size_text(file.stat().st_size)}).", err=True)


def clean(text: str) -> str:
    """Return ``text`` of a session without what moves or colours a terminal, or turns its lines around."""
    return "".join(one for one in text if one.isprintable() or one == "\n")


def _filters(
    client: Client, *, status: str | None, person: str | None, project: str | None, session: str | None,
    older_than: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the query for what the options say."""
    from notebook_automation.domain.schedules.intervals import interval_seconds

    return {
        "status": status,
        "assigned_to": person,
        "project_id": client.get(path_of("projects", project))["id"] if project else None,
        "session_id": session,
        "older_than": interval_seconds(older_than, "--older-than") if older_than else None,
    }


def _print_inquiry(found: Mapping[str, Any]) -> None:
    pending = found["status"] == "pending"
    timeout = found["on_timeout"]
    then = {"reject": "rejected", "raise": "an error", "value": f"the value {json.dumps(timeout.get('value'))}",
            "escalate": f"asked of {', '.join(timeout.get('to') or ())}"}[timeout["do"]]  # fmt: skip
    until = f"{in_zone(found['timeout_at'])}, then {then}" if found["timeout_at"] else None
    delegations = [
        f"{one['giver']} asked {one['taker']}: {one['comment']}"
        if one["is_question"]
        else f"{one['giver']} gave it to {one['taker']}" + (f": {one['comment']}" if one["comment"] else "")
        for one in found["delegations"]
    ]
    fields: tuple[tuple[str, object], ...] = (
        ("Inquiry", found["id"]),
        ("Status", found["status"]),
        ("Stands", state_text(found)),
        ("Asked by", f"{found['project']}/{place_text(found)}, {found['session_ref']}"),
        ("Started by", found.get("requester_note") or found["requester"]),
        ("Asked", in_zone(found["created_at"])),
        ("Stages", "\n".join(stage_lines(found))),
        ("Excluded", ", ".join(found["exclude"])),
        ("Delegated", "\n".join(delegations)),
        ("Until", until if pending else None),
        ("Reminder", in_zone(found["next_reminder_at"])),
        ("Takes", answers_text(found) if pending else None),
        ("Schema", json.dumps(found["schema"], ensure_ascii=False) if found["schema"] is not None else None),
        ("Proposed", json.dumps(found["proposed"], ensure_ascii=False) if found["proposed"] is not None else None),
        ("Shown", "\n".join(_shown_lines(found))),
        ("You", ("may answer" if found["may_answer"] else found["why_not"]) if pending else None),
        ("Answer", json.dumps(found["response"], ensure_ascii=False) if found["response"] else None),
        ("Answered", f"{in_zone(found['responded_at'])} by {found['channel']}" if found["responded_at"] else None),
        ("Reason", found["ended_reason"]),
    )
    print_fields((name, clean(str(value)) if value else value) for name, value in fields)


def _shown_lines(found: Mapping[str, Any]) -> Iterator[str]:
    for one in found["shown"]:
        yield f"{one['name']} ({size_text(one['size'])}), {one['digest']}"
    if found["shown"]:
        yield "A shell shows none of it: look at it in the panel, on the inquiry's page."


def _detail(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False) if detail else ""
