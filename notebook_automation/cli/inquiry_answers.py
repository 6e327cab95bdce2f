"""`inquiry answer|delegate|send-back|reply|withdraw|absence`: what a person does with an inquiry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.inquiry_texts import answers_text, choices_of, state_text
from notebook_automation.sdk.times import in_zone

from .errors import FAILED
from .options import json_option, print_json, server_options
from .server import connect
from .tables import print_table

_comment_option = click.option("--comment", metavar="TEXT", default="", help="What you say with it.")


@click.command("answer")
@click.argument("words", metavar="INQUIRY… ANSWER", nargs=-1, required=True)
@click.option("--value", metavar="JSON", help="A value for a form; with approve: what is proposed, changed.")
@_comment_option
@server_options
@json_option
def answer_inquiry(
    url: str | None, token: str | None, as_json: bool, words: tuple[str, ...], value: str | None, comment: str
) -> None:
    """Answer an inquiry, or several of equal forms alike.

    ANSWER is approve or reject, or one of the choices; a form takes --value with its JSON.
    """
    client = connect(url, token)
    ids = [word for word in words if word.startswith("inq_")]
    said = words[len(ids) :]
    if not ids or len(said) > 1 or list(words[: len(ids)]) != ids:
        raise Invalid("Say which inquiry (inq_…), or several, and then one answer: approve, reject or a choice.")
    asked = client.get(path_of("inquiries", ids[0]))
    body = {**_given(asked, said[0] if said else None, value), "comment": comment}
    if len(ids) > 1:
        _answer_many(client, {**body, "ids": ids}, as_json=as_json)
        return
    found = client.post(path_of("inquiries", ids[0], "answers"), body)
    _print_state(found, as_json=as_json, done=f"Your answer is recorded. {ids[0]}: {state_text(found)}.")


@click.command("delegate")
@click.argument("inquiry_id", metavar="INQUIRY")
@click.argument("to", metavar="PERSON")
@_comment_option
@server_options
@json_option
def delegate_inquiry(url: str | None, token: str | None, as_json: bool, inquiry_id: str, to: str, comment: str) -> None:
    """Give your turn to PERSON."""
    body = {"to": to, "comment": comment}
    done = connect(url, token).post(path_of("inquiries", inquiry_id, "delegation"), body)
    _print_state(done, as_json=as_json, done=f"Gave {inquiry_id} to {to}.")


@click.command("send-back")
@click.argument("inquiry_id", metavar="INQUIRY")
@click.argument("question")
@click.option("--to", metavar="PERSON", help="Ask this person, and keep the inquiry; else the code that asked.")
@server_options
@json_option
def send_inquiry_back(
    url: str | None, token: str | None, as_json: bool, inquiry_id: str, question: str, to: str | None
) -> None:
    """Send an inquiry back with QUESTION: to the code that asked, which goes on with it, or to a person."""
    body = {"question": question, **({"to": to} if to else {})}
    done = connect(url, token).post(path_of("inquiries", inquiry_id, "question"), body)
    _print_state(done, as_json=as_json, done=f"Asked {to}; {inquiry_id} stays where it is." if to else None)


@click.command("reply")
@click.argument("inquiry_id", metavar="INQUIRY")
@click.argument("comment")
@server_options
@json_option
def reply_to_question(url: str | None, token: str | None, as_json: bool, inquiry_id: str, comment: str) -> None:
    """Reply to the question that you were sent about an inquiry."""
    done = connect(url, token).post(path_of("inquiries", inquiry_id, "replies"), {"comment": comment})
    _print_state(done, as_json=as_json, done=f"Replied about {inquiry_id}.")


@click.command("withdraw")
@click.argument("inquiry_id", metavar="INQUIRY")
@click.option("--reason", metavar="TEXT", default="", help="Why: the code that asked is told.")
@server_options
@json_option
def withdraw_inquiry(url: str | None, token: str | None, as_json: bool, inquiry_id: str, reason: str) -> None:
    """Take an inquiry back: nobody can answer it any more, and na.inquire raises InquiryWithdrawn."""
    done = connect(url, token).post(path_of("inquiries", inquiry_id, "withdrawal"), {"reason": reason})
    _print_state(done, as_json=as_json)


@click.command("absence")
@click.argument("substitute", metavar="[PERSON]", required=False)
@click.option("--until", metavar="TIME", help="When you are back (RFC 3339); else until --end.")
@click.option("--end", is_flag=True, help="You are back.")
@server_options
@json_option
def say_absence(
    url: str | None, token: str | None, as_json: bool, substitute: str | None, until: str | None, end: bool
) -> None:
    """Let PERSON answer for you while you are away; without PERSON list who is away."""
    client = connect(url, token)
    if end and (substitute or until):
        raise Invalid("--end says that you are back: leave the rest out.")
    if end:
        client.call("DELETE", "inquiries/absences/me")
    elif substitute:
        body = {"substitute": substitute, **({"until": until} if until else {})}
        client.call("PUT", "inquiries/absences/me", json=body)
    elif until:
        raise Invalid("Say who answers for you: jupyter automation inquiry absence PERSON --until TIME.")
    listed = client.get("inquiries/absences")
    if as_json:
        print_json(listed)
        return
    rows = [
        (one["person"], one["substitute"], in_zone(one["from_at"]), in_zone(one["until_at"]) or "they are back")
        for one in listed["items"]
    ]
    print_table(("AWAY", "SUBSTITUTE", "FROM", "UNTIL"), rows, empty="Nobody is away.")


def _given(asked: Mapping[str, Any], said: str | None, value: str | None) -> dict[str, Any]:
    """Return the answer that ``said`` and ``value`` are to the inquiry ``asked``. Raises Invalid."""
    wanted = f"{asked['id']} takes {answers_text(asked)}"
    if asked["form"] == "value":
        if (said is None) == (value is None):
            raise Invalid(f"{wanted}: say it once, as ANSWER or as --value JSON.", code="answer_missing")
        return {"value": _choice(asked, said) if said is not None else _json(value or "")}
    if said not in ("approve", "reject"):
        raise Invalid(f"{wanted}.", code="answer_missing")
    return {"decision": said, **({} if value is None else {"value": _json(value)})}


def _choice(asked: Mapping[str, Any], said: str) -> Any:
    """Return the choice that reads as ``said``; else what it is as JSON, or the text that it is."""
    choices = choices_of(asked)
    for choice in choices:
        if said == choice or (not isinstance(choice, str) and said == json.dumps(choice)):
            return choice
    if choices:
        raise Invalid(f"{asked['id']} takes {answers_text(asked)}, not {said!r}.", code="answer_invalid")
    schema = asked.get("schema")
    if isinstance(schema, Mapping) and schema.get("type") == "string":
        return said
    try:
        return json.loads(said)
    except ValueError:
        return said


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Invalid(
            f'--value is JSON, and {text!r} is none: a text is \'"{text}"\', values are \'{{"version": "1.4"}}\'.',
            code="answer_invalid",
        ) from None


def _answer_many(client: Client, body: dict[str, Any], *, as_json: bool) -> None:
    answered = client.post("inquiries/answers", body)
    if as_json:
        print_json(answered)
    else:
        rows = [(one["id"], _outcome(one)) for one in answered["items"]]
        print_table(("ID", "NOW"), rows, empty="")
    if any(one["problem"] for one in answered["items"]):
        raise click.exceptions.Exit(FAILED)


def _outcome(one: Mapping[str, Any]) -> str:
    return f"not answered: {one['problem']['detail']}" if one["problem"] else state_text(one["inquiry"])


def _print_state(found: Mapping[str, Any], *, as_json: bool, done: str | None = None) -> None:
    if as_json:
        print_json(found)
    else:
        click.echo(done or f"{found['id']}: {state_text(found)}.")
