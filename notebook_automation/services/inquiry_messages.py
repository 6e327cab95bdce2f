"""What an e-mail about an inquiry says: who is asked what, and the link by which they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from notebook_automation.adapters.html_pages import render
from notebook_automation.adapters.markdown import to_html
from notebook_automation.adapters.smtp import check_address
from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.inquiry_mails import one_line, sender_name
from notebook_automation.domain.requesters import note

_SUBJECTS = {
    "asked": "Please answer", "stage": "Please answer", "delegated": "Given to you", "question": "A question for you",
    "reminder": "Reminder, please answer", "escalated": "Please answer",
}  # fmt: skip
_PROMPT = 20_000
"""Characters of a prompt that a mail shows; the page of the link has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to ``login``, called ``name``, at ``address``. ``url`` is the link to answer by, empty where none is.

    ``said`` is what the one who gave or asked it has said; ``until`` is when the link expires, in epoch seconds.
    """

    inquiry: Inquiry
    why: str
    login: str
    name: str
    address: str
    url: str = ""
    until: float = 0.0
    said: str = ""
    said_by: str = ""


def message_of(notice: Notice, sender: str, mail_id: str, now: float) -> EmailMessage:
    """Return the message, with a plain and an HTML part. Raises MailRefused for an address that is none."""
    inquiry = notice.inquiry
    name, address = parseaddr(sender)
    own = check_address(address)
    message = EmailMessage()
    message["From"] = Address(display_name=sender_name(name) or "Notebook Automation", addr_spec=own)
    message["To"] = Address(display_name=sender_name(notice.name), addr_spec=check_address(notice.address))
    message["Subject"] = one_line(f"{_SUBJECTS.get(notice.why, 'Please answer')}: {inquiry.title}", 150)
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    # The same each time that it is tried: what arrives twice is seen to be one.
    message["Message-ID"] = f"<{mail_id}@{own.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    shown = {
        "name": one_line(notice.name), "login": one_line(notice.login), "project": one_line(inquiry.project),
        "notebook": one_line(inquiry.notebook, 300), "url": notice.url, "said": notice.said[:_PROMPT],
        "said_by": one_line(notice.said_by), "until": f"{datetime.fromtimestamp(notice.until, UTC):%Y-%m-%d %H:%M} UTC",
        "requester_note": one_line(note(inquiry.behind), 300), "is_reminder": notice.why == "reminder",
        "shown": [one_line(one.name) for one in inquiry.shown],
    }  # fmt: skip
    prompt = inquiry.prompt if len(inquiry.prompt) <= _PROMPT else f"{inquiry.prompt[:_PROMPT]} …"
    message.set_content(render("mail.txt", prompt=prompt, **shown))
    message.add_alternative(render("mail.html", prompt=to_html(prompt), **shown), subtype="html")
    return message


def sender_of(text: str) -> str:
    """Return the address of ``text``, a setting such as ``Automation <na@example.org>``. Raises MailRefused."""
    return check_address(parseaddr(text)[1])
