"""Answers to sync webhooks that come in parts: told to another server than the one whose session gives them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from eventually import eventually

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import TooLarge
from notebook_automation.domain.responses import KEPT, NoResponse, ResponseBroken, ResponseTooLate
from notebook_automation.domain.sessions import Session
from notebook_automation.services.changes import Changes
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.projects import Projects
from notebook_automation.services.responses import FirstResponse, Responses
from notebook_automation.services.retention import Retention
from notebook_automation.services.session_code import SessionCode
from notebook_automation.services.sessions import Sessions
from notebook_automation.settings import Settings
from notebook_automation.store import projects as project_rows
from notebook_automation.store import session_log, sessions
from notebook_automation.store.database import Database
from tests.store.samples import make_project, running_session

pytestmark = pytest.mark.asyncio

LONG = 60.0
"""Seconds that nothing in these tests takes."""
SECRET = "s3cr3t-canary"


class Side:
    """The services of one server."""

    def __init__(self, database: Database, folder: Path) -> None:
        settings = Settings(data_dir=str(folder), webhook_answer_max=2 * KEPT)
        self.database = database
        self.projects = Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        parked = ParkedResults(database, FileBlobs(folder / "blobs"), Seal(folder / "secret.key"), settings)
        own = Sessions(database, self.projects, queued=lambda _: None, stopping=lambda _: None, parked=parked)
        self.changes = Changes(database, poll=0.02)
        database.on_commit(self.changes.poke)
        self.code = SessionCode(database, self.projects, own, settings)
        self.responses = Responses(own, self.changes, self.projects.cipher)
        self.retention = Retention(database, FileBlobs(folder / "blobs"), settings)


class Stand:
    """A running session on one server, and a caller who waits for its answer on another."""

    def __init__(self, here: Side, there: Side) -> None:
        self.here, self.there = here, there
        self.project = make_project(here.database)
        self.session: Session = running_session(here.database, self.project)

    async def say(self, *, more: bool, value: Any = None, **http: Any) -> None:
        caller = Caller(kind="session", login="ana", session_id=self.session.id, project_id=self.project.id)
        await self.here.code.add_outcome(caller, self.session.id, value, more=more, http=http or None)

    async def first(self, seconds: float = LONG) -> FirstResponse:
        return await self.there.responses.first([self.session.id], seconds)

    async def rest(self, first: FirstResponse, seconds: float = LONG) -> list[bytes]:
        return [part async for part in self.there.responses.rest(first, seconds)]

    async def end(self, status: Any) -> None:
        await self.here.database.write(lambda tx: sessions.end(tx, self.session.id, status))

    async def keep_secret(self) -> None:
        secret = self.here.projects.sealed(self.project, "TOKEN", SECRET, secret=True)
        await self.here.database.write(lambda tx: project_rows.set_variable(tx, secret))


@pytest_asyncio.fixture
async def stand(open_database: Callable[[], Database], tmp_path: Path) -> AsyncIterator[Stand]:
    (tmp_path / "data").mkdir()
    here, there = Side(open_database(), tmp_path / "data"), Side(open_database(), tmp_path / "data")
    await there.changes.start()
    yield Stand(here, there)
    await there.changes.stop()


async def test_parts_come_in_order_while_the_session_goes_on(stand: Stand) -> None:
    waiting = asyncio.ensure_future(stand.first())
    await stand.say(more=True, status=202, headers={"X-A": "1"}, body="one ")
    first = await waiting
    assert (first.streamed, first.response.status, first.response.body) == (True, 202, b"one ")
    assert first.response.headers == {"Content-Type": "text/plain; charset=utf-8", "X-A": "1"}
    parts = stand.there.responses.rest(first, LONG)
    for number in range(20):
        coming = asyncio.ensure_future(anext(parts))
        await stand.say(more=True, value={"n": number})
        await stand.say(more=True, body=f"{number} ")
        assert await coming == f"{number} ".encode()
    coming = asyncio.ensure_future(anext(parts))
    await stand.say(more=False, body="end")
    assert await coming == b"end"
    with pytest.raises(StopAsyncIteration):
        await anext(parts)
    # What is handed out after the end is another's business.
    await stand.say(more=True, body="late")
    assert await stand.rest(first) == [f"{number} ".encode() for number in range(20)] + [b"end"]


async def test_a_whole_answer_is_no_stream(stand: Stand) -> None:
    await stand.say(more=True, value=1)
    await stand.say(more=False, json={"seen": 7})
    first = await stand.first()
    assert (first.streamed, first.response.body) == (False, b'{"seen":7}')
    assert await stand.rest(first) == []


async def test_a_caller_who_is_late_gets_all_from_the_beginning(stand: Stand) -> None:
    for number in range(30):
        await stand.say(more=number < 29, body=f"{number},")
    first = await stand.first()
    whole = first.response.body + b"".join(await stand.rest(first))
    assert whole == "".join(f"{number}," for number in range(30)).encode()


async def test_a_secret_in_pieces_is_never_stored_nor_sent(stand: Stand) -> None:
    await stand.keep_secret()
    await stand.say(more=True, headers={"X-Key": SECRET}, body="key: s3cr")
    first = await stand.first()
    assert first.response.headers["X-Key"] == "***"
    await stand.say(more=True, body="3t-can")
    await stand.say(more=True, body="ary, and ")
    await stand.say(more=False, json={"again": SECRET})
    sent = first.response.body + b"".join(await stand.rest(first))
    assert sent == b'key: ***, and {"again":"***"}\n'
    stored = await stand.here.database.read(lambda tx: session_log.outcomes_of(tx, stand.session.id))
    assert "s3cr" not in repr([one.http for one in stored])
    assert all(one.withheld is None or "s3cr" not in one.withheld for one in stored)


async def test_a_session_that_completes_ends_its_answer_with_what_was_held_back(stand: Stand) -> None:
    await stand.keep_secret()
    await stand.say(more=True, body="the word s3cr")
    first = await stand.first()
    assert first.response.body == b"the word "
    await stand.end("completed")
    assert await stand.rest(first) == [b"s3cr"]


@pytest.mark.parametrize("status", ["failed", "cancelled", "timeout", "abandoned"])
async def test_a_session_that_ends_otherwise_breaks_its_answer(stand: Stand, status: str) -> None:
    await stand.say(more=True, body="half")
    first = await stand.first()
    await stand.say(more=True, body=" of it")
    await stand.end(status)
    parts = stand.there.responses.rest(first, LONG)
    assert await anext(parts) == b" of it"
    with pytest.raises(ResponseBroken, match="middle of its answer"):
        await anext(parts)


async def test_who_says_nothing_in_time_is_late_and_who_stops_breaks_off(stand: Stand) -> None:
    with pytest.raises(ResponseTooLate):
        await stand.first(0.01)
    await stand.say(more=True, body="half")
    with pytest.raises(ResponseBroken, match=r"within 0\.01 s"):
        await stand.rest(await stand.first(), 0.01)


async def test_a_session_that_ends_without_a_word_has_no_answer(stand: Stand) -> None:
    waiting = asyncio.ensure_future(stand.first())
    await eventually_waiting(stand, 1)
    await stand.say(more=True, value="for nobody in particular")
    await stand.end("completed")
    with pytest.raises(NoResponse, match="is completed"):
        await waiting


async def test_nothing_is_kept_of_a_caller_who_went_away(stand: Stand) -> None:
    waiting = asyncio.ensure_future(stand.first())
    await eventually_waiting(stand, 1)
    waiting.cancel()
    await eventually_waiting(stand, 0)
    await stand.say(more=True, body="half")
    first = await stand.first()
    listening = asyncio.ensure_future(stand.rest(first))
    await eventually_waiting(stand, 1)
    listening.cancel()
    await eventually_waiting(stand, 0)
    # The session does not notice.
    await stand.say(more=False, body="end")


async def eventually_waiting(stand: Stand, count: int) -> None:
    await eventually(lambda: len(stand.there.responses._waiting) == count)


async def test_of_a_long_answer_the_beginning_is_kept(stand: Stand) -> None:
    block = "x" * (KEPT // 4)
    for _ in range(7):
        await stand.say(more=True, body=block)
    with pytest.raises(TooLarge):
        await asyncio.gather(stand.say(more=True, body=block), stand.say(more=True, body=block))
    await stand.say(more=False)
    first = await stand.first()
    listed = await stand.here.database.read(lambda tx: session_log.outcomes_of(tx, stand.session.id))
    assert [(one.sent, one.more) for one in listed] == [
        *((number * len(block), True) for number in range(1, 5)), (8 * len(block), False),
    ]  # fmt: skip
    whole = first.response.body + b"".join(await stand.rest(first))
    assert len(whole) == 8 * len(block)
    await stand.here.retention.clean(time.time() + 7200)
    with pytest.raises(ResponseBroken, match="no longer there"):
        await stand.rest(first)
    assert await stand.here.database.read(lambda tx: session_log.outcomes_of(tx, stand.session.id)) == listed
