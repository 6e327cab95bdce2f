"""What answers come to: numbers, groups and stages; values that have to agree; what a form takes and refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from test_inquiry_turns import GROUPS, inquiry

from notebook_automation.domain.errors import Conflict, Invalid
from notebook_automation.domain.inquiries import Inquiry, InquiryAnswer, Stage
from notebook_automation.domain.inquiry_decisions import (
    Given,
    Pending,
    Responded,
    answer_of,
    decide,
    is_complete,
    timeout_response,
)
from notebook_automation.domain.inquiry_turns import Circle, Directory, Turn

DIRECTORY = Directory(groups=GROUPS)
ENUM = {"enum": ["eu", "us"]}


def given_by(person: str, stage: int = 0, decision: Any = "approve", **fields: Any) -> InquiryAnswer:
    return InquiryAnswer(
        inquiry_id="inq_1", stage=stage, person=person, by=person, decision=decision, created_at=0.0, channel="rest",
        **fields,
    )  # fmt: skip


def decided(asked: Inquiry, *answers: InquiryAnswer) -> Pending | Responded:
    return decide(Circle(inquiry=asked, answers=answers, directory=DIRECTORY))


def test_so_many_have_to_approve_and_one_rejection_ends_it() -> None:
    two = inquiry(Stage(approvals=2))
    assert decided(two, given_by("bea")) == Pending(stage=0)
    done = decided(two, given_by("bea", comment="yes"), given_by("cy"))
    assert isinstance(done, Responded)
    assert done.response == {"approved": True, "value": None, "comment": "yes", "by": ["bea", "cy"], "edits": []}
    no = decided(two, given_by("bea"), given_by("cy", decision="reject", comment="no"))
    assert isinstance(no, Responded)
    assert (no.response["approved"], no.response["by"], no.response["comment"]) == (False, ["cy"], "no")


def test_stages_come_one_after_the_other() -> None:
    asked = inquiry(Stage(of=("group:ops",)), Stage(of=("eve",)))
    assert decided(asked, given_by("bea")) == Pending(stage=1)
    second = replace(asked, stage=1)
    assert decided(second, given_by("bea")) == Pending(stage=1)
    assert isinstance(decided(second, given_by("bea"), given_by("eve", 1)), Responded)
    rejected = decided(second, given_by("bea"), given_by("eve", 1, "reject"))
    assert isinstance(rejected, Responded)
    assert rejected.response["approved"] is False


@pytest.mark.parametrize(
    ("people", "complete"),
    [
        (["bea", "eve"], True),
        (["bea", "cy"], True),
        (["cy", "eve"], True),
        # In both groups, and yet one person.
        (["cy"], False),
        (["bea", "dan"], False),
        (["cy", "dan"], False),
    ],
)
def test_each_group_needs_its_own_and_one_person_counts_once(people: list[str], complete: bool) -> None:
    stage = Stage(of=("group:ops", "group:leads", "dan"), approvals=2, per_group={"ops": 1, "leads": 1})
    for order in permutations(people):
        assert is_complete(stage, [given_by(person) for person in order], DIRECTORY) is complete


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        (inquiry(), Given(decision="approve"), ("approve", None)),
        (inquiry(), Given(decision="reject"), ("reject", None)),
        (inquiry(), Given(decision="approve", value=None, has_value=True), ("approve", None)),
        (inquiry(), Given(), "decision_missing"),
        (inquiry(), Given(value=True, has_value=True), "decision_missing"),
        (inquiry(), Given(decision="approve", value=1, has_value=True), "value_unexpected"),
        (inquiry(response_schema=ENUM), Given(value="eu", has_value=True), ("value", "eu")),
        (inquiry(response_schema=ENUM), Given(value="mars", has_value=True), "value_invalid"),
        (inquiry(response_schema=ENUM), Given(), "value_missing"),
        (inquiry(response_schema=ENUM), Given(decision="approve"), "value_missing"),
        (inquiry(response_schema={"type": "null"}), Given(value=None, has_value=True), ("value", None)),
        (inquiry(response_schema=ENUM, proposed="eu"), Given(decision="approve"), ("approve", "eu")),
        (inquiry(response_schema=ENUM, proposed="eu"), Given(value="us", has_value=True), ("approve", "us")),
        (inquiry(response_schema=ENUM, proposed="eu"), Given(value="mars", has_value=True), "value_invalid"),
        (inquiry(response_schema=ENUM, proposed="eu"), Given(decision="reject"), ("reject", None)),
        (
            inquiry(response_schema=ENUM, proposed="eu"),
            Given(decision="reject", value="us", has_value=True),
            "value_unexpected",
        ),
        (inquiry(response_schema=ENUM, proposed="eu"), Given(), "decision_missing"),
        (inquiry(), Given(decision="approve", comment="c" * 20_000), "comment_too_long"),
    ],
)
def test_what_a_form_takes(asked: Inquiry, given: Given, expected: Any) -> None:
    about = Circle(inquiry=asked, directory=DIRECTORY)
    turn = Turn(person="bea", by="bea")
    if isinstance(expected, str):
        with pytest.raises(Invalid) as caught:
            answer_of(about, turn, given, "rest", 1.0)
        assert caught.value.code == expected
    else:
        found = answer_of(about, turn, given, "rest", 1.0)
        assert (found.decision, found.value) == expected


def test_values_that_count_together_are_equal() -> None:
    about = Circle(inquiry=inquiry(Stage(approvals=2), response_schema={}), answers=[given_by("bea", value=1)])
    turn = Turn(person="cy", by="cy")
    for same in (1, 1.0):
        assert answer_of(about, turn, Given(value=same, has_value=True), "rest", 1.0).value == same
    for other in (True, 2, [1], "1"):
        with pytest.raises(Conflict) as caught:
            answer_of(about, turn, Given(value=other, has_value=True), "rest", 1.0)
        assert (caught.value.code, caught.value.details["value"]) == ("value_stands", 1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (False, None)),
        ({"response_schema": ENUM}, (None, None)),
        ({"response_schema": ENUM, "on_timeout": {"do": "value", "value": "eu"}}, (None, "eu")),
        ({"response_schema": ENUM, "proposed": "eu"}, (False, None)),
    ],
)
def test_a_time_out_never_approves(fields: dict[str, Any], expected: Any) -> None:
    found = timeout_response(inquiry(**fields))
    assert found is not None
    assert (found["approved"], found["value"]) == expected
    assert timeout_response(inquiry(**{**fields, "on_timeout": {"do": "raise"}})) is None
