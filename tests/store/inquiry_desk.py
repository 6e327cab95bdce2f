"""Where inquiries are asked and answered in tests: the services of one process, a clock that stands, a session."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from samples import make_project, running_session
from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.services.absences import Absences
from notebook_automation.services.inquiries import Inquiries
from notebook_automation.services.inquiry_answers import InquiryAnswers
from notebook_automation.services.inquiry_records import InquiryRecords
from notebook_automation.services.inquiry_times import InquiryTimes
from notebook_automation.services.inquiry_views import InquiryView
from notebook_automation.settings import Settings
from notebook_automation.store import inquiries, inquiry_log, waits
from notebook_automation.store.database import Database

GROUPS = {"ops": ["bea", "cy", "dan"], "leads": ["cy", "eve"]}
PLACE = (2, 0, 0)


def person(login: str) -> Caller:
    return Caller(kind="user", login=login)


def code_of(session: Session) -> Caller:
    return Caller(kind="session", login="ana", session_id=session.id, project_id=session.project_id)


class Desk:
    """Inquiries of one running session, which ana has started."""

    def __init__(self, database: Database, project: Project | None = None, **fields: Any) -> None:
        self.database = database
        self.now = 1_000_000.0
        self.woken: list[str] = []
        self.notices: list[tuple[str, str, set[str]]] = []
        settings = Settings(groups=GROUPS)
        clock = lambda: self.now  # noqa: E731
        self.inquiries = Inquiries(database, settings, notify=self._notify, clock=clock)
        self.records = InquiryRecords(database, self.inquiries, clock=clock)
        self.answers = InquiryAnswers(
            database, settings, queued=self.woken.extend, notify=self._notify, clock=clock
        )  # fmt: skip
        self.times = InquiryTimes(database, settings, notify=self._notify)
        self.absences = Absences(database, clock=clock)
        self.project = make_project(database) if project is None else project
        self.session = running_session(database, self.project, **{"is_durable": True, **fields})

    def _notify(self, tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]) -> None:
        self.notices.append((inquiry.id, reason.partition(":")[0], set(people)))

    async def asked(self, prompt: str = "Release?", **what: Any) -> str:
        """Ask, and return the inquiry's id."""
        _, [view] = await self.ask([Asked(prompt=prompt, **what)])
        return view.inquiry.id

    async def ask(self, what: list[Asked], place: tuple[int, int, int] | None = None) -> tuple[Wait, list[InquiryView]]:
        if place is None:
            known = self.database.read_now(lambda tx: waits.of_session(tx, self.session.id))
            place = (2, 0, len(known))
        return await self.inquiries.ask(code_of(self.session), self.session.id, place, what)

    async def answer(self, who: str, inquiry_id: str, decision: Any = "approve", **what: Any) -> InquiryView:
        given = Given(decision=decision, has_value="value" in what, **what)
        return await self.answers.answer(person(who), inquiry_id, given, "rest")

    def get(self, inquiry_id: str) -> Inquiry:
        found = self.database.read_now(lambda tx: inquiries.get(tx, inquiry_id))
        assert found is not None
        return found

    def wait_of(self, session: Session | None = None) -> Wait:
        return self.database.read_now(lambda tx: waits.of_session(tx, (session or self.session).id))[-1]

    def log(self, inquiry_id: str) -> list[tuple[str, str]]:
        """What happened, and who did it."""
        return [
            (one.what, one.who) for one in self.database.read_now(lambda tx: inquiry_log.of_inquiry(tx, inquiry_id))
        ]
