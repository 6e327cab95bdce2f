"""The API log takes note of requests without waiting, loses no count, and says what it could not keep."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually
from sqlalchemy import text

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Forbidden
from notebook_automation.services import api_logs
from notebook_automation.services.all_secrets import AllSecrets
from notebook_automation.services.api_logs import ApiLogs, Served
from notebook_automation.services.projects import Projects
from notebook_automation.services.retention import Retention
from notebook_automation.settings import Settings
from notebook_automation.store.api_logs import Wanted
from notebook_automation.store.database import Database

ANA = Caller(kind="user", login="ana")


def a_request(**fields: Any) -> Served:
    known = {
        "at": time.time(), "seconds": 0.002, "correlation_id": "req_1", "method": "GET", "route": "/api/v1/status",
        "path": "/api/v1/status", "query": "", "status_code": 200, "code": None, "user_id": "ana", "client": None,
    }  # fmt: skip
    return Served(**{**known, **fields})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/automation.db")
    made.create()
    yield made
    made.close()


@pytest.fixture
def projects(database: Database, tmp_path: Path) -> Projects:
    return Projects(database, tmp_path, NotebookReader(), Cipher(tmp_path / "key"))


@pytest.fixture
def logs(database: Database, projects: Projects) -> ApiLogs:
    return ApiLogs(database, AllSecrets(database, projects), Settings())


async def names(logs: ApiLogs) -> list[str]:
    return [one.correlation_id for one in (await logs.listed(ANA, Wanted(), limit=200, cursor=None))[0]]


async def test_what_comes_too_fast_is_counted_and_told(logs: ApiLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_logs, "_MOST_WAITING", 2)
    for number in range(5):
        logs.note(a_request(correlation_id=str(number)))
    assert logs.dropped == 3
    assert sorted(await names(logs)) == ["0", "1"]
    assert (await logs.summary(ANA)).total.requests == 5


async def test_of_a_burst_that_events_tell_of_only_a_part_is_told_again(logs: ApiLogs) -> None:
    for number in range(150):
        if logs.keeps("evt_1"):
            logs.note(a_request(correlation_id=f"req_{number}", event_id="evt_1"))
        else:
            logs.count(time.time(), "POST", "/webhooks/{slug}", 202, 0.01)
    assert logs.keeps(None)
    assert not logs.keeps("evt_1")
    assert len(await names(logs)) == 100
    assert (await logs.summary(ANA)).total.requests == 150
    assert (logs.keeps("evt_1"), logs.dropped) == (True, 0)


async def test_bodies_that_wait_have_a_bound(
    database: Database, projects: Projects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_logs, "_MOST_BYTES", 10)
    logs = ApiLogs(database, AllSecrets(database, projects), Settings(api_log_bodies=100))
    for body in (b'"123456"', b'"7890"'):
        logs.note(a_request(body=body))
    found, _ = await logs.listed(ANA, Wanted(), limit=2, cursor=None)
    assert {one.request_body for one in found} == {'"123456"', None}


async def test_what_was_noted_is_written_by_itself(logs: ApiLogs, database: Database) -> None:
    logs.note(a_request())
    await eventually(lambda: database.read_now(lambda tx: tx.execute(text("SELECT count(*) FROM api_logs")).scalar()))
    await logs.stop()


async def test_what_cannot_be_written_now_is_kept_and_counted_once(
    logs: ApiLogs, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    logs.note(a_request(correlation_id="before"))
    database.write_now(lambda tx: tx.execute(text("ALTER TABLE api_counts RENAME TO away")))
    with caplog.at_level(logging.WARNING):
        await logs.flush()
    assert "could not be kept in the API log" in caplog.text
    logs.note(a_request(correlation_id="after"))
    database.write_now(lambda tx: tx.execute(text("ALTER TABLE away RENAME TO api_counts")))
    assert sorted(await names(logs)) == ["after", "before"]
    assert (await logs.summary(ANA)).total.requests == 2
    await logs.stop()


async def test_secrets_are_those_of_this_moment(logs: ApiLogs, projects: Projects, tmp_path: Path) -> None:
    (tmp_path / "sales").mkdir()
    project = await projects.at_folder(ANA, "sales")
    for value in ("f1rst-value", "s3cond-value"):
        await projects.set_variable(ANA, project, "KEY", value, secret=True)
        logs.note(a_request(query=f"q={value}"))
        await logs.flush()
    found, _ = await logs.listed(ANA, Wanted(), limit=9, cursor=None)
    assert [one.query for one in found] == ["q=***", "q=***"]


async def test_the_code_of_a_session_may_not_see_it(logs: ApiLogs) -> None:
    code = replace(ANA, kind="session", session_id="ses_1", project_id="prj_1")
    for work in (logs.summary(code), logs.listed(code, Wanted(), limit=1, cursor=None), logs.remove(code, "log_1")):
        with pytest.raises(Forbidden):
            await work


async def test_the_round_of_retention_keeps_what_the_settings_say(
    logs: ApiLogs, database: Database, tmp_path: Path
) -> None:
    now = time.time()
    for name, age in (("old", 3 * 86400.0), ("day", 90_000.0), ("new", 60.0)):
        logs.note(a_request(correlation_id=name, at=now - age))
    await logs.flush()
    for settings, kept in (
        (Settings(api_log_keep=0, api_log_max=0), ["new", "day", "old"]),
        (Settings(api_log_keep=2 * 86400.0), ["new", "day"]),
        (Settings(api_log_max=1), ["new"]),
    ):
        await Retention(database, FileBlobs(tmp_path / "blobs"), settings).clean(now)
        assert await names(logs) == kept
    rows = database.read_now(lambda tx: tx.execute(text("SELECT count(*) FROM api_counts")).scalar())
    assert rows == 1, "statistics are of one day"
