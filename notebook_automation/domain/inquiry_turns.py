"""Who may answer an inquiry: the one place that knows assignment, groups, delegation, substitutes and exclusion."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .inquiries import GROUP, Inquiry, InquiryAnswer, InquiryDelegation
from .requesters import why_barred

Reason = Literal["not_assigned", "excluded", "requester", "already_answered", "delegated", "nobody", "session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Who answers for ``person`` from one time to another (epoch seconds; None: until it is taken back)."""

    person: str
    substitute: str
    from_at: float
    until_at: float | None = None

    def covers(self, now: float) -> bool:
        """Return whether the person is away at ``now``."""
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The people that are known: groups by name, and absences by person."""

    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)

    def members(self, names: Collection[str]) -> set[str]:
        """Return the people that names of people and groups mean."""
        found: set[str] = set()
        for name in names:
            is_group = name.startswith(GROUP)
            found.update(self.groups.get(name.removeprefix(GROUP), ()) if is_group else (name,))
        return found

    def deputies(self, person: str, now: float) -> list[str]:
        """Return who answers for ``person`` at ``now``, the next one where that one is away, too."""
        found: list[str] = []
        absence = self.absences.get(person)
        while absence is not None and absence.covers(now) and absence.substitute not in (person, *found):
            found.append(absence.substitute)
            absence = self.absences.get(absence.substitute)
        return found

    def names_of(self, person: str, now: float) -> list[str]:
        """Return all names by which ``person`` may be asked: themselves, their groups, those whom they stand in for."""
        return self._named([person, *(one for one in self.absences if person in self.deputies(one, now))])

    def own_names_of(self, person: str) -> list[str]:
        """Return the names by which ``person`` themselves may be asked: theirs, and those of their groups."""
        return self._named([person])

    def _named(self, people: list[str]) -> list[str]:
        groups = [f"{GROUP}{name}" for name, members in self.groups.items() if not set(people).isdisjoint(members)]
        return [*people, *groups]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """``by`` may answer, and it counts as the answer of ``person``: themselves, or one for whom they act."""

    person: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTurn:
    """Somebody may not answer: why, and the sentence that tells them."""

    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """An inquiry with all that decides whose turn it is: what was answered and delegated, and who is known."""

    inquiry: Inquiry
    answers: Sequence[InquiryAnswer] = ()
    delegations: Sequence[InquiryDelegation] = ()
    directory: Directory = field(default_factory=Directory)

    @property
    def given(self) -> list[InquiryAnswer]:
        """The answers of the present stage."""
        return [one for one in self.answers if one.stage == self.inquiry.stage]

    def bar(self, person: str) -> NoTurn | None:
        """Return why ``person`` can never answer this inquiry, whoever asks them; None if they may be asked."""
        if person in self.directory.members(self.inquiry.exclude):
            return NoTurn(
                reason="excluded", sentence=f"{person} is excluded from answering this inquiry: somebody else has to."
            )
        if person == self.inquiry.requester and not self.inquiry.allow_requester:
            return NoTurn(reason="requester", sentence=why_barred(self.inquiry.behind))
        return None

    def holders(self) -> dict[str, str]:
        """Return who has the turn of each person asked at the present stage, by person.

        It is the person, or the one to whom it was given. Who is barred has none that another could take. Empty where
        anyone may answer.
        """
        asked = self.directory.members(self.inquiry.present.of)
        held = {person: person for person in asked if self.bar(person) is None}
        for one in self._delegations():
            if self.bar(one.taker) is None:
                held.update({person: one.taker for person, holder in held.items() if holder == one.giver})
        return held

    def asked(self, now: float) -> set[str]:
        """Return everybody who may answer now, of those who are named; empty where anyone may, or nobody can."""
        people = self.holders().values()
        near = {name for person in people for name in (person, *self.directory.deputies(person, now))}
        return {name for name in near if isinstance(who_may(self, name, now), Turn)}

    def _delegations(self) -> Iterator[InquiryDelegation]:
        stage = self.inquiry.stage
        yield from (one for one in self.delegations if one.stage == stage and not one.is_question)


def who_may(circle: Circle, by: str, now: float) -> Turn | NoTurn:
    """Return whose turn ``by`` has at ``now`` (epoch seconds), or why none: one person answers a stage once."""
    if not by:
        return NoTurn(reason="nobody", sentence="Nobody is signed in: sign in to Jupyter, then answer.")
    barred = circle.bar(by)
    if barred is not None:
        return barred
    if any(by == one.by for one in circle.given):
        return NoTurn(reason="already_answered", sentence=f"{by} has already answered this stage: now others have to.")
    answered = {one.person for one in circle.given}
    if not circle.inquiry.present.of:
        if by in answered:
            return _answered_for(by)
        return Turn(person=by, by=by)
    held = circle.holders()
    own = [person for person, holder in held.items() if _acts_for(circle, by, holder, now)]
    left = sorted((person for person in own if person not in answered), key=lambda person: (person != by, person))
    if left:
        return Turn(person=left[0], by=by)
    if own:
        return _answered_for(by)
    if by in held:
        return NoTurn(reason="delegated", sentence=f"{by} has given this inquiry to {held[by]}, who answers it now.")
    asked = described(circle.inquiry.present.of)
    return NoTurn(
        reason="not_assigned", sentence=f"This inquiry is asked of {asked}, not of {by}: who is asked may delegate it."
    )


def described(names: Sequence[str]) -> str:
    """Return those who are asked, in words."""
    shown = [f"group {name.removeprefix(GROUP)}" if name.startswith(GROUP) else name for name in names]
    return " or ".join(shown) if shown else "anyone"


def _answered_for(by: str) -> NoTurn:
    sentence = f"Somebody has already answered for {by} at this stage: there is nothing left to do for {by}."
    return NoTurn(reason="already_answered", sentence=sentence)


def _acts_for(circle: Circle, by: str, holder: str, now: float) -> bool:
    return by == holder or by in circle.directory.deputies(holder, now)
