"""An acquired session, and attempts whose database answers as a test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session, Status
from notebook_automation.services.attempts import AcquiredSession, Progress

DOWN = Unavailable("The database does not answer.")


class Answers:
    """Attempts whose database answers as the test says: a status, None (lost), or not at all; the last for ever."""

    def __init__(self, *answers: Status | Exception | None) -> None:
        self.answers = list(answers)
        self.reported: list[Progress] = []
        self.renewals = 0

    def _next(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def renew(self, acquired: AcquiredSession) -> Status | None:
        self.renewals += 1
        status: Status | None = self._next()
        return status

    async def report(self, acquired: AcquiredSession, progress: Progress) -> bool:
        ours = self._next() is not None
        self.reported.append(progress)
        return ours


@pytest.fixture
def answering() -> Callable[..., Answers]:
    """Makes attempts whose database gives these answers in turn; ``"down"`` is none at all."""
    return lambda *answers: Answers(*(DOWN if answer == "down" else answer for answer in answers))


@pytest.fixture
def acquired() -> AcquiredSession:
    session = Session(
        id="ses_x", project_id=None, project="p", call="a.ipynb", status="running", created_at=1.0, started_by="ana"
    )
    return AcquiredSession(
        session=session, owner="one", token="nas_x", project=None, event=None, variables={}, snapshot=None
    )
