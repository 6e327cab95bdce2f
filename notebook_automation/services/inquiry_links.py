"""Signed links: made for one person, opened without a sign-in, and used when the answer of that person is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from notebook_automation.adapters.link_codes import LinkCodes, digest_of
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden
from notebook_automation.domain.inquiries import Channel, Inquiry, InquiryAnswer, Shown, check_pending, no_inquiry
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_links import TOKEN, InquiryLink, State, no_link, state_of
from notebook_automation.domain.inquiry_turns import Circle, NoTurn, Turn, who_may
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_links, inquiry_log
from notebook_automation.store.database import Database

from .inquiry_answers import InquiryAnswers
from .inquiry_views import circle, directory
from .link_issuing import LinkIssuer, MadeLink

_NOBODY = InquiryLink(
    id="lnk_", inquiry_id="inq_", stage=0, person="", digest="", made_by="", created_at=0.0, expires_at=0.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLink:
    """What a link leads to; ``form_code`` has to come back with the answer. ``answer`` is what its holder answered."""

    link: InquiryLink
    state: State
    about: Circle
    form_code: str
    answer: InquiryAnswer | None = None

    @property
    def inquiry(self) -> Inquiry:
        """What is asked."""
        return self.about.inquiry


class InquiryLinks:
    """The service of signed links; an answer goes through ``answers``, as every other."""

    def __init__(
        self, database: Database, settings: Settings, codes: LinkCodes, issuer: LinkIssuer, blobs: Blobs,
        answers: InquiryAnswers, *, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._codes = codes
        self._issuer = issuer
        self._blobs = blobs
        self._answers = answers
        self._clock = clock

    async def make(self, caller: Caller, inquiry_id: str, channel: Channel) -> MadeLink:
        """Return a new link by which the caller answers an inquiry at its present stage.

        Raises NotFound, Forbidden (also with the reasons of `NoTurn`), Conflict (``inquiry_ended``).
        """
        found = await self._database.read(lambda tx: inquiries.get(tx, inquiry_id))
        if found is None:
            raise no_inquiry(inquiry_id)
        caller.require("answer", found.resource)
        if caller.kind != "user":
            raise Forbidden("The code of a session gets no link to answer by: a person may make one for themselves.")
        return await self._database.write(lambda tx: self._made(tx, inquiry_id, caller.person, channel))

    async def open(self, token: str) -> OpenedLink:
        """Return what a link leads to, open, or answered by its holder within the hour.

        Raises NotFound (``link_not_found``), the same for every other one.
        """
        opened = await self._opened(token)
        if opened.state not in ("open", "answered"):
            raise no_link()
        return opened

    async def shown(self, token: str, number: int) -> tuple[Shown, Path]:
        """Return what is shown under ``number`` on the page of a link, and the file with its bytes. Raises NotFound."""
        opened = await self.open(token)
        if opened.state != "open" or not number < len(opened.inquiry.shown):
            raise no_link()
        shown = opened.inquiry.shown[number]
        return shown, self._blobs.path(shown.digest)

    async def to_answer(self, token: str, form_code: str) -> OpenedLink:
        """Return what a link leads to, whose holder has seen the page: ``form_code`` proves it.

        Raises NotFound (``link_not_found``), Forbidden (``form_code_wrong``), Conflict (``link_used``,
        ``inquiry_ended``, ``stage_ended``: what happened meanwhile).
        """
        opened = await self._opened(token)
        is_seen = self._codes.is_code(form_code, "form", opened.link.digest, opened.link.binding)
        if opened.state == "dead" or (opened.state == "ended" and not is_seen):
            raise no_link()
        if not is_seen:
            raise Forbidden(
                "This was not sent by the page of the link, or by one too old: nothing was taken. Answer here.",
                code="form_code_wrong",
            )
        if opened.state == "answered":
            raise _used()
        if opened.state == "ended":
            check_pending(opened.inquiry)
            raise _stage_ended()
        return opened

    async def answer(self, opened: OpenedLink, given: Given) -> None:
        """Record the answer of a link's holder, and use the link up.

        Raises Conflict (``link_used``, ``stage_ended``), and what `InquiryAnswers.answer` raises.
        """
        link = opened.link

        def within(tx: Connection, answer: InquiryAnswer) -> None:
            # The stage may have changed since the page was opened: the answer was to that one.
            if answer.stage != link.stage:
                raise _stage_ended()
            if not inquiry_links.use(tx, link.id, answer.created_at):
                raise _used()
            inquiry_log.write(
                tx, link.inquiry_id, "link_used", at=answer.created_at, who=link.person, channel="link",
                detail={"link": link.id, "stage": link.stage},
            )  # fmt: skip

        person = Caller(kind="user", login=link.person)
        await self._answers.answer(person, link.inquiry_id, given, "link", within=within)

    def _made(self, tx: Connection, inquiry_id: str, person: str, channel: Channel) -> MadeLink:
        now = self._clock()
        found = inquiries.get(tx, inquiry_id)
        if found is None:
            raise no_inquiry(inquiry_id)
        check_pending(found)
        turn = who_may(circle(tx, found, directory(tx, self._settings, now)), person, now)
        if isinstance(turn, NoTurn):
            raise Forbidden(turn.sentence, code=turn.reason)
        return self._issuer.issue(tx, found, person, channel)

    async def _opened(self, token: str) -> OpenedLink:
        parts = TOKEN.fullmatch(token)
        if parts is None:
            raise no_link()
        nonce, code = parts.group("nonce"), parts.group("mac")
        now = self._clock()
        digest = digest_of(nonce)
        found = await self._database.read(lambda tx: self._look(tx, digest, now))
        # Compared also where there is none, so that both take the same time.
        link = _NOBODY if found is None else found.link
        if not self._codes.is_code(code, "link", nonce, link.binding) or found is None:
            raise no_link()
        return found

    def _look(self, tx: Connection, digest: str, now: float) -> OpenedLink | None:
        link = inquiry_links.by_digest(tx, digest)
        inquiry = None if link is None else inquiries.get(tx, link.inquiry_id)
        if link is None or inquiry is None:
            return None
        about = circle(tx, inquiry, directory(tx, self._settings, now))
        state = state_of(link, inquiry, about.delegations, now)
        if state == "open" and not isinstance(who_may(about, link.person, now), Turn):
            state = "dead"
        own = next((one for one in about.answers if (one.by, one.stage) == (link.person, link.stage)), None)
        form_code = self._codes.code("form", link.digest, link.binding)
        return OpenedLink(link=link, state=state, about=about, form_code=form_code, answer=own)


def _used() -> Conflict:
    return Conflict("You have answered already, and that answer stands.", code="link_used")


def _stage_ended() -> Conflict:
    return Conflict(
        "Others have completed this stage meanwhile: your answer was not needed, and not taken.", code="stage_ended"
    )
