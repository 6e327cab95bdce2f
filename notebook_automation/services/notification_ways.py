"""The ways by which a message reaches people: the panel, e-mail, Slack, Teams, webhooks, and what Apprise knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from notebook_automation.adapters import apprise_messages, chat_messages
from notebook_automation.adapters.html_pages import render
from notebook_automation.adapters.smtp import MailRefused, Smtp, check_address
from notebook_automation.adapters.web_posts import PostRefused, post
from notebook_automation.domain.inquiry_mails import one_line, sender_name
from notebook_automation.domain.notification_messages import Line, Message
from notebook_automation.domain.notifications import Recipient, ToldChange
from notebook_automation.settings import Settings
from notebook_automation.store import projects
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .notification_reports import SessionReport
from .projects import Projects

Before = Callable[[], Awaitable[None]]
_BODIES: dict[str, Callable[[Message], dict[str, Any]]] = {
    "slack": chat_messages.slack, "teams": chat_messages.teams, "webhook": chat_messages.webhook,
}  # fmt: skip


class NotificationWays:
    """Sends messages; ``smtp`` is None where no e-mails are sent."""

    def __init__(
        self, database: Database, projects: Projects, settings: Settings, smtp: Smtp | None, *,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._projects = projects
        self._settings = settings
        self._smtp = smtp
        self._clock = clock

    async def send(
        self, recipient: Recipient, project_id: str | None, message: Message, message_id: str, before: Before,
        report: SessionReport | None = None,
    ) -> None:  # fmt: skip
        """Send ``message``, by e-mail with ``report``; ``before`` is awaited just before it is handed over.

        Raises Unavailable (``mail_delayed``, ``message_delayed``: try again), MailRefused, MailUncertain, PostRefused,
        PostUncertain, and what ``before`` raises.
        """
        match recipient.channel:
            case "panel":
                await before()
                await self._tell(message, message_id)
            case "email":
                await self._mail(recipient.target, message, message_id, before, report)
            case _:
                await self._post(recipient, project_id, message, before)

    def address_of(self, target: str) -> str:
        """Return the e-mail address of a person, or the one that ``target`` is. Raises MailRefused."""
        known = self._settings.people.get(target, {}).get("email", "").strip()
        if not known and "@" not in target:
            raise MailRefused(f"{target!r} has no e-mail address: set it in the setting people, or write the address.")
        return check_address(known or target)

    async def _tell(self, message: Message, message_id: str) -> None:
        text = message.lines[0].detail if len(message.lines) == 1 else ""
        told = ToldChange(
            title=message.title, text=text, entries=len(message.lines) + message.left, is_bad=message.is_bad,
            session=message.session_id,
        )  # fmt: skip
        await self._database.write(lambda tx: announce(tx, message_id, "told", told))

    async def _mail(
        self, target: str, message: Message, message_id: str, before: Before, report: SessionReport | None
    ) -> None:
        if self._smtp is None:
            raise MailRefused("No e-mails are sent here: whoever runs the server sets smtp_url and mail_from.")
        address = self.address_of(target)
        sender = self._settings.mail_from
        name = self._settings.people.get(target, {}).get("name") or ""
        mail = mail_of(message, sender, address, name, message_id, self._clock(), report)
        await self._smtp.send(mail, check_address(parseaddr(sender)[1]), address, before)

    async def _post(self, recipient: Recipient, project_id: str | None, message: Message, before: Before) -> None:
        url = await self._url(recipient, project_id)
        if recipient.channel == "apprise":
            await before()
            text, hosts = chat_messages.plain_text(message), self._settings.notify_hosts
            await apprise_messages.send(url, message.title, text, is_bad=message.is_bad, allowed=hosts)
            return
        loop = asyncio.get_running_loop()

        def reached() -> None:
            asyncio.run_coroutine_threadsafe(_as_coroutine(before), loop).result()

        body = chat_messages.encoded(_BODIES[recipient.channel](message))
        await asyncio.to_thread(
            post, url, body, "application/json", allowed=self._settings.notify_hosts, before=reached
        )

    async def _url(self, recipient: Recipient, project_id: str | None) -> str:
        """Return the URL that a project's secret holds. Raises PostRefused, Unavailable (``secret_unreadable``)."""
        found = None
        if project_id is not None:
            found = await self._database.read(lambda tx: projects.variable(tx, project_id, recipient.target))
        url = "" if found is None else self._projects.opened(found).strip()
        if not url:
            raise PostRefused(
                f"The project's secret {recipient.target} has no value: set it to the URL, under Variables or by "
                f"jupyter automation secret set {recipient.target}."
            )
        return url


def mail_of(
    message: Message,
    sender: str,
    address: str,
    name: str,
    message_id: str,
    now: float,
    report: SessionReport | None = None,
) -> EmailMessage:
    """Return the e-mail that says ``message``, sent at ``now`` (epoch seconds). Raises MailRefused."""
    from_name, from_address = parseaddr(sender)
    own = check_address(from_address)
    mail = EmailMessage()
    mail["From"] = Address(display_name=sender_name(from_name) or "Notebook Automation", addr_spec=own)
    mail["To"] = Address(display_name=sender_name(name), addr_spec=address)
    mail["Subject"] = one_line(message.title, 150)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    # The same each time that it is tried: what arrives twice is seen to be one.
    mail["Message-ID"] = f"<{message_id}@{own.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    shown = {
        "title": message.title, "lines": [_shown(line) for line in message.lines], "left": message.left,
        "is_bad": message.is_bad,
        "why": "You get this since a trigger, or its project, names you under notify.",
    }  # fmt: skip
    body = None if report is None else report.body
    note = "" if report is None else report.left_out
    text = "" if body is None else "\n\n".join(body.text)
    html = "" if body is None else "\n".join(body.html)
    mail.set_content(render("notice.txt", **shown, report=text, note=note))
    mail.add_alternative(render("notice.html", **shown, report=html, note=note), subtype="html")
    _attach(mail, report)
    return mail


def _attach(mail: EmailMessage, report: SessionReport | None) -> None:
    """Add the pictures of a report to its HTML, and its files to the mail."""
    if report is None:
        return
    page = mail.get_body(("html",))
    for picture in report.body.pictures if report.body is not None and page is not None else ():
        page.add_related(picture.content, "image", picture.subtype, cid=f"<{picture.cid}>", disposition="inline")  # type: ignore[union-attr]
    for name, content in report.files:
        # A page that code has made is no page of the mail's: it is a file to be kept. A PDF may be looked at.
        subtype = "pdf" if name.endswith(".pdf") else "octet-stream"
        mail.add_attachment(content, maintype="application", subtype=subtype, filename=one_line(name, 100))


def _shown(line: Line) -> dict[str, str]:
    url = line.url if line.url.startswith(("http://", "https://")) else ""
    at = f"{datetime.fromtimestamp(line.at, UTC):%Y-%m-%d %H:%M} UTC"
    return {"what": line.what, "detail": line.detail, "at": at, "url": url}


async def _as_coroutine(before: Before) -> None:
    await before()
