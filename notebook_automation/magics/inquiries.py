"""Inquiries in a notebook: their table, their card, and `%automation inquiries`, which shows what waits for you."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.inquiry_texts import answers_text, place_text, stage_lines, state_text
from notebook_automation.sdk.markup import joined, tag
from notebook_automation.sdk.times import ago, in_zone

from .markup import CardRows, Shown, card, code, panel_link, table
from .noun import Command, Noun

_MOST = 50


def waiting_inquiries(client: Client) -> Iterator[str]:
    """Yield the ids of the inquiries that wait for an answer."""
    for one in client.get("inquiries", limit=_MOST, status="pending")["items"]:
        yield one["id"]


def inquiries_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `inquiries` takes."""
    parser.add_argument("id", nargs="?", metavar="INQUIRY", help="an inquiry's id: its card")
    parser.add_argument("--all", action="store_true", help="everybody's, ended ones too")


def show_inquiries(shell: Any, given: argparse.Namespace) -> Shown:
    """Return a table of what waits for whoever this kernel belongs to, or the card of one."""
    if given.id:
        return inquiry_card(connect().get(path_of("inquiries", given.id)))
    query = {} if given.all else {"status": "pending", "assigned_to": "me"}
    found = connect().get("inquiries", limit=_MOST, **query)["items"]
    empty = NOUN.empty if given.all else "Nothing waits for you: --all lists all inquiries."
    return table(NOUN.columns, [_row(one) for one in found], empty=empty)


def inquiry_card(inquiry: Mapping[str, Any]) -> Shown:
    """Return what is asked, of whom, how it stands, and where to answer it."""
    rows = CardRows()
    prompt = str(inquiry["prompt"])
    rows.add("Prompt", prompt, tag("div", prompt, style="white-space: pre-wrap"))
    rows.add("Stands", state_text(inquiry))
    stages = stage_lines(inquiry)
    rows.add("Stages", "\n".join(stages), joined([tag("div", line) for line in stages]))
    rows.add("Asked by", place_text(inquiry))
    rows.add(
        "Session", inquiry["session_ref"], panel_link(inquiry["session_ref"], "session", id=inquiry["session_ref"])
    )
    rows.add("Started by", str(inquiry.get("requester_note") or inquiry.get("requester") or ""))
    rows.add("Asked", in_zone(inquiry["created_at"]))
    if inquiry["status"] == "pending":
        rows.add("Takes", answers_text(inquiry))
        rows.add("You", "may answer" if inquiry["may_answer"] else inquiry["why_not"])
    links = [panel_link("Open in the panel", "inquiry", id=inquiry["id"])]
    return card(str(inquiry["title"]), f"{inquiry['project']} {inquiry['id']}", rows, links=links)


def _row(inquiry: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        panel_link(inquiry["title"], "inquiry", id=inquiry["id"]),
        state_text(inquiry),
        f"{inquiry['project']}/{inquiry['notebook']}",
        ago(inquiry["created_at"]),
        code(inquiry["id"]),
    )


def _of_project(name: str) -> Mapping[str, Any]:
    return {"project_id": connect().get(path_of("projects", name))["id"]}


NOUN = Noun(
    plural="inquiries",
    columns=("Inquiry", "Stands", "Asked by", "Asked", "Id"),
    row=_row,
    empty="No such inquiries: a notebook asks people by na.inquire('Publish?').",
    filters=frozenset({"status"}),
    id_prefix="inq_",
    card=inquiry_card,
    commands={
        "inquiries": Command(
            summary="what waits for your answer; one of them",
            example="%automation inquiries",
            arguments=inquiries_arguments,
            act=show_inquiries,
            names=waiting_inquiries,
        ),
    },
    of_project=_of_project,
)
