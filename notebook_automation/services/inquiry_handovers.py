"""An inquiry handed on: given to another person, sent back with a question, replied to, withdrawn."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid
from notebook_automation.domain.inquiries import GROUP, Channel, InquiryDelegation, What
from notebook_automation.domain.inquiry_decisions import check_comment, response
from notebook_automation.domain.inquiry_turns import Circle, NoTurn, who_may
from notebook_automation.store import inquiries, inquiry_log

from .inquiry_acts import InquiryActs, Refused
from .inquiry_changes import Act, Changed, changed, end
from .inquiry_notices import reason_of
from .inquiry_views import InquiryView

MAX_NAME = 200
"""Longest name of a person, in characters."""


class InquiryHandovers(InquiryActs):
    """What people do with inquiries beside answering them."""

    async def delegate(self, caller: Caller, inquiry_id: str, to: str, comment: str, channel: Channel) -> InquiryView:
        """Give the caller's turn to another person.

        Raises NotFound, Forbidden (as `answer`, and of who may not be given it), Invalid (``name_invalid``,
        ``comment_too_long``), Conflict (``inquiry_ended``, ``delegation_impossible``).
        """
        await self.allowed(caller, inquiry_id)
        check_comment(comment)
        taker = _person(to)

        def work(tx: Connection, act: Act) -> Changed | Refused:
            about = self.pending_circle(tx, inquiry_id, act)
            turn = who_may(about, act.who, act.now)
            if isinstance(turn, NoTurn):
                return self.refused(tx, about.inquiry, turn, act)
            if not about.inquiry.present.of:
                raise Conflict(
                    f"Anyone may answer this inquiry: tell {taker}, or send them a question.",
                    code="delegation_impossible",
                )
            self._check_taker(about, taker, act)
            giver = about.holders()[turn.person]
            _check_possible(about, giver, taker, act)
            return self._given(tx, about, act, giver, taker, comment, is_question=False)

        return await self.done(caller, channel, work)

    async def send_back(
        self, caller: Caller, inquiry_id: str, question: str, to: str | None, channel: Channel
    ) -> InquiryView:
        """Ask back: the code that asked, which gets the question as its answer, or a person, who may reply.

        Raises as `delegate`.
        """
        await self.allowed(caller, inquiry_id)
        check_comment(question, "question")
        if not question.strip():
            raise Invalid(
                "Say what you want to know: the question is empty.", code="question_missing", field="question"
            )
        taker = None if to is None else _person(to)

        def work(tx: Connection, act: Act) -> Changed | Refused:
            about = self.pending_circle(tx, inquiry_id, act)
            turn = who_may(about, act.who, act.now)
            if isinstance(turn, NoTurn):
                return self.refused(tx, about.inquiry, turn, act)
            if taker is not None:
                return self._given(tx, about, act, act.who, taker, question, is_question=True)
            detail = {"question": question.strip(), "for": turn.person}
            inquiry_log.write(
                tx, about.inquiry.id, "sent_back", at=act.now, who=act.who, channel=act.channel, detail=detail
            )
            back = response(approved=None, comment="", by=[act.who], question=question.strip())
            return end(
                tx, about.inquiry, act, status="responded", response=back, delegations=about.delegations
            )  # fmt: skip

        return await self.done(caller, channel, work)

    async def reply(self, caller: Caller, inquiry_id: str, comment: str, channel: Channel) -> InquiryView:
        """Say something to those who have to answer: one who was sent a question, or who may answer.

        Raises NotFound, Forbidden (``not_assigned``), Invalid (``comment_too_long``, ``comment_missing``), Conflict
        (``inquiry_ended``).
        """
        await self.allowed(caller, inquiry_id)
        check_comment(comment)
        if not comment.strip():
            raise Invalid("Say something: the comment is empty.", code="comment_missing", field="comment")

        def work(tx: Connection, act: Act) -> Changed | Refused:
            about = self.pending_circle(tx, inquiry_id, act)
            was_asked = any(one.is_question and one.taker == act.who for one in about.delegations)
            turn = who_may(about, act.who, act.now)
            if not was_asked and isinstance(turn, NoTurn):
                return self.refused(tx, about.inquiry, turn, act)
            detail = {"comment": comment.strip()}
            inquiry_log.write(
                tx, about.inquiry.id, "replied", at=act.now, who=act.who, channel=act.channel, detail=detail
            )
            return Changed(inquiry=changed(tx, about.inquiry, about.delegations))

        return await self.done(caller, channel, work)

    async def withdraw(self, caller: Caller, inquiry_id: str, reason: str, channel: Channel) -> InquiryView:
        """Take an inquiry back: by the code that asked, who started it, or somebody who may configure its project.

        Raises NotFound, Forbidden, Invalid (``comment_too_long``), Conflict (``inquiry_ended``).
        """
        found = await self.found(inquiry_id)
        own = caller.kind == "session"
        asker = bool(caller.person) and caller.person == found.requester
        caller.require("report" if own else "run" if asker else "configure", found.resource)
        check_comment(reason, "reason")

        def work(tx: Connection, act: Act) -> Changed | Refused:
            by = replace(act, who=found.session_ref, channel="session") if own else act
            about = self.pending_circle(tx, inquiry_id, act)
            detail = {"reason": reason.strip()}
            inquiry_log.write(tx, inquiry_id, "withdrawn", at=by.now, who=by.who, channel=by.channel, detail=detail)
            return end(
                tx, about.inquiry, by, status="cancelled", reason=reason.strip() or None,
                delegations=about.delegations,
            )  # fmt: skip

        return await self.done(caller, channel, work)

    def _check_taker(self, about: Circle, taker: str, act: Act) -> None:
        barred = about.bar(taker)
        if barred is not None:
            raise Forbidden(f"{barred.sentence} Give it to somebody else.", code=barred.reason)
        if taker == act.who:
            raise Invalid("You have this turn already.", code="name_invalid", field="to")
        if any(taker == one.by for one in about.given):
            raise Conflict(
                f"{taker} has already answered this stage: give it to somebody else.", code="delegation_impossible"
            )

    def _given(
        self, tx: Connection, about: Circle, act: Act, giver: str, taker: str, comment: str, *, is_question: bool
    ) -> Changed:
        delegation = InquiryDelegation(
            inquiry_id=about.inquiry.id, stage=about.inquiry.stage, giver=giver, taker=taker, created_at=act.now,
            comment=comment.strip(), is_question=is_question,
        )  # fmt: skip
        inquiries.add_delegation(tx, delegation)
        detail = {"from": giver, "to": taker, "question" if is_question else "comment": delegation.comment}
        what: What = "sent_back" if is_question else "delegated"
        inquiry_log.write(tx, about.inquiry.id, what, at=act.now, who=act.who, channel=act.channel, detail=detail)
        after = changed(tx, about.inquiry, [*about.delegations, delegation])
        self._notify(tx, after, reason_of("question" if is_question else "delegated", after), {taker})
        return Changed(inquiry=after)


def _check_possible(about: Circle, giver: str, taker: str, act: Act) -> None:
    """Raise Conflict (``delegation_impossible``) where too few people would be left: each answers a stage once."""
    delegation = InquiryDelegation(
        inquiry_id=about.inquiry.id, stage=about.inquiry.stage, giver=giver, taker=taker, created_at=act.now
    )
    left = replace(about, delegations=[*about.delegations, delegation]).asked(act.now)
    wanted = about.inquiry.present.approvals - len(about.given)
    if len(left) < wanted:
        raise Conflict(
            f"{wanted} people have to answer yet, and with {taker} answering for {giver} there would be {len(left)}: "
            "give it to somebody who is not asked yet.",
            code="delegation_impossible",
        )


def _person(name: str) -> str:
    found = name.strip()
    if not found or len(found) > MAX_NAME or not found.isprintable() or found.startswith(GROUP):
        raise Invalid(
            f"{name[:60]!r} is no name of a person: write a login, such as bea.", code="name_invalid", field="to"
        )
    return found
