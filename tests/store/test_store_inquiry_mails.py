"""E-mails about inquiries, on both databases and with a real SMTP server: each person is told once, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from inquiry_desk import GROUPS, Desk, person
from mail_server import MailServer, mail_server
from sqlalchemy import Connection, select

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.link_codes import LinkCodes
from notebook_automation.adapters.smtp import Smtp, server_of
from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_mails import MOST_TRIES
from notebook_automation.services.inquiry_links import InquiryLinks
from notebook_automation.services.inquiry_mails import PATH, InquiryMails
from notebook_automation.services.link_issuing import LinkIssuer
from notebook_automation.settings import Settings
from notebook_automation.store import inquiry_log
from notebook_automation.store.database import Database
from notebook_automation.store.tables.inquiry_links import inquiry_links, inquiry_mails

PEOPLE = {
    "ana": {"email": "ana@example.org"},
    "bea": {"email": "bea@example.org", "name": "Béa"},
    "cy": {"email": "cy@example.org", "name": "Cy\r\nBcc: all@example.org"},
    "dan": {"email": ""},
}
BASE = "https://hub.example.org/user/na/"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


class Office(Desk):
    """A desk whose notices go out by e-mail; `mails` may be built again, as by another server."""

    def __init__(self, database: Database, url: str, folder: Path) -> None:
        self.url = url
        self.settings = Settings(groups=GROUPS, people=PEOPLE, smtp_url=url, mail_from="Automation <na@example.org>")
        self.codes = LinkCodes(folder / "secret.key")
        self.issuer = LinkIssuer(self.settings, self.codes, clock=lambda: self.now)
        super().__init__(database)
        self.restart()
        self.links = InquiryLinks(
            database, self.settings, self.codes, self.issuer, FileBlobs(folder / "blobs"), self.answers,
            clock=lambda: self.now,
        )  # fmt: skip

    def restart(self) -> None:
        smtp = Smtp(server_of(self.url), seconds=10)
        self.mails = InquiryMails(self.database, self.settings, self.issuer, smtp, lambda: BASE, clock=lambda: self.now)

    def _notify(self, tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]) -> None:
        super()._notify(tx, inquiry, reason, people)
        self.mails.notify(tx, inquiry, reason, people)

    def rows(self) -> dict[str, tuple[str, int]]:
        """The status and tries of the mail of each person, the last one."""
        query = select(inquiry_mails).order_by(inquiry_mails.c.id)
        return {
            row.person: (row.status, row.tries) for row in self.database.read_now(lambda tx: tx.execute(query).all())
        }

    def notified(self, inquiry_id: str) -> list[dict[str, Any]]:
        found = self.database.read_now(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id))
        return [one.detail for one in found if one.what == "notified"]


@pytest.fixture
def office(database: Database, server: MailServer, tmp_path: Path) -> Office:
    return Office(database, server.url, tmp_path)


def token_in(text: str) -> str:
    """Return the secret part of the link in a mail."""
    [line] = [line for line in text.splitlines() if line.startswith(f"{BASE}{PATH}")]
    return line.removeprefix(f"{BASE}{PATH}")


async def test_everybody_who_is_asked_gets_one_mail_with_their_own_link(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked("# Release *1.2*?\n\nTo **all**.", assigned_to=["group:ops", "ana", "zoe"])
    await office.mails.send_due()
    await office.mails.send_due()
    # ana has started the session, dan has no address, zoe is not known.
    assert sorted(server.recipients) == ["bea@example.org", "cy@example.org"]
    assert office.rows() == {"bea": ("sent", 0), "cy": ("sent", 0)}
    by_person = dict(zip(server.recipients, server.got, strict=True))
    mail = by_person["bea@example.org"]
    assert str(mail["From"]) == "Automation <na@example.org>"
    assert (str(mail["To"]), mail["Auto-Submitted"]) == ("Béa <bea@example.org>", "auto-generated")
    assert str(mail["Subject"]).startswith("Please answer: Release")
    assert mail["List-Unsubscribe"] is None
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "<strong>all</strong>" in page.get_content()
    tokens = {address: token_in(server.texts()[number]) for number, address in enumerate(server.recipients)}
    assert tokens["bea@example.org"] in page.get_content()
    opened = await office.links.open(tokens["bea@example.org"])
    assert (opened.link.person, opened.link.made_by, opened.inquiry.id) == ("bea", "e-mail", inquiry_id)
    await office.links.answer(opened, Given(decision="approve"))
    assert office.get(inquiry_id).channel == "link"
    [of_bea, of_cy] = sorted(office.notified(inquiry_id), key=lambda one: one["to"])
    assert (of_bea["to"], of_bea["by"], of_bea["status"], of_cy["to"]) == ("bea", "e-mail", "sent", "cy")
    # No secret part of a link is in the database.
    rows = str(office.database.read_now(lambda tx: tx.execute(select(inquiry_links)).all()))
    assert all(token[:32] not in rows and token[32:] not in rows for token in tokens.values())


async def test_what_people_wrote_cannot_become_a_header(office: Office, server: MailServer) -> None:
    title = "Release\x0bBcc: all@example.org\u2028X: y"
    await office.asked(f"{title}\r\nBcc: all@example.org\r\n\r\nbody", assigned_to=["cy"])
    await office.mails.send_due()
    [mail] = server.got
    assert server.recipients == ["cy@example.org"]
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["To"].addresses[0].display_name == "Cy Bcc all example.org"
    assert "\n" not in str(mail["Subject"])
    assert len(str(mail["Subject"])) < 200


async def test_a_mail_that_is_put_off_is_tried_again_with_the_same_link(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked(assigned_to=["bea"])
    server.says = ["451 greylisted", "451 greylisted"]
    await office.mails.send_due()
    assert (server.got, office.rows()) == ([], {"bea": ("waiting", 1)})
    due = await office.mails.next_time()
    assert due is not None
    assert due > office.now
    await office.mails.send_due()
    assert office.rows() == {"bea": ("waiting", 1)}
    office.now = due
    office.restart()
    await office.mails.send_due()
    later = await office.mails.next_time()
    assert later is not None
    assert later - office.now > 30
    office.now = later
    await office.mails.send_due()
    assert office.rows() == {"bea": ("sent", 2)}
    assert len(office.database.read_now(lambda tx: tx.execute(select(inquiry_links)).all())) == 1
    assert [one["status"] for one in office.notified(inquiry_id)] == ["waiting", "sent"]
    assert "greylisted" in office.notified(inquiry_id)[0]["error"]


async def test_a_server_that_never_comes_back_is_given_up(database: Database, tmp_path: Path) -> None:
    with mail_server() as running:
        office = Office(database, running.url, tmp_path)
    inquiry_id = await office.asked(assigned_to=["bea"])
    for _ in range(MOST_TRIES):
        await office.mails.send_due()
        office.now = await office.mails.next_time() or office.now
    assert office.rows()["bea"][0] == "failed"
    assert await office.mails.next_time() is None
    assert [one["status"] for one in office.notified(inquiry_id)] == ["waiting", "failed"]


async def test_what_the_server_refuses_is_not_tried_again_and_holds_up_nobody(
    office: Office, server: MailServer
) -> None:
    server.refuses = {"bea@example.org": "550 no such user"}
    inquiry_id = await office.asked(assigned_to=["bea", "cy"])
    await office.mails.send_due()
    assert office.rows() == {"bea": ("failed", 0), "cy": ("sent", 0)}
    [failed] = [one for one in office.notified(inquiry_id) if one["status"] == "failed"]
    assert "no such user" in failed["error"]


async def test_a_mail_that_may_have_arrived_is_never_sent_again(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked(assigned_to=["bea"])
    server.says = ["drop"]
    await office.mails.send_due()
    assert office.rows() == {"bea": ("uncertain", 0)}
    office.now += 86_400
    await office.mails.send_due()
    assert len(server.got) == 1
    assert [one["status"] for one in office.notified(inquiry_id)] == ["uncertain"]


async def test_a_server_that_ends_while_it_sends_leaves_it_uncertain(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked(assigned_to=["bea"])
    mark = inquiry_mails.update().values(status="sending", next_at=office.now + 300)
    await office.database.write(lambda tx: tx.execute(mark))
    office.restart()
    await office.mails.send_due()
    assert office.rows() == {"bea": ("sending", 0)}
    office.now += 301
    await office.mails.send_due()
    assert (server.got, office.rows()) == ([], {"bea": ("uncertain", 0)})
    assert len(office.notified(inquiry_id)) == 1


async def test_who_hears_twice_for_one_reason_gets_one_mail(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked(assigned_to=["bea"])
    inquiry = office.get(inquiry_id)
    for _ in range(3):
        await office.database.write(lambda tx: office.mails.notify(tx, inquiry, "asked:1", {"bea"}))
        await office.mails.send_due()
    assert len(server.got) == 1
    await office.database.write(lambda tx: office.mails.notify(tx, inquiry, "reminder:2", {"bea"}))
    await office.mails.send_due()
    assert [str(mail["Subject"]) for mail in server.got] == [
        "Please answer: Release?", "Reminder, please answer: Release?",
    ]  # fmt: skip
    assert "still waits for your answer" in server.texts()[1]


async def test_two_servers_that_both_think_they_lead_send_one_mail(
    office: Office, server: MailServer, open_database: Callable[[], Database]
) -> None:
    await office.asked(assigned_to=["bea"])
    smtp = Smtp(server_of(server.url), seconds=10)
    other = InquiryMails(open_database(), office.settings, office.issuer, smtp, lambda: BASE, clock=lambda: office.now)
    await asyncio.gather(office.mails.send_due(), other.send_due())
    assert (server.recipients, office.rows()) == (["bea@example.org"], {"bea": ("sent", 0)})


async def test_what_is_over_before_it_is_sent_is_not_sent(office: Office, server: MailServer) -> None:
    ended = await office.asked(assigned_to=["bea"])
    await office.answer("bea", ended)
    given = await office.asked(assigned_to=["bea"])
    await office.answers.delegate(person("bea"), given, "cy", "your thing", "rest")
    await office.mails.send_due()
    assert server.recipients == ["cy@example.org"]
    assert str(server.got[0]["Subject"]).startswith("Given to you")
    assert "bea gave this to you:\n\nyour thing\n" in server.texts()[0]
    assert office.rows()["bea"] == ("dropped", 0)


async def test_who_is_asked_a_question_gets_no_link(office: Office, server: MailServer) -> None:
    inquiry_id = await office.asked(assigned_to=["bea"])
    await office.answers.send_back(person("bea"), inquiry_id, "Is it tested?", "cy", "rest")
    await office.mails.send_due()
    texts = dict(zip(server.recipients, server.texts(), strict=True))
    assert "bea asks you:\n\nIs it tested?\n" in texts["cy@example.org"]
    assert PATH not in texts["cy@example.org"]
    assert token_in(texts["bea@example.org"])


async def test_a_mail_that_cannot_be_written_is_put_off_and_holds_up_nobody(
    office: Office, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notebook_automation.services import inquiry_mails as module

    real = module.message_of

    def broken(notice: Any, *more: Any) -> Any:
        if notice.login == "bea":
            raise LookupError("unknown encoding")
        return real(notice, *more)

    monkeypatch.setattr(module, "message_of", broken)
    await office.asked(assigned_to=["bea", "cy"])
    await office.mails.send_due()
    assert office.rows() == {"bea": ("waiting", 1), "cy": ("sent", 0)}
