"""What people do with inquiries: answer one or many, give it to another, ask back, withdraw."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid
from notebook_automation.domain.inquiries import (
    GROUP,
    Channel,
    Inquiry,
    InquiryAnswer,
    InquiryDelegation,
    InquiryResource,
    What,
    no_inquiry,
)
from notebook_automation.domain.inquiry_decisions import (
    Given,
    Pending,
    answer_of,
    check_comment,
    decide,
    response,
    standing_value,
)
from notebook_automation.domain.inquiry_turns import Circle, NoTurn, Turn, who_may
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log
from notebook_automation.store.database import Database

from .inquiries import MOST_AT_ONCE
from .inquiry_changes import Act, Changed, changed, end, pending
from .inquiry_notices import Notify, notify_nobody
from .inquiry_views import InquiryView, circle, directory, view

T = TypeVar("T")
MAX_NAME = 200
"""Longest name of a person, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """Somebody may not do it, which the log keeps: raised after the commit."""

    why: NoTurn


class InquiryAnswers:
    """The service of answers. ``queued`` is called with the sessions that an answer has woken, after its commit."""

    def __init__(
        self, database: Database, settings: Settings, queued: Callable[[Sequence[str]], None], *,
        notify: Notify = notify_nobody, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._queued = queued
        self._notify = notify
        self._clock = clock

    async def answer(self, caller: Caller, inquiry_id: str, given: Given, channel: Channel) -> InquiryView:
        """Record what the caller answers, and end the inquiry where that is enough.

        Raises NotFound, Forbidden (the reasons of `NoTurn`), Invalid and TooLarge as `answer_of`, Conflict
        (``inquiry_ended``, which says what happened, ``inquiry_changed``, ``value_stands``).
        """
        await self._allowed(caller, inquiry_id)
        check_comment(given.comment)

        def work(tx: Connection, act: Act) -> Changed | _Refused:
            about = self._pending(tx, inquiry_id, act)
            if given.version is not None and given.version != about.inquiry.version:
                # Who has no turn is told so, whatever they have seen.
                turn = who_may(about, act.who, act.now)
                if isinstance(turn, Turn):
                    raise Conflict(
                        "The inquiry has changed since you looked at it: look again, then answer.",
                        code="inquiry_changed", version=about.inquiry.version,
                    )  # fmt: skip
            turn = who_may(about, act.who, act.now)
            if isinstance(turn, NoTurn):
                return self._refused(tx, about.inquiry, turn, act)
            _check_seen(about, given)
            answer = answer_of(about, turn, given, act.channel, act.now)
            inquiries.add_answer(tx, answer)
            _log_answer(tx, about.inquiry, answer)
            return self._decided(tx, replace(about, answers=[*about.answers, answer]), act)

        return await self._done(caller, channel, work)

    async def answer_many(
        self, caller: Caller, inquiry_ids: Sequence[str], given: Given, channel: Channel
    ) -> list[tuple[str, InquiryView | AutomationError]]:
        """Answer several inquiries of equal forms alike; return for each what it is then, or what was wrong with it.

        Raises Invalid (``forms_differ``, ``bulk_invalid``), Forbidden.
        """
        ids = list(dict.fromkeys(inquiry_ids))
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise Invalid(f"Answer 1 to {MOST_AT_ONCE} inquiries at once, not {len(ids)}.", code="bulk_invalid")
        caller.require("answer", InquiryResource())
        found = await self._database.read(lambda tx: inquiries.get_many(tx, ids))
        first = found[0] if found else None
        if any((one.form, one.response_schema) != (first.form, first.response_schema) for one in found if first):
            raise Invalid(
                "These inquiries have different forms: answer those together that ask for the same.",
                code="forms_differ",
            )
        done: list[tuple[str, InquiryView | AutomationError]] = []
        for inquiry_id in ids:
            try:
                done.append((inquiry_id, await self.answer(caller, inquiry_id, given, channel)))
            except AutomationError as error:
                done.append((inquiry_id, error))
        return done

    async def delegate(self, caller: Caller, inquiry_id: str, to: str, comment: str, channel: Channel) -> InquiryView:
        """Give the caller's turn to another person.

        Raises NotFound, Forbidden (as `answer`, and of who may not be given it), Invalid (``name_invalid``,
        ``comment_too_long``), Conflict (``inquiry_ended``, ``delegation_impossible``).
        """
        await self._allowed(caller, inquiry_id)
        check_comment(comment)
        taker = _person(to)

        def work(tx: Connection, act: Act) -> Changed | _Refused:
            about = self._pending(tx, inquiry_id, act)
            turn = who_may(about, act.who, act.now)
            if isinstance(turn, NoTurn):
                return self._refused(tx, about.inquiry, turn, act)
            if not about.inquiry.present.of:
                raise Conflict(
                    f"Anyone may answer this inquiry: tell {taker}, or send them a question.",
                    code="delegation_impossible",
                )
            self._check_taker(about, taker, act)
            giver = about.holders()[turn.person]
            return self._given(tx, about, act, giver, taker, comment, is_question=False)

        return await self._done(caller, channel, work)

    async def send_back(
        self, caller: Caller, inquiry_id: str, question: str, to: str | None, channel: Channel
    ) -> InquiryView:
        """Ask back: the code that asked, which gets the question as its answer, or a person, who may reply.

        Raises as `delegate`.
        """
        await self._allowed(caller, inquiry_id)
        check_comment(question, "question")
        if not question.strip():
            raise Invalid(
                "Say what you want to know: the question is empty.", code="question_missing", field="question"
            )
        taker = None if to is None else _person(to)

        def work(tx: Connection, act: Act) -> Changed | _Refused:
            about = self._pending(tx, inquiry_id, act)
            turn = who_may(about, act.who, act.now)
            if isinstance(turn, NoTurn):
                return self._refused(tx, about.inquiry, turn, act)
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

        return await self._done(caller, channel, work)

    async def reply(self, caller: Caller, inquiry_id: str, comment: str, channel: Channel) -> InquiryView:
        """Say something to those who have to answer: one who was sent a question, or who may answer.

        Raises NotFound, Forbidden (``not_assigned``), Invalid (``comment_too_long``, ``comment_missing``), Conflict
        (``inquiry_ended``).
        """
        await self._allowed(caller, inquiry_id)
        check_comment(comment)
        if not comment.strip():
            raise Invalid("Say something: the comment is empty.", code="comment_missing", field="comment")

        def work(tx: Connection, act: Act) -> Changed | _Refused:
            about = self._pending(tx, inquiry_id, act)
            was_asked = any(one.is_question and one.taker == act.who for one in about.delegations)
            turn = who_may(about, act.who, act.now)
            if not was_asked and isinstance(turn, NoTurn):
                return self._refused(tx, about.inquiry, turn, act)
            detail = {"comment": comment.strip()}
            inquiry_log.write(
                tx, about.inquiry.id, "replied", at=act.now, who=act.who, channel=act.channel, detail=detail
            )
            return Changed(inquiry=changed(tx, about.inquiry, about.delegations))

        return await self._done(caller, channel, work)

    async def withdraw(self, caller: Caller, inquiry_id: str, reason: str, channel: Channel) -> InquiryView:
        """Take an inquiry back: by the code that asked, or by somebody who may configure its project.

        Raises NotFound, Forbidden, Invalid (``comment_too_long``), Conflict (``inquiry_ended``).
        """
        found = await self._get(inquiry_id)
        own = caller.kind == "session"
        caller.require("report" if own else "configure", found.resource)
        check_comment(reason, "reason")

        def work(tx: Connection, act: Act) -> Changed | _Refused:
            by = replace(act, who=found.session_ref) if own else act
            about = self._pending(tx, inquiry_id, act)
            detail = {"reason": reason.strip()}
            inquiry_log.write(tx, inquiry_id, "withdrawn", at=by.now, who=by.who, channel=by.channel, detail=detail)
            return end(
                tx, about.inquiry, by, status="cancelled", reason=reason.strip() or None,
                delegations=about.delegations,
            )  # fmt: skip

        return await self._done(caller, channel, work)

    async def _done(
        self, caller: Caller, channel: Channel, work: Callable[[Connection, Act], Changed | _Refused]
    ) -> InquiryView:
        """Do ``work`` in one transaction, and tell of what has come of it. Raises Forbidden for who was refused."""
        caller.require("read", InquiryResource(session_id=caller.session_id, project_id=caller.project_id))

        def write(tx: Connection) -> tuple[InquiryView | None, Changed | _Refused]:
            act = Act(now=self._clock(), who=caller.person, channel=channel)
            done = work(tx, act)
            if isinstance(done, _Refused):
                return None, done
            about = circle(tx, done.inquiry, directory(tx, self._settings, act.now))
            return view(caller, about, act.now), done

        shown, done = await self._database.write(write)
        if isinstance(done, _Refused):
            raise Forbidden(done.why.sentence, code=done.why.reason)
        if done.woken:
            self._queued(done.woken)
        assert shown is not None
        return shown

    async def _allowed(self, caller: Caller, inquiry_id: str) -> Inquiry:
        """Return an inquiry that ``caller`` may answer as far as it is a person. Raises NotFound, Forbidden."""
        found = await self._get(inquiry_id)
        caller.require("answer", found.resource)
        if caller.kind != "user":
            raise Forbidden("Only a person answers an inquiry.", code="forbidden")
        return found

    async def _get(self, inquiry_id: str) -> Inquiry:
        found = await self._database.read(lambda tx: inquiries.get(tx, inquiry_id))
        if found is None:
            raise no_inquiry(inquiry_id)
        return found

    def _pending(self, tx: Connection, inquiry_id: str, act: Act) -> Circle:
        return circle(tx, pending(tx, inquiry_id), directory(tx, self._settings, act.now))

    def _refused(self, tx: Connection, inquiry: Inquiry, why: NoTurn, act: Act) -> _Refused:
        if not inquiry_log.was_refused(tx, inquiry.id, act.who, why.reason):
            detail = {"reason": why.reason}
            inquiry_log.write(tx, inquiry.id, "refused", at=act.now, who=act.who, channel=act.channel, detail=detail)
        return _Refused(why=why)

    def _decided(self, tx: Connection, about: Circle, act: Act) -> Changed:
        """Write what the answers come to now: the end, another stage, or that one has answered."""
        outcome = decide(about)
        if not isinstance(outcome, Pending):
            return end(
                tx, about.inquiry, act, status="responded", response=outcome.response, delegations=about.delegations
            )
        after = changed(tx, about.inquiry, about.delegations, stage=outcome.stage)
        if after.stage != about.inquiry.stage:
            self._notify(tx, after, "stage", replace(about, inquiry=after).asked(act.now))
        return Changed(inquiry=after)

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
        self._notify(tx, after, "question" if is_question else "delegated", {taker})
        return Changed(inquiry=after)


def _check_seen(about: Circle, given: Given) -> None:
    """Raise Conflict (``value_stands``) for who approves what is proposed, unseen that others have changed it."""
    standing = standing_value(about.answers)
    if about.inquiry.form != "proposal" or given.has_value or given.decision == "reject" or standing is None:
        return
    if standing[0].edits:
        raise Conflict(
            f"{standing[0].by} has changed what is proposed: send the value that stands to agree with it, or reject.",
            code="value_stands", value=standing[1], by=standing[0].by,
        )  # fmt: skip


def _log_answer(tx: Connection, inquiry: Inquiry, answer: InquiryAnswer) -> None:
    if answer.person != answer.by:
        detail = {"for": answer.person, "stage": answer.stage}
        inquiry_log.write(
            tx, inquiry.id, "substituted", at=answer.created_at, who=answer.by, channel=answer.channel, detail=detail
        )
    detail = {
        "stage": answer.stage, "for": answer.person, "decision": answer.decision, "value": answer.value,
        "comment": answer.comment, "proposed": inquiry.proposed, "edits": list(answer.edits),
        "shown": [one.digest for one in inquiry.shown],
    }  # fmt: skip
    inquiry_log.write(
        tx, inquiry.id, "answered", at=answer.created_at, who=answer.by, channel=answer.channel, detail=detail
    )


def _person(name: str) -> str:
    found = name.strip()
    if not found or len(found) > MAX_NAME or not found.isprintable() or found.startswith(GROUP):
        raise Invalid(
            f"{name[:60]!r} is no name of a person: write a login, such as bea.", code="name_invalid", field="to"
        )
    return found
