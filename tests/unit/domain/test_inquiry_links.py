"""Whether a link still opens: by its inquiry, its stage, its time, its use, and who has the turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notebook_automation.domain.inquiries import Inquiry, InquiryDelegation, Stage
from notebook_automation.domain.inquiry_links import THANKS, TOKEN, InquiryLink, expiry_of, state_of

NOW = 1_000.0
INQUIRY = Inquiry(
    id="inq_1", session_id="ses_1", session_ref="ses_1", project_id="prj_1", project="p", notebook="n.ipynb",
    cell_index=0, prompt="?", title="?", stages=(Stage(of=("ana",)), Stage(of=("ana",))), created_at=0.0,
)  # fmt: skip
LINK = InquiryLink(
    id="lnk_1", inquiry_id="inq_1", stage=0, person="ana", digest="d", made_by="ana", created_at=NOW, expires_at=2_000.0
)


def given_on(giver: str, *, stage: int = 0, at: float = NOW + 1, is_question: bool = False) -> InquiryDelegation:
    return InquiryDelegation(
        inquiry_id="inq_1", stage=stage, giver=giver, taker="bea", created_at=at, is_question=is_question
    )


@pytest.mark.parametrize(
    ("link", "inquiry", "delegations", "now", "state"),
    [
        (LINK, INQUIRY, [], NOW, "open"),
        (LINK, INQUIRY, [], 1_999.9, "open"),
        (LINK, INQUIRY, [], 2_000.0, "dead"),
        (LINK, replace(INQUIRY, id="inq_2"), [], NOW, "dead"),
        (LINK, replace(INQUIRY, stage=1), [], NOW, "ended"),
        (LINK, replace(INQUIRY, status="responded"), [], NOW, "ended"),
        (LINK, replace(INQUIRY, status="cancelled"), [], 2_000.0, "dead"),
        (LINK, INQUIRY, [given_on("ana")], NOW, "dead"),
        (LINK, INQUIRY, [given_on("ana", is_question=True)], NOW, "open"),
        (LINK, INQUIRY, [given_on("ana", at=NOW - 1)], NOW, "open"),
        (LINK, INQUIRY, [given_on("ana", stage=1)], NOW, "open"),
        (LINK, INQUIRY, [given_on("cy")], NOW, "open"),
        (replace(LINK, used_at=NOW), replace(INQUIRY, status="responded"), [], NOW + THANKS - 1, "answered"),
        (replace(LINK, used_at=NOW), INQUIRY, [], NOW + THANKS, "dead"),
    ],
)
def test_the_state_of_a_link(
    link: InquiryLink, inquiry: Inquiry, delegations: list[InquiryDelegation], now: float, state: str
) -> None:
    assert state_of(link, inquiry, delegations, now) == state


def test_a_link_ends_after_days_or_with_its_inquiry() -> None:
    assert expiry_of(INQUIRY, 7.0, NOW) == NOW + 7 * 86_400
    assert expiry_of(replace(INQUIRY, timeout_at=NOW + 60), 7.0, NOW) == NOW + 60


def test_what_a_link_is_bound_to_is_all_in_its_binding() -> None:
    changed = [
        replace(LINK, id="lnk_2"), replace(LINK, inquiry_id="inq_2"), replace(LINK, stage=1),
        replace(LINK, person="bea"), replace(LINK, expires_at=3_000.0),
    ]  # fmt: skip
    assert len({LINK.binding, *(one.binding for one in changed)}) == 6


def test_a_token_is_64_characters_that_may_stand_in_an_address() -> None:
    assert TOKEN.fullmatch("aZ0_-" * 12 + "abcd")
    for wrong in ("", "a" * 63, "a" * 65, "a" * 63 + "=", "a" * 63 + "/", "ä" * 64, "a" * 64 + "\n"):
        assert TOKEN.fullmatch(wrong) is None
