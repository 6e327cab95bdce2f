"""Notifications, on both databases, with real servers for SMTP and HTTP: each hears once, a storm is one message."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mail_server import MailServer, mail_server
from samples import make_project, make_trigger, running_session
from web_sink import WebSink, web_sink

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.smtp import Smtp, server_of
from notebook_automation.domain.access import SYSTEM
from notebook_automation.domain.inquiry_mails import MOST_TRIES
from notebook_automation.domain.notifications import Notification, parse_notify, parse_recipient
from notebook_automation.domain.retries import parse_retry
from notebook_automation.domain.sessions import CellError, Session, Status
from notebook_automation.domain.triggers import Trigger
from notebook_automation.services import notices
from notebook_automation.services.endings import Ending, ResultFile, write_ending
from notebook_automation.services.events import Events, Tick
from notebook_automation.services.notification_conditions import NotificationConditions
from notebook_automation.services.notification_reports import NotificationReports
from notebook_automation.services.notification_ways import NotificationWays
from notebook_automation.services.notifications import Notifications
from notebook_automation.services.projects import Projects
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, changes, notifications
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database

PEOPLE = {"ana": {"email": "ana@example.org", "name": "Ana\r\nBcc: all@example.org"}, "dan": {}}
PANEL = "https://hub.example.org/lab"
HOSTILE = "<script>alert(1)</script>\r\nBcc: all@example.org\r\n\r\n<!channel> *x* [y](javascript:z)"


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def sink() -> Iterator[WebSink]:
    with web_sink() as running:
        yield running


class Office:
    """A project whose sessions end, and what sends notifications of it; its clock stands."""

    def __init__(self, database: Database, folder: Path, smtp_url: str, hosts: list[str]) -> None:
        self.database = database
        self.folder = folder
        self.now = time.time()
        self.settings = Settings(
            people=PEOPLE, smtp_url=smtp_url, mail_from="Automation <na@example.org>", notify_hosts=hosts,
            notify_gather=5, notify_pause=300,
        )  # fmt: skip
        self.blobs = FileBlobs(folder / "blobs")
        self.projects = Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        self.project = make_project(database)
        self.service = self.serving(database)

    def serving(self, database: Database) -> Notifications:
        smtp = Smtp(server_of(self.settings.smtp_url), seconds=10) if self.settings.smtp_url else None
        ways = NotificationWays(database, self.projects, self.settings, smtp, clock=lambda: self.now)
        conditions = NotificationConditions(database, self.blobs, Filters())
        reports = NotificationReports(database, self.blobs)
        return Notifications(database, self.settings, ways, conditions, reports, lambda: PANEL, clock=lambda: self.now)

    def trigger(self, *notify: Any, name: str = "orders") -> Trigger:
        rules = None if notify == (None,) else parse_notify(list(notify))
        return make_trigger(self.database, self.project, name, notify=rules)

    def ended(self, trigger: Trigger, status: Status = "failed", error: str = "no data", **ending: Any) -> Session:
        session = running_session(self.database, self.project, trigger_id=trigger.id, trigger_ref=trigger.ref)
        cause = CellError(ename="ValueError", evalue=error) if status == "failed" else None
        end = Ending(status=status, error=cause, **ending)
        return self.database.write_now(lambda tx: write_ending(tx, session, end, self.settings, owner="a"))

    def rows(self) -> list[Notification]:
        found, _ = self.database.read_now(lambda tx: notifications.listed(tx, limit=2000, cursor=None))
        return found[::-1]

    def states(self) -> list[tuple[str, str, str]]:
        return [(str(one.recipient), one.activity, one.state) for one in self.rows()]

    async def later(self, seconds: float) -> None:
        """Let time pass, and send what is due then."""
        self.now += seconds
        while await self.service.send_due():
            pass


@pytest.fixture
def office(database: Database, mails: MailServer, sink: WebSink, tmp_path: Path) -> Office:
    return Office(database, tmp_path, mails.url, [sink.host])


async def test_a_storm_of_failures_is_one_message_and_what_follows_one_digest(
    office: Office, mails: MailServer
) -> None:
    trigger = office.trigger("failed:email:ana", "failed:panel")
    for number in range(60):
        office.ended(trigger, error=f"storm {number}")
    await office.later(1)
    assert mails.got == []
    await office.later(10)
    assert [str(mail["Subject"]) for mail in mails.got] == ["60 failed in sales"]
    [text] = mails.texts()
    assert "storm 0" in text
    assert "storm 49" in text
    assert "… and 10 more." in text
    assert {state for _, _, state in office.states()} == {"sent"}
    # What comes after it waits until the pause is over, all of it in one message again.
    for number in range(30):
        office.ended(trigger, error=f"later {number}")
        await office.later(9)
    assert len(mails.got) == 1
    await office.later(300)
    assert [str(mail["Subject"]) for mail in mails.got[1:]] == ["30 failed in sales"]
    assert await office.service.next_time() is None
    told = [
        one for one in office.database.read_now(lambda tx: changes.after(tx, 0, limit=10_000)) if one.activity == "told"
    ]
    assert [(one.content.title, one.content.entries, one.content.is_bad) for one in told] == [
        ("60 failed in sales", 60, True), ("30 failed in sales", 30, True),
    ]  # fmt: skip


async def test_each_reason_is_told_once_to_those_who_want_to_hear_it(office: Office, mails: MailServer) -> None:
    trigger = office.trigger("failed,recovered:email:ana", {"on": ["completed"], "to": ["email:bea@example.org"]})
    session = office.ended(trigger)
    for _ in range(3):
        await office.database.write(lambda tx: notices.session_ended(tx, session, office.settings, tried_again=False))
    office.ended(trigger, "completed")
    office.ended(trigger, "completed")
    office.ended(trigger, "cancelled")
    assert [row[:2] for row in office.states()] == [
        ("email:ana", "failed"), ("email:bea@example.org", "completed"), ("email:ana", "recovered"),
        ("email:bea@example.org", "completed"),
    ]  # fmt: skip
    await office.later(10)
    assert dict(zip(mails.recipients, [str(mail["Subject"]) for mail in mails.got], strict=True)) == {
        "ana@example.org": "1 failed, 1 work again in sales", "bea@example.org": "2 completed in sales",
    }  # fmt: skip


async def test_what_is_written_down_is_announced_once_so_that_it_is_sent_at_its_time(office: Office) -> None:
    session = office.ended(office.trigger("failed:email:ana", "failed:panel"))
    for _ in range(2):
        await office.database.write(lambda tx: notices.session_ended(tx, session, office.settings, tried_again=False))
    news = office.database.read_now(lambda tx: changes.after(tx, 0, limit=1000))
    created = [one.entity for one in news if (one.channel, one.activity) == ("notifications", "created")]
    assert sorted(created) == sorted(one.id for one in office.rows())
    assert len(created) == 2


async def test_a_try_that_is_repeated_is_no_news(office: Office) -> None:
    retry = {"max_attempts": 2, "base_delay": 1, "jitter": 0}
    trigger = make_trigger(
        office.database, office.project, notify=parse_notify(["failed,completed,recovered:panel"]),
        retry=parse_retry(retry),
    )  # fmt: skip
    first = office.ended(trigger)
    assert office.rows() == []
    assert first.status == "failed"
    office.ended(trigger, "completed")
    assert [row[1] for row in office.states()] == ["completed"]


async def test_a_project_says_it_for_triggers_that_do_not(office: Office) -> None:
    rules = parse_notify(["failed:email:ana"])
    office.database.write_now(lambda tx: notifications.set_of_project(tx, office.project.id, rules))
    office.ended(office.trigger(None, name="as-project"))
    office.ended(office.trigger(name="nobody"))
    office.ended(office.trigger("failed:panel", name="own"))
    assert [(one.trigger_ref, str(one.recipient)) for one in office.rows()] == [
        ("sales/as-project", "email:ana"), ("sales/own", "panel"),
    ]  # fmt: skip
    assert office.database.read_now(lambda tx: notifications.of_project(tx, office.project.id)) == rules


async def test_what_code_wrote_is_neither_a_header_nor_markup(office: Office, mails: MailServer, sink: WebSink) -> None:
    for name in ("SLACK", "TEAMS", "HOOK"):
        await office.projects.set_variable(SYSTEM, office.project, name, f"http://{sink.host}/{name}", secret=True)
    trigger = office.trigger({
        "on": ["failed"], "to": ["email:ana", "slack:SLACK", "teams:TEAMS", "webhook:HOOK"],
    })  # fmt: skip
    session = office.ended(trigger, error=HOSTILE)
    await office.later(10)
    assert mails.recipients == ["ana@example.org"]
    [mail] = mails.got
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].display_name == "Ana Bcc all example.org"
    page = mail.get_body(("html",))
    assert page is not None
    html = page.get_content()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert f'href="{PANEL}?automation-session={session.id}"' in html
    got = {path: json.loads(body) for path, body in sink.got}
    slack = json.dumps(got["/SLACK"], ensure_ascii=False)
    assert "<!channel>" not in slack
    assert "&lt;!channel&gt;" in slack
    assert f"<{PANEL}?automation-session={session.id}|sales/orders failed>" in slack
    [card] = got["/TEAMS"]["attachments"]
    assert {one["type"] for one in card["content"]["body"]} == {"RichTextBlock"}
    [told] = got["/HOOK"]["notifications"]
    assert (told["reason"], told["trigger"], told["session_id"]) == ("failed", "sales/orders", session.id)
    assert "\n" not in json.dumps(got["/HOOK"]["title"])
    assert {state for _, _, state in office.states()} == {"sent"}


async def test_a_condition_reads_result_and_artifacts_and_the_run_before(office: Office) -> None:
    fell = 'artifacts["kpi.json"].value.revenue < 0.9 * previous.artifacts["kpi.json"].value.revenue'
    trigger = office.trigger({"on": ["completed"], "to": ["panel"], "if": fell})
    other = office.trigger({"on": ["completed"], "to": ["panel"], "if": "result.count > 5"}, name="other")

    def kpi(revenue: float) -> dict[str, Any]:
        digest, size = office.blobs.put_bytes(json.dumps({"revenue": revenue}).encode())
        office.database.write_now(lambda tx: artifacts.keep_blob(tx, digest, size))
        return {"files": [ResultFile(name="kpi.json", blob=digest, size=size)]}

    for revenue in (100, 95, 50):
        office.ended(trigger, "completed", **kpi(revenue))
        await office.later(400)
    for count in (1, 9):
        office.ended(other, "completed", result={"count": count})
        await office.later(400)
    assert [row[2] for row in office.states()] == ["dropped", "dropped", "sent", "dropped", "sent"]
    errors = [one.error for one in office.rows()]
    assert "has no answer" in str(errors[0])
    assert errors[1] == "Its condition does not hold."


async def test_what_the_other_side_does_not_take_now_is_tried_again_with_what_came_meanwhile(
    office: Office, sink: WebSink
) -> None:
    await office.projects.set_variable(SYSTEM, office.project, "HOOK", f"http://{sink.host}/h", secret=True)
    trigger = office.trigger("failed:webhook:HOOK")
    sink.says = [503, 429]
    office.ended(trigger)
    await office.later(10)
    assert office.states() == [("webhook:HOOK", "failed", "queued")]
    # A second failure does not use up the tries of the first.
    office.ended(trigger)
    await office.later(10)
    assert len(sink.got) == 1
    await office.later(30)
    assert len(sink.got) == 2
    await office.later(200)
    assert [row[2] for row in office.states()] == ["sent", "sent"]
    assert len(json.loads(sink.got[2][1])["notifications"]) == 2
    assert len({one.message_id for one in office.rows()}) == 1


async def test_who_never_answers_is_given_up(database: Database, tmp_path: Path) -> None:
    with mail_server() as running:
        office = Office(database, tmp_path, running.url, [])
    office.ended(office.trigger("failed:email:ana"))
    for _ in range(MOST_TRIES):
        await office.later((await office.service.next_time() or office.now) - office.now + 1)
    assert office.states() == [("email:ana", "failed", "error")]
    assert await office.service.next_time() is None


async def test_what_cannot_be_sent_says_why_and_holds_up_nobody(office: Office, sink: WebSink) -> None:
    await office.projects.set_variable(SYSTEM, office.project, "GONE", f"http://{sink.host}/gone", secret=True)
    await office.projects.set_variable(SYSTEM, office.project, "INSIDE", "https://127.0.0.1:1/secret-path", secret=True)
    sink.says = [404]
    to = ["email:dan", "webhook:NONE", "webhook:GONE", "webhook:INSIDE", "email:bea@example.org"]
    office.ended(office.trigger({"on": ["failed"], "to": to}))
    await office.later(10)
    said = {str(one.recipient): (one.state, one.error) for one in office.rows()}
    assert said["email:bea@example.org"] == ("sent", None)
    assert {said[one][0] for one in to[:4]} == {"error"}
    assert "no e-mail address" in str(said["email:dan"][1])
    assert "has no value" in str(said["webhook:NONE"][1])
    assert "answered 404" in str(said["webhook:GONE"][1])
    assert "private network" in str(said["webhook:INSIDE"][1])
    assert not any("secret-path" in str(error) for _, error in said.values())


async def test_what_may_have_arrived_is_never_sent_again(office: Office, mails: MailServer) -> None:
    office.ended(office.trigger("failed:email:ana"))
    mails.says = ["drop"]
    await office.later(10)
    await office.later(86_400)
    assert len(mails.got) == 1
    assert office.states() == [("email:ana", "failed", "error")]


async def test_a_server_that_ends_while_it_sends_leaves_an_error(office: Office, mails: MailServer) -> None:
    office.ended(office.trigger("failed:email:ana"))
    some = office.rows()
    mark: Callable[[Any], Any] = lambda tx: notifications.change(tx, some, "processing", next_at=office.now + 300)  # noqa: E731
    await office.database.write(mark)
    await office.later(10)
    assert office.states() == [("email:ana", "failed", "processing")]
    await office.later(300)
    assert (mails.got, office.states()) == ([], [("email:ana", "failed", "error")])


async def test_two_servers_that_both_think_they_lead_send_one_message(
    office: Office, mails: MailServer, open_database: Callable[[], Database]
) -> None:
    trigger = office.trigger("failed:email:ana")
    for _ in range(5):
        office.ended(trigger)
    office.now += 10
    other = office.serving(open_database())
    await asyncio.gather(office.service.send_due(), other.send_due())
    assert [str(mail["Subject"]) for mail in mails.got] == ["5 failed in sales"]


async def test_ticks_that_were_missed_or_late_are_told_once(office: Office) -> None:
    trigger = office.trigger("missed,late:panel")
    silent = office.trigger("failed:panel", name="silent")
    keys = [datetime.fromtimestamp(at, UTC).isoformat() for at in (0, 3600)]
    for _ in range(2):
        for one in (trigger, silent):
            office.database.write_now(lambda tx, one=one: notices.ticks_missed(tx, one, keys, office.settings))  # type: ignore[misc]
        office.database.write_now(lambda tx: notices.ticks_late(tx, trigger, keys[1:], office.settings))
    assert [row[1] for row in office.states()] == ["missed", "late"]
    await office.later(10)
    [told] = [one for one in office.database.read_now(lambda tx: changes.after(tx, 0)) if one.activity == "told"]
    assert told.content.title == "1 missed, 1 ran late in sales"


async def test_a_test_says_whether_the_way_works(office: Office, mails: MailServer, sink: WebSink) -> None:
    await office.projects.set_variable(SYSTEM, office.project, "HOOK", f"http://{sink.host}/h", secret=True)
    for text in ("email:ana", "webhook:HOOK", "panel"):
        tried = await office.service.test(SYSTEM, office.project, parse_recipient(text))
        assert tried.error is None
    assert [str(mail["Subject"]) for mail in mails.got] == ["Test: notifications of sales"]
    tried = await office.service.test(SYSTEM, office.project, parse_recipient("email:zoe"))
    assert "no e-mail address" in str(tried.error)
    assert office.rows() == []


async def test_rules_and_history_outlive_what_made_them(office: Office) -> None:
    trigger = office.trigger({"on": ["late", "failed"], "to": ["panel", "email:ana"], "if": "true"})
    stored = office.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert stored is not None
    assert stored.notify == trigger.notify
    office.ended(replace(trigger))
    office.database.write_now(lambda tx: trigger_rows.remove(tx, trigger.id))
    assert {(one.trigger_id, one.trigger_ref) for one in office.rows()} == {(None, "sales/orders")}
    await office.later(10)
    old = office.now + 1
    assert office.database.write_now(lambda tx: notifications.remove_before(tx, old, 10)) == 2
    assert office.rows() == []


async def test_a_report_is_a_mail_of_its_own_with_what_changed(office: Office, mails: MailServer) -> None:
    rule = {"on": ["completed"], "to": ["email:ana"], "report": ["email", "html", "pdf"]}
    trigger = office.trigger(rule)

    def kept(name: str, content: bytes) -> ResultFile:
        digest, size = office.blobs.put_bytes(content)
        office.database.write_now(lambda tx: artifacts.keep_blob(tx, digest, size))
        return ResultFile(name=name, blob=digest, size=size)

    for revenue in (100, 50):
        png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        outputs = [
            {"output_type": "stream", "name": "stdout", "text": f"revenue {revenue}\n<script>x</script>"},
            {"output_type": "display_data", "data": {"image/png": png}, "metadata": {}},
        ]
        cell = {"cell_type": "code", "id": "a", "source": "code()", "outputs": outputs, "metadata": {}}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        files = [kept("report.ipynb", json.dumps(notebook).encode()), kept("report.html", b"<p>report</p>")]
        files += [kept("report.pdf", b"%PDF-1.7")] if revenue == 50 else []
        office.ended(trigger, "completed", files=files)
    await office.later(10)
    assert [str(mail["Subject"]) for mail in mails.got] == ["sales/orders completed"] * 2
    assert len({mail["Message-ID"] for mail in mails.got}) == 2
    mail = next(one for one in mails.got if "What changed" in str(one.get_body(("plain",))))
    page = mail.get_body(("html",))
    assert page is not None
    html = page.get_content()
    assert "- revenue 100" in html
    assert "+ revenue 50" in html
    assert "code()" not in html
    assert "<script>" not in html
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{str(picture['Content-ID']).strip('<>')}" in html
    assert [(one.get_filename(), one.get_content_type(), one.get_content()) for one in mail.iter_attachments()] == [
        ("report.html", "application/octet-stream", b"<p>report</p>"), ("report.pdf", "application/pdf", b"%PDF-1.7"),
    ]  # fmt: skip
    [other] = [text for text in mails.texts() if "What changed" not in text]
    assert "There is no PDF report of this run: let its trigger make one" in other
    assert {row[2] for row in office.states()} == {"sent"}


async def test_what_never_ran_is_told_too(office: Office) -> None:
    events = Events(office.database, office.projects, Filters(), queued=lambda ids: None, settings=office.settings)
    rules = parse_notify(["failed,missed,late:panel"])
    trigger = make_trigger(
        office.database, office.project, type="event", event_type="paid", mapping={"order": "data.order.id"},
        notify=rules,
    )  # fmt: skip
    [receipt] = await events.emit(SYSTEM, office.project, "paid", {"no": "order"})
    [one] = office.rows()
    assert (one.activity, one.session_id) == ("failed", receipt.session_ids[0])
    assert "parameters could not be made" in one.content["error"]
    moments = [datetime.fromtimestamp(at, UTC) for at in (0, 3600, 7200)]
    tick = Tick(
        trigger_id=trigger.id, fire=tuple(moments[2:]), missed=tuple(moments[:2]), cursor=7200.0, next_fire=None,
        late=tuple(moments[2:]),
    )  # fmt: skip
    for _ in range(2):
        await events.tick([tick])
    reasons = [row[1] for row in office.states()]
    assert (reasons.count("missed"), reasons.count("late")) == (1, 1)
