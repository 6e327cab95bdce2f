"""E-mails about inquiries: written down in the transaction that is the reason, sent after it, never more than once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.adapters.smtp import MailRefused, MailUncertain, Smtp
from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.inquiry_mails import MAIL_ID, InquiryMail, MailStatus, pause_after
from notebook_automation.domain.inquiry_turns import Circle, Turn, who_may
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log, inquiry_mails
from notebook_automation.store.database import Database

from .inquiry_messages import Notice, message_of, sender_of
from .inquiry_views import circle, directory
from .link_issuing import LinkIssuer

_record = logging.getLogger(__name__)
_ANSWER_TIME = 300.0
"""Seconds after which a server that has a message and said nothing is not waited for any more."""
_AT_ONCE = 20
PATH = "notebook-automation/inquiries/answer/"
"""Below the server's own address: the page of a link."""


class _Taken(Exception):
    """Somebody else sends this mail."""


class InquiryMails:
    """The service of e-mails; ``smtp`` is None where none are sent.

    ``public_base`` returns the address under which others reach the server, with a slash at its end.
    """

    def __init__(
        self, database: Database, settings: Settings, issuer: LinkIssuer, smtp: Smtp | None,
        public_base: Callable[[], str], *, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._issuer = issuer
        self._smtp = smtp
        self._public_base = public_base
        self._clock = clock

    def notify(self, tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]) -> None:
        """Write down who is to hear of an inquiry: one message a person and reason, whatever happens twice."""
        if self._smtp is None:
            return
        now = self._clock()
        for person in sorted(people):
            if self._address(person):
                mail = InquiryMail(
                    id=MAIL_ID.new(), inquiry_id=inquiry.id, person=person, reason=f"{reason}/{inquiry.stage}",
                    created_at=now, next_at=now,
                )  # fmt: skip
                inquiry_mails.add_once(tx, mail)

    async def next_time(self) -> float | None:
        """Return when the next mail is to be looked at, in epoch seconds; None: there is none. Raises Unavailable."""
        return None if self._smtp is None else await self._database.read(inquiry_mails.next_due)

    async def send_due(self) -> bool:
        """Send some mails whose time has come; return whether there may be more. Raises Unavailable."""
        now = self._clock()
        lost = await self._database.read(lambda tx: inquiry_mails.due(tx, now, "sending", _AT_ONCE))
        for mail in lost:
            await self._end(mail, "uncertain", "The server ended while it was sent: it is not sent again.")
        waiting = await self._database.read(lambda tx: inquiry_mails.due(tx, now, "waiting", _AT_ONCE))
        for mail in waiting:
            try:
                await self._send(mail)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - what is wrong with one must not keep all others
                _record.exception("An e-mail about inquiry %s could not be written", mail.inquiry_id)
                await self._put_off(mail, Unavailable(f"It could not be written ({type(error).__name__})."))
        return len(waiting) == _AT_ONCE

    async def _send(self, mail: InquiryMail) -> None:
        assert self._smtp is not None
        notice = await self._database.write(lambda tx: self._notice(tx, mail))
        if notice is None:
            await self._end(mail, "dropped", None)
            return
        sent = replace(mail, status="sending")

        async def before() -> None:
            until = self._clock() + _ANSWER_TIME
            if not await self._database.write(lambda tx: inquiry_mails.change(tx, mail, "sending", next_at=until)):
                raise _Taken

        try:
            sender = self._settings.mail_from
            message = message_of(notice, sender, mail.id, self._clock())
            await self._smtp.send(message, sender_of(sender), notice.address, before)
        except _Taken:
            return
        except MailUncertain as error:
            await self._end(sent, "uncertain", error.message)
        except MailRefused as error:
            await self._end_either(mail, "failed", error)
        except Unavailable as error:
            if error.code != "mail_delayed":
                raise
            await self._put_off(mail, error)
        else:
            await self._end(sent, "sent", None)

    async def _put_off(self, mail: InquiryMail, error: AutomationError) -> None:
        pause = pause_after(mail.tries + 1)
        if pause is None:
            await self._end_either(mail, "failed", error)
            return
        at = self._clock() + pause
        values = {"tries": mail.tries + 1, "next_at": at, "error": error.message}

        def work(tx: Connection) -> None:
            changed = any(
                inquiry_mails.change(tx, replace(mail, status=one), "waiting", **values) for one in _UNDER_WAY
            )
            if changed and mail.tries == 0:
                _log(tx, mail, "waiting", error.message, self._clock())

        await self._database.write(work)

    async def _end_either(self, mail: InquiryMail, status: MailStatus, error: AutomationError) -> None:
        for one in _UNDER_WAY:
            await self._end(replace(mail, status=one), status, error.message)

    async def _end(self, mail: InquiryMail, status: MailStatus, error: str | None) -> None:
        now = self._clock()

        def work(tx: Connection) -> None:
            ended = inquiry_mails.change(tx, mail, status, next_at=None, error=error, ended_at=now)
            if ended and status != "dropped":
                _log(tx, mail, status, error, now)

        await self._database.write(work)

    def _notice(self, tx: Connection, mail: InquiryMail) -> Notice | None:
        """Return what a mail says; None where it says nothing that matters any more."""
        inquiry = inquiries.get(tx, mail.inquiry_id)
        address = self._address(mail.person)
        if inquiry is None or inquiry.status != "pending" or not address:
            return None
        now = self._clock()
        about = circle(tx, inquiry, directory(tx, self._settings, now))
        reason, _, stage = mail.reason.rpartition("/")
        why = reason.partition(":")[0]
        said, said_by = _said(about, mail.person, why)
        known = self._settings.people.get(mail.person, {})
        notice = Notice(
            inquiry=inquiry, why=why, login=mail.person, name=known.get("name") or mail.person, address=address,
            said=said, said_by=said_by,
        )  # fmt: skip
        if why == "question":
            return notice
        if str(inquiry.stage) != stage or not isinstance(who_may(about, mail.person, now), Turn):
            return None
        made = self._issuer.for_mail(tx, inquiry, mail.person, mail.id)
        return replace(notice, url=f"{self._public_base()}{PATH}{made.token}", until=made.link.expires_at)

    def _address(self, person: str) -> str:
        return self._settings.people.get(person, {}).get("email", "").strip()


_UNDER_WAY: tuple[MailStatus, ...] = ("waiting", "sending")


def _said(about: Circle, person: str, why: str) -> tuple[str, str]:
    """Return what the one who gave an inquiry to ``person``, or asked them, has said, and who that is."""
    if why not in ("delegated", "question"):
        return "", ""
    own = [one for one in about.delegations if one.taker == person and one.is_question == (why == "question")]
    return (own[-1].comment, own[-1].giver) if own else ("", "")


def _log(tx: Connection, mail: InquiryMail, status: MailStatus, error: str | None, now: float) -> None:
    detail = {"to": mail.person, "by": "e-mail", "reason": mail.reason, "status": status}
    if error:
        detail["error"] = error
    inquiry_log.write(tx, mail.inquiry_id, "notified", at=now, detail=detail)
