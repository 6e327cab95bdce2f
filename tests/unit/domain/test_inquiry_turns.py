"""Whose turn it is: every rule of assignment, and that no path leads around those who are barred."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.inquiries import Inquiry, InquiryAnswer, InquiryDelegation, Stage
from notebook_automation.domain.inquiry_turns import Absence, Circle, Directory, NoTurn, Turn, described, who_may

GROUPS = {"ops": ["bea", "cy"], "leads": ["cy", "eve"]}


def inquiry(*stages: Stage, **fields: Any) -> Inquiry:
    return Inquiry(
        id="inq_1", session_id="ses_1", session_ref="ses_1", project_id="prj_1", project="sales", notebook="a.ipynb",
        cell_index=0, prompt="?", title="?", stages=stages or (Stage(),), created_at=0.0,
        **{"requester": "ana", **fields},
    )  # fmt: skip


def circle(*of: str, away: dict[str, str] | None = None, given: dict[str, str] | None = None, **fields: Any) -> Circle:
    """``away`` are substitutes by person, ``given`` takers by giver, in order."""
    absences = {
        one: Absence(person=one, substitute=other, from_at=0, until_at=10) for one, other in (away or {}).items()
    }
    delegations = [
        InquiryDelegation(inquiry_id="inq_1", stage=0, giver=giver, taker=taker, created_at=0)
        for giver, taker in (given or {}).items()
    ]
    return Circle(
        inquiry=inquiry(Stage(of=of), **fields), delegations=delegations,
        directory=Directory(groups=GROUPS, absences=absences),
    )  # fmt: skip


def answered(about: Circle, **by: str) -> Circle:
    """``by`` are those who answered, by whose turn it was."""
    return replace(
        about,
        answers=[
            InquiryAnswer(
                inquiry_id="inq_1", stage=0, person=person, by=who, decision="approve", created_at=0, channel="rest"
            )
            for person, who in by.items()
        ],
    )


def outcome(about: Circle, by: str, now: float = 5) -> str:
    found = who_may(about, by, now)
    return found.person if isinstance(found, Turn) else found.reason


@pytest.mark.parametrize(
    ("about", "by", "expected"),
    [
        (circle(), "bea", "bea"),
        (circle(), "", "nobody"),
        (circle(), "ana", "requester"),
        (circle(allow_requester=True), "ana", "ana"),
        (circle(requester=None), "ana", "ana"),
        (circle("bea"), "bea", "bea"),
        (circle("bea"), "Bea", "not_assigned"),
        (circle("bea"), "cy", "not_assigned"),
        (circle("group:ops"), "cy", "cy"),
        (circle("group:ops"), "eve", "not_assigned"),
        (circle("group:gone"), "bea", "not_assigned"),
        # Delegation moves a turn on, also twice and back again.
        (circle("bea", given={"bea": "dan"}), "dan", "bea"),
        (circle("bea", given={"bea": "dan"}), "bea", "delegated"),
        (circle("bea", given={"bea": "dan", "dan": "eve"}), "eve", "bea"),
        (circle("bea", given={"bea": "dan", "dan": "eve"}), "dan", "not_assigned"),
        (circle("bea", given={"bea": "dan", "dan": "bea"}), "bea", "bea"),
        (circle("bea", given={"eve": "dan"}), "dan", "not_assigned"),
        (circle("bea", "cy", given={"bea": "cy"}), "cy", "cy"),
        # Substitutes, the substitute of a substitute, and none in a circle.
        (circle("bea", away={"bea": "dan"}), "dan", "bea"),
        (circle("bea", away={"bea": "dan"}), "bea", "bea"),
        (circle("bea", away={"bea": "dan", "dan": "eve"}), "eve", "bea"),
        (circle("bea", away={"bea": "dan", "dan": "bea"}), "dan", "bea"),
        (circle("group:ops", away={"bea": "dan"}), "dan", "bea"),
        (circle("bea", away={"cy": "dan"}), "dan", "not_assigned"),
        (circle("bea", given={"bea": "dan"}, away={"dan": "eve"}), "eve", "bea"),
        # One person answers once, for whomever.
        (answered(circle("bea", "cy"), bea="bea"), "bea", "already_answered"),
        (answered(circle("bea", "cy"), bea="dan"), "bea", "already_answered"),
        (answered(circle("bea", "cy", away={"bea": "cy"}), bea="cy"), "cy", "already_answered"),
        (answered(circle(), bea="bea"), "bea", "already_answered"),
        (answered(circle(), bea="bea"), "cy", "cy"),
    ],
)
def test_whose_turn_it_is(about: Circle, by: str, expected: str) -> None:
    assert outcome(about, by) == expected


def test_an_absence_has_an_end() -> None:
    about = circle("bea", away={"bea": "dan"})
    assert [outcome(about, "dan", now) for now in (-1, 0, 9.9, 10)] == ["not_assigned", "bea", "bea", "not_assigned"]


def test_an_earlier_stage_does_not_count() -> None:
    about = answered(circle("bea"), bea="bea")
    later = replace(about, inquiry=replace(about.inquiry, stages=(Stage(of=("bea",)), Stage(of=("bea",))), stage=1))
    assert outcome(later, "bea") == "bea"


@pytest.mark.parametrize("barred", [{"exclude": ("mallory",)}, {"exclude": ("group:bad",)}, {"requester": "mallory"}])
@pytest.mark.parametrize(
    "path",
    [
        circle(),
        circle("mallory"),
        circle("bea", "mallory"),
        circle("group:bad"),
        circle("bea", given={"bea": "mallory"}),
        circle("bea", away={"bea": "mallory"}),
        circle("bea", away={"bea": "dan", "dan": "mallory"}),
        circle("bea", given={"bea": "dan"}, away={"dan": "mallory"}),
    ],
)
def test_who_is_barred_answers_by_no_path(path: Circle, barred: dict[str, Any]) -> None:
    known = replace(path.directory, groups={**GROUPS, "bad": ["mallory"]})
    about = replace(path, inquiry=replace(path.inquiry, **barred), directory=known)
    assert outcome(about, "mallory") in ("excluded", "requester")
    assert "mallory" not in about.asked(5)


@pytest.mark.parametrize("path", [{"given": {"mallory": "dan"}}, {"away": {"mallory": "dan"}}])
def test_nobody_acts_for_one_who_is_barred(path: dict[str, Any]) -> None:
    about = circle("mallory", "bea", exclude=("mallory",), **path)
    assert outcome(about, "dan") == "not_assigned"
    assert about.asked(5) == {"bea"}


@given(st.permutations(["ana", "bea", "cy", "dan", "eve"]), st.data())
def test_nobody_answers_a_stage_twice_whatever_was_given_to_whom(people: list[str], data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.sampled_from(list(permutations(people, 2))), max_size=6))
    away = dict(data.draw(st.lists(st.sampled_from(list(permutations(people, 2))), max_size=3)))
    about = circle("bea", "cy", "group:leads", away=away, exclude=("dan",))
    about = replace(
        about,
        delegations=[
            InquiryDelegation(inquiry_id="inq_1", stage=0, giver=giver, taker=taker, created_at=0)
            for giver, taker in pairs
        ],
    )
    taken: dict[str, str] = {}
    while turns := [turn for who in people if isinstance(turn := who_may(answered(about, **taken), who, 5), Turn)]:
        turn = data.draw(st.sampled_from(turns))
        taken[turn.person] = turn.by
    assert len(set(taken.values())) == len(taken)
    assert {"ana", "dan"}.isdisjoint({*taken, *taken.values()})
    assert set(taken) <= {"bea", "cy", "eve"}


def test_names_by_which_somebody_is_asked() -> None:
    directory = circle(away={"cy": "fay"}).directory
    assert directory.names_of("fay", 5) == ["fay", "cy", "group:ops", "group:leads"]
    assert directory.names_of("fay", 11) == ["fay"]
    assert described(["ana", "group:ops"]) == "ana or group ops"
    assert isinstance(who_may(circle("group:ops"), "eve", 0), NoTurn)
