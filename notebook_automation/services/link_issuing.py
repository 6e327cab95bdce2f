"""Signed links are given out: bound to an inquiry, a stage and a person, stored by a hash, and recorded in the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.adapters.link_codes import LinkCodes, digest_of
from notebook_automation.domain.inquiries import Channel, Inquiry
from notebook_automation.domain.inquiry_links import LINK_ID, InquiryLink, expiry_of
from notebook_automation.settings import Settings
from notebook_automation.store import inquiry_links, inquiry_log

BY_MAIL = "e-mail"
"""Who made a link that was sent by e-mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """A link and the secret part of its address, which is told once."""

    link: InquiryLink
    token: str


class LinkIssuer:
    """Makes links; whether the person may answer is for the caller to know."""

    def __init__(self, settings: Settings, codes: LinkCodes, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._codes = codes
        self._clock = clock

    def issue(self, tx: Connection, inquiry: Inquiry, person: str, channel: Channel) -> MadeLink:
        """Return a new link for ``person``, who asks for it."""
        nonce = self._codes.new_nonce()
        link = self._link(inquiry, person, nonce, person)
        inquiry_links.add(tx, link)
        _log(tx, link, channel)
        return self._told(link, nonce)

    def for_mail(self, tx: Connection, inquiry: Inquiry, person: str, mail_id: str) -> MadeLink:
        """Return the link that goes out with a mail, the same each time that one is tried."""
        nonce = self._codes.nonce_of(mail_id)
        link = inquiry_links.by_digest(tx, digest_of(nonce))
        if link is None:
            link = inquiry_links.add_once(tx, self._link(inquiry, person, nonce, BY_MAIL))
            _log(tx, link, "engine")
        return self._told(link, nonce)

    def _link(self, inquiry: Inquiry, person: str, nonce: str, made_by: str) -> InquiryLink:
        now = self._clock()
        return InquiryLink(
            id=LINK_ID.new(), inquiry_id=inquiry.id, stage=inquiry.stage, person=person, digest=digest_of(nonce),
            made_by=made_by, created_at=now, expires_at=expiry_of(inquiry, self._settings.link_days, now),
        )  # fmt: skip

    def _told(self, link: InquiryLink, nonce: str) -> MadeLink:
        return MadeLink(link=link, token=nonce + self._codes.code("link", nonce, link.binding))


def _log(tx: Connection, link: InquiryLink, channel: Channel) -> None:
    detail = {"link": link.id, "for": link.person, "stage": link.stage, "expires_at": link.expires_at}
    inquiry_log.write(
        tx, link.inquiry_id, "link_made", at=link.created_at, who=link.made_by, channel=channel, detail=detail
    )
