"""Signed links on both databases: used in the transaction of their answer, and for their own stage alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from inquiry_desk import GROUPS, Desk, person
from sqlalchemy import select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.link_codes import LinkCodes
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden
from notebook_automation.domain.inquiries import Stage
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_links import InquiryLink
from notebook_automation.services.inquiry_links import InquiryLinks, OpenedLink
from notebook_automation.services.link_issuing import LinkIssuer
from notebook_automation.settings import Settings
from notebook_automation.store import inquiry_links as rows
from notebook_automation.store.database import Database
from notebook_automation.store.tables.inquiry_links import inquiry_links

APPROVE = Given(decision="approve")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def links(database: Database, desk: Desk, tmp_path: Path) -> InquiryLinks:
    settings, codes, clock = Settings(groups=GROUPS), LinkCodes(tmp_path / "secret.key"), lambda: desk.now
    issuer = LinkIssuer(settings, codes, clock=clock)
    return InquiryLinks(database, settings, codes, issuer, FileBlobs(tmp_path / "blobs"), desk.answers, clock=clock)


async def opened(links: InquiryLinks, login: str, inquiry_id: str) -> OpenedLink:
    """The page of a new link, as its holder sees it before they answer."""
    made = await links.make(person(login), inquiry_id, "rest")
    return await links.to_answer(made.token, (await links.open(made.token)).form_code)


def used(desk: Desk) -> list[float | None]:
    query = select(inquiry_links.c.used_at).order_by(inquiry_links.c.id)
    return list(desk.database.read_now(lambda tx: tx.execute(query).scalars().all()))


async def test_a_stage_that_is_completed_between_looking_and_answering_is_not_answered_for_the_next(
    desk: Desk, links: InquiryLinks
) -> None:
    stages = (Stage(of=("bea", "cy")), Stage(of=("bea",)))
    inquiry_id = await desk.asked(stages=stages)
    page = await opened(links, "bea", inquiry_id)
    await desk.answer("cy", inquiry_id)
    assert desk.get(inquiry_id).stage == 1
    with pytest.raises(Conflict) as raised:
        await links.answer(page, APPROVE)
    assert raised.value.code == "stage_ended"
    assert desk.get(inquiry_id).status == "pending"
    assert used(desk) == [None]


async def test_a_link_that_was_used_meanwhile_writes_nothing(desk: Desk, links: InquiryLinks) -> None:
    inquiry_id = await desk.asked(assigned_to=["bea"])
    page = await opened(links, "bea", inquiry_id)
    assert await desk.database.write(lambda tx: rows.use(tx, page.link.id, 5.0))
    with pytest.raises(Conflict) as raised:
        await links.answer(page, APPROVE)
    assert raised.value.code == "link_used"
    assert desk.get(inquiry_id).status == "pending"
    assert ("answered", "bea") not in desk.log(inquiry_id)
    assert used(desk) == [5.0]


async def test_a_refused_answer_leaves_the_link_as_it_was(desk: Desk, links: InquiryLinks) -> None:
    inquiry_id = await desk.asked(assigned_to=["bea"])
    page = await opened(links, "bea", inquiry_id)
    with pytest.raises(AutomationError):
        await links.answer(page, Given(decision="approve", value=7, has_value=True))
    assert used(desk) == [None]
    await links.answer(page, APPROVE)
    assert used(desk) == [desk.now]


async def test_of_many_who_send_the_same_page_at_once_one_answer_is_taken(desk: Desk, links: InquiryLinks) -> None:
    inquiry_id = await desk.asked(assigned_to=["bea", "cy"], approvals=2)
    page = await opened(links, "bea", inquiry_id)
    done = await asyncio.gather(*(links.answer(page, APPROVE) for _ in range(20)), return_exceptions=True)
    assert done.count(None) == 1
    assert all(isinstance(one, (Conflict, Forbidden)) for one in done if one is not None)
    log = [what for what, _ in desk.log(inquiry_id)]
    assert (log.count("answered"), log.count("link_used")) == (1, 1)


async def test_only_who_may_answer_gets_a_link_and_it_dies_when_they_may_not(desk: Desk, links: InquiryLinks) -> None:
    inquiry_id = await desk.asked(assigned_to=["group:ops"], exclude=["dan"])
    for login, reason in (("zoe", "not_assigned"), ("dan", "excluded"), ("ana", "requester")):
        with pytest.raises(Forbidden) as raised:
            await links.make(person(login), inquiry_id, "rest")
        assert raised.value.code == reason
    page = await opened(links, "bea", inquiry_id)
    link: InquiryLink = page.link
    assert (link.person, link.stage, link.inquiry_id) == ("bea", 0, inquiry_id)
    await desk.answers.withdraw(person("ana"), inquiry_id, "no more", "rest")
    with pytest.raises(Conflict) as ended:
        await links.answer(page, APPROVE)
    assert ended.value.code == "inquiry_ended"


async def test_a_substitute_answers_by_a_link_of_their_own_for_whom_they_stand_in(
    desk: Desk, links: InquiryLinks
) -> None:
    inquiry_id = await desk.asked(assigned_to=["bea"])
    await desk.absences.set(person("bea"), "eve", None)
    await links.answer(await opened(links, "eve", inquiry_id), APPROVE)
    assert desk.get(inquiry_id).responded_by == "eve"
    assert ("substituted", "eve") in desk.log(inquiry_id)
