"""Answers to inquiries: one, or many at once; and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Invalid
from notebook_automation.domain.inquiries import Channel, Inquiry, InquiryAnswer, InquiryResource
from notebook_automation.domain.inquiry_decisions import (
    Given,
    Pending,
    answer_of,
    check_comment,
    decide,
    standing_value,
)
from notebook_automation.domain.inquiry_turns import Circle, NoTurn, Turn, who_may
from notebook_automation.store import inquiries, inquiry_log

from .inquiries import MOST_AT_ONCE
from .inquiry_acts import Refused
from .inquiry_changes import Act, Changed, changed, end
from .inquiry_handovers import InquiryHandovers
from .inquiry_notices import reason_of
from .inquiry_views import InquiryView


class InquiryAnswers(InquiryHandovers):
    """The service of answers: all that people do with inquiries."""

    async def answer(
        self, caller: Caller, inquiry_id: str, given: Given, channel: Channel, *,
        within: Callable[[Connection, InquiryAnswer], None] | None = None,
    ) -> InquiryView:  # fmt: skip
        """Record what the caller answers, and end the inquiry where that is enough.

        ``within`` is called in its transaction with the answer that is taken; nothing is written if it raises.

        Raises NotFound, Forbidden (the reasons of `NoTurn`), Invalid and TooLarge as `answer_of`, Conflict
        (``inquiry_ended``, which says what happened, ``inquiry_changed``, ``value_stands``).
        """
        await self.allowed(caller, inquiry_id)
        check_comment(given.comment)

        def work(tx: Connection, act: Act) -> Changed | Refused:
            about = self.pending_circle(tx, inquiry_id, act)
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
                return self.refused(tx, about.inquiry, turn, act)
            _check_seen(about, given)
            answer = answer_of(about, turn, given, act.channel, act.now)
            if within is not None:
                within(tx, answer)
            inquiries.add_answer(tx, answer)
            _log_answer(tx, about.inquiry, answer)
            return self._decided(tx, replace(about, answers=[*about.answers, answer]), act)

        return await self.done(caller, channel, work)

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

    def _decided(self, tx: Connection, about: Circle, act: Act) -> Changed:
        """Write what the answers come to now: the end, another stage, or that one has answered."""
        outcome = decide(about)
        if not isinstance(outcome, Pending):
            return end(
                tx, about.inquiry, act, status="responded", response=outcome.response, delegations=about.delegations
            )
        after = changed(tx, about.inquiry, about.delegations, stage=outcome.stage)
        if after.stage != about.inquiry.stage:
            self._notify(tx, after, reason_of("stage", after), replace(about, inquiry=after).asked(act.now))
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
