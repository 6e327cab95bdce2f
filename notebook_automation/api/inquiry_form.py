"""The page of a link as values: what it shows of an inquiry, and what was filled in on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from notebook_automation.adapters.html_pages import render, style
from notebook_automation.adapters.markdown import to_html
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.inquiries import Inquiry, InquiryAnswer, Shown
from notebook_automation.domain.inquiry_decisions import Given, standing_value
from notebook_automation.domain.inquiry_mails import one_line
from notebook_automation.domain.plain_forms import Form, filled, form_of
from notebook_automation.domain.requesters import note
from notebook_automation.domain.schedules.zones import zone_of
from notebook_automation.services.inquiry_links import OpenedLink

_MOST_FIELDS = 500
_VERDICTS = {"approve": "approved", "reject": "rejected", "value": "answered"}
INLINE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "text/html", "text/plain")
"""What is shown in the page, or in a frame of it; anything else is downloaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What was sent by the page: texts by the names of fields, and what is wrong with them (empty: with the whole)."""

    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def read_form(body: bytes) -> dict[str, str]:
    """Return what a form sends (`application/x-www-form-urlencoded`). Raises Invalid (``form_invalid``)."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise Invalid(
            "This is not what the form of the page sends: open the link again.", code="form_invalid"
        ) from None
    texts = dict(pairs)
    if len(texts) != len(pairs):
        raise Invalid("The form has a field twice: open the link again.", code="form_invalid")
    return texts


def given_of(opened: OpenedLink, texts: Mapping[str, str]) -> Given | Entered:
    """Return the answer that the fields ``texts`` are; what is wrong with them where they are none."""
    inquiry, comment = opened.inquiry, texts.get("comment", "").replace("\r\n", "\n")
    decision = texts.get("decision", "")
    if inquiry.form != "value":
        if decision == "reject":
            return Given(decision="reject", comment=comment)
        if decision != "approve":
            return Entered(texts=texts, errors={"": "Choose one of the buttons."})
        if inquiry.form == "decision":
            return Given(decision="approve", comment=comment)
    found = filled(inquiry.response_schema, plain_form(opened), texts)
    if found.errors:
        return Entered(texts=texts, errors=found.errors)
    return Given(
        decision=None if inquiry.form == "value" else "approve", value=found.value, has_value=True, comment=comment
    )


def plain_form(opened: OpenedLink) -> Form:
    """Return the fields of an inquiry, with the value on which others have agreed, or what is proposed."""
    inquiry = opened.inquiry
    if inquiry.response_schema is None:
        return Form()
    standing = standing_value(opened.about.given)
    return form_of(inquiry.response_schema, inquiry.proposed if standing is None else standing[1])


def question_page(opened: OpenedLink, entered: Entered, name: str, token: str, zone: str) -> str:
    """Return the page on which a link's holder, called ``name``, answers; ``zone`` is an IANA name."""
    inquiry, form = opened.inquiry, plain_form(opened)
    sent = bool(entered.texts)
    fields = [
        {
            "name": one.name, "kind": one.kind, "label": one.label, "help": one.help, "required": one.is_required,
            "choices": one.choices, "error": entered.errors.get(one.name, ""),
            "text": entered.texts.get(one.name, "") if sent else one.initial,
        }
        for one in form.fields
    ]  # fmt: skip
    return render(
        "answer.html", **_frame(inquiry, name, opened.link.person), prompt=_prompt(inquiry), form=inquiry.form,
        requester_note=note(inquiry.behind),
        fields=fields, buttons=form.buttons, error=entered.errors.get("", ""),
        wrong=[one for one in fields if one["error"]], comment=entered.texts.get("comment", ""),
        form_code=opened.form_code, until=_time(opened.link.expires_at, zone),
        shown=[_shown(number, one, token) for number, one in enumerate(inquiry.shown) if one.kind != "alternative"],
        answers=[_answer(one, zone) for one in opened.about.given],
    )  # fmt: skip


def thanks_page(opened: OpenedLink, name: str, zone: str, note: str = "") -> str:
    """Return the page that tells a link's holder what they have answered."""
    answer = None if opened.answer is None else _answer(opened.answer, zone)
    frame = _frame(opened.inquiry, name, opened.link.person)
    return render("answered.html", **frame, answer=answer, note=note, at=_time(opened.link.used_at or 0.0, zone))


def message_page(title: str, text: str) -> str:
    """Return a page that says ``text``, and nothing of any inquiry."""
    return render("message.html", title=title, text=text, style=style()[0])


def _prompt(inquiry: Inquiry) -> str:
    """Return the prompt as HTML, in which what is too wide for a phone is moved by the keyboard as well."""
    # Sanitised HTML has no attributes on these, and what was written as text is escaped.
    return (
        to_html(inquiry.prompt).replace("<pre>", '<pre tabindex="0" role="region" aria-label="Code">')
        .replace("<table>", '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>')
        .replace("</table>", "</table></div>")
    )  # fmt: skip


def _frame(inquiry: Inquiry, name: str, login: str) -> dict[str, Any]:
    return {
        "title": one_line(inquiry.title), "project": inquiry.project, "notebook": inquiry.notebook, "login": login,
        "name": one_line(name), "style": style()[0],
    }  # fmt: skip


def _shown(number: int, one: Shown, token: str) -> dict[str, Any]:
    kind = one.media_type.partition(";")[0].strip().lower()
    inline = kind in INLINE_TYPES
    # Relative to the page, whatever stands before it: a prefix of Jupyter, of a hub, of a proxy.
    return {
        "name": one_line(one.name) or f"{number}", "url": f"{token}/shown/{number}",
        "how": "file" if not inline else "picture" if kind.startswith("image/") else "frame",
    }  # fmt: skip


def _answer(one: InquiryAnswer, zone: str) -> dict[str, Any]:
    value = "" if one.decision == "reject" or one.value is None else json.dumps(one.value, ensure_ascii=False, indent=2)
    return {
        "by": one.by, "person": one.person, "verdict": _VERDICTS[one.decision], "comment": one.comment, "value": value,
        "at": _time(one.created_at, zone),
    }  # fmt: skip


def _time(at: float, zone: str) -> str:
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone) if zone else UTC)
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or 'UTC'}"
