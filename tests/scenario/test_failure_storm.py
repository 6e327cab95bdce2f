"""A storm of failures, mailed by a real server: few messages that tell each of them once, then that it works again."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from mail_server import mail_server

from notebook_automation.domain.access import Caller
from notebook_automation.domain.notifications import OPEN_STATES

if TYPE_CHECKING:
    from .conftest import MakeStand, Stand

ANA = Caller(kind="user", login="ana")
PAUSE = 2.0
FELL = 'artifacts["kpi.json"].value.revenue < 100.0'


async def nothing_is_open(stand: Stand) -> None:
    async def look() -> bool:
        found, _ = await stand.services.notifications.listed(
            ANA, limit=10, cursor=None, states=(*OPEN_STATES, "processing")
        )
        return not found

    await eventually(look, "all is told")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_a_storm_is_a_few_messages_and_then_that_it_works_again(
    request: pytest.FixtureRequest, fresh_stand: MakeStand, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    with mail_server() as mails:
        stand = await fresh_stand(
            database_url=url, smtp_url=mails.url, mail_from="na@example.org", notify_gather=0.5, notify_pause=PAUSE,
            people={"ana": {"email": "ana@example.org"}, "bea": {"email": "bea@example.org"}},
        )  # fmt: skip
        stand.notebook(
            "report.ipynb", ("revenue = 0", "parameters"),
            "import json\nprint('revenue', revenue)\nwith open('kpi.json', 'w') as file:\n"
            "    json.dump({'revenue': revenue}, file)",
        )  # fmt: skip
        report = {"on": ["completed"], "to": ["email:bea"], "report": ["email"], "if": FELL}
        given = {
            "name": "paid", "type": "event", "event_type": "paid", "call": "report.ipynb",
            "mapping": {"revenue": "data.order.revenue"}, "notify": ["failed,recovered:email:ana", report],
        }  # fmt: skip
        await stand.services.triggers.save(ANA, stand.project, given, replace_existing=True)

        async def emit(data: Any) -> str:
            [receipt] = await stand.services.events.emit(ANA, stand.project, "paid", data)
            return receipt.session_ids[0]

        # Each fails as it comes, since its parameters cannot be made: without a kernel, in any number.
        began = time.monotonic()
        for _ in range(4):
            await asyncio.gather(*(emit({"no": "order"}) for _ in range(15)))
        await nothing_is_open(stand)
        counts = [
            re.fullmatch(r"(?:(\d+) failed in sales|sales/paid failed)", str(mail["Subject"])) for mail in mails.got
        ]
        assert all(counts)
        assert sum(int(found[1] or 1) for found in counts if found) == 60
        assert len(mails.got) <= 2 + (time.monotonic() - began) / PAUSE
        assert set(mails.recipients) == {"ana@example.org"}

        told = len(mails.got)
        for revenue in (500.0, 50.0):
            session = await stand.ended(await emit({"order": {"revenue": revenue}}))
            assert session.status == "completed", session.error
        await nothing_is_open(stand)
        assert {(str(mail["To"].addresses[0].addr_spec), str(mail["Subject"])) for mail in mails.got[told:]} == {
            ("ana@example.org", "sales/paid works again"), ("bea@example.org", "sales/paid completed"),
        }  # fmt: skip
        # Only the run after which the condition holds sends its report, with what changed since the one before.
        [sent] = [text for text in mails.texts()[told:] if "completed" in text]
        assert "\nrevenue 50\n" in sent
        assert "- revenue 500\n+ revenue 50" in sent
