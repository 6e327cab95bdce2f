"""What the services of inquiries return: an inquiry with its answers, and whether the caller may answer it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiries import Inquiry, InquiryAnswer, InquiryDelegation
from notebook_automation.domain.inquiry_turns import Circle, Directory, NoTurn, Turn, who_may
from notebook_automation.settings import Settings
from notebook_automation.store import absences, inquiries

_OF_SESSION = NoTurn(reason="session", sentence="The code of a session asks, and never answers: a person has to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryView:
    """An inquiry with what was answered and delegated; ``turn`` is whose turn the caller has, or why none.

    It is None for one that has ended.
    """

    inquiry: Inquiry
    answers: Sequence[InquiryAnswer] = ()
    delegations: Sequence[InquiryDelegation] = ()
    turn: Turn | NoTurn | None = None


def directory(tx: Connection, settings: Settings, now: float) -> Directory:
    """Return the people that are known at ``now``: the groups of the settings, and who is away."""
    groups = {name: [one.strip() for one in members] for name, members in settings.groups.items()}
    return Directory(groups=groups, absences={one.person: one for one in absences.present(tx, now)})


def circle(tx: Connection, inquiry: Inquiry, known: Directory) -> Circle:
    """Return an inquiry with all that decides whose turn it is."""
    answers, delegations = inquiries.answers_of(tx, [inquiry.id]), inquiries.delegations_of(tx, [inquiry.id])
    return Circle(
        inquiry=inquiry, answers=answers.get(inquiry.id, ()), delegations=delegations.get(inquiry.id, ()),
        directory=known,
    )  # fmt: skip


def views(tx: Connection, caller: Caller, found: Sequence[Inquiry], known: Directory, now: float) -> list[InquiryView]:
    """Return ``found`` as ``caller`` sees it. Raises Forbidden."""
    ids = [inquiry.id for inquiry in found]
    answers, delegations = inquiries.answers_of(tx, ids), inquiries.delegations_of(tx, ids)
    circles = [
        Circle(
            inquiry=inquiry, answers=answers.get(inquiry.id, ()), delegations=delegations.get(inquiry.id, ()),
            directory=known,
        )
        for inquiry in found
    ]  # fmt: skip
    return [view(caller, one, now) for one in circles]


def view(caller: Caller, about: Circle, now: float) -> InquiryView:
    """Return an inquiry as ``caller`` sees it. Raises Forbidden."""
    inquiry = about.inquiry
    caller.require("read", inquiry.resource)
    turn: Turn | NoTurn | None = None
    if inquiry.status == "pending":
        turn = _OF_SESSION if caller.kind != "user" else who_may(about, caller.person, now)
    return InquiryView(inquiry=inquiry, answers=about.answers, delegations=about.delegations, turn=turn)
