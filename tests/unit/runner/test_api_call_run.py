"""Sessions that call an API, run by a real runner against a real server, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_sink import ApiSink, answer, api_sink, endless, hanging, silent
from eventually import eventually

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel.filters import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.kernels import InstalledKernels
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.access import Caller
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.runner.results import ResultCollector
from notebook_automation.runner.runner import Runner
from notebook_automation.services.attempts import Attempts
from notebook_automation.services.claims import Claims
from notebook_automation.services.endings import LostSessions
from notebook_automation.services.events import Events
from notebook_automation.services.projects import Projects
from notebook_automation.services.trigger_views import TriggerViews
from notebook_automation.services.triggers import Triggers
from notebook_automation.settings import Settings
from notebook_automation.store import session_log, sessions, triggers
from notebook_automation.store.database import Database

ANA = Caller(kind="user", login="ana")
SECRET = "s3cret-canary"


class CallStand:
    """Triggers that call ``sink``, and a runner for their sessions."""

    def __init__(self, database: Database, folder: Path, sink: ApiSink, **settings: Any) -> None:
        self.sink = sink
        self.database = database
        given = {"api_call_hosts": [sink.host], "lease": 0.4, "runner_start": 0.0, **settings}
        self.settings = Settings(data_dir=str(folder), root_dir=str(folder), **given)
        blobs, filters = FileBlobs(folder / "blobs"), Filters()
        self.projects = Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        self.events = Events(database, self.projects, filters, queued=lambda ids: None)
        self.views = TriggerViews(database, self.projects, InstalledKernels(), filters, api_hosts=[sink.host])
        self.triggers = Triggers(database, self.projects, filters, self.views, changed=self.events.forget_triggers)
        self.claims = Claims(database, self.projects, self.settings)
        attempts = Attempts(database, self.projects, self.settings)
        self.runner = Runner(
            attempts, Workspaces(blobs, self.settings), ResultCollector(blobs, self.settings), self.settings
        )

    async def trigger(self, path: str = "/report", **fields: Any) -> Trigger:
        project = await self.projects.at_folder(ANA, "")
        await self.projects.set_variable(ANA, project, "TOKEN", SECRET, secret=True)
        call = {"url": f"{self.sink.url}{path}", **fields.pop("api_call", {})}
        given = {"name": "daily", "type": "manual", "api_call": call, **fields}
        view, _ = await self.triggers.save(ANA, project, given, replace_existing=True)
        return view.trigger

    async def begun(self, trigger: Trigger, **given: Any) -> tuple[str, asyncio.Task[Session | None]]:
        """Fire ``trigger``; return its session, which a runner has."""
        receipt = await self.events.fire(ANA, trigger.id, **given)
        session_id = receipt.session_ids[0]
        return session_id, await self.claimed(session_id)

    async def claimed(self, session_id: str) -> asyncio.Task[Session | None]:
        await self.claims.claim("one", 10)
        return asyncio.create_task(self.runner.run(session_id, "one", 1))

    async def ran(self, trigger: Trigger, **given: Any) -> Session:
        session_id, running = await self.begun(trigger, **given)
        await running
        return await self.session(session_id)

    async def session(self, session_id: str) -> Session:
        found = await self.database.read(lambda tx: sessions.get(tx, session_id))
        assert found is not None
        return found

    async def everything(self, session: Session) -> str:
        """Return all that is kept of a session, as text."""
        log = await self.database.read(lambda tx: session_log.read(tx, session.id, 0, 100))
        return f"{session!r} {[(line.text, line.data) for line in log]}"


@pytest.fixture
def sink() -> Iterator[ApiSink]:
    with api_sink() as one:
        yield one


@pytest.fixture
def stand(database: Database, tmp_path: Path, sink: ApiSink) -> CallStand:
    return CallStand(database, tmp_path, sink)


async def test_an_api_is_called_with_what_the_definition_says(stand: CallStand) -> None:
    call = {
        "method": "POST", "headers": {"Authorization": "Bearer {{secret:TOKEN}}", "X-Region": "{{param:region}}"},
        "body": {"region": "{{param:region}}", "count": "{{param:count}}"},
    }  # fmt: skip
    trigger = await stand.trigger("/v1/reports?full=1", api_call=call, parameters={"region": "emea", "count": 1})
    stand.sink.says = [answer(201, f'{{"echo": "{SECRET}"}}', Content_Type="application/json", Set_Cookie="sid=abc")]
    session = await stand.ran(trigger, parameters={"count": 3})
    asked = stand.sink.asked[0]
    assert (asked.method, asked.path, asked.json) == ("POST", "/v1/reports?full=1", {"region": "emea", "count": 3})
    assert (asked.headers["authorization"], asked.headers["x-region"]) == (f"Bearer {SECRET}", "emea")
    assert (session.status, session.reason, session.call) == ("completed", None, f"POST {stand.sink.url}/v1/reports")
    assert session.result["request"]["headers"]["Authorization"] == "Bearer {{secret:TOKEN}}"
    response = session.result["response"]
    assert (response["status"], response["body"], response["cut"]) == (201, {"echo": "***"}, False)
    assert response["headers"]["set-cookie"] == "***"
    kept = await stand.everything(session)
    assert SECRET not in kept
    assert "127.0.0.1 answered 201 Created" in kept
    stored = await stand.database.read(lambda tx: triggers.get(tx, trigger.id))
    assert stored is not None
    assert (stored.success_count, stored.failure_count, stored.api_call) == (1, 0, trigger.api_call)


@pytest.mark.parametrize(
    ("say", "status", "code", "said"),
    [
        (answer(500, "boom"), "failed", "answer_status", "answered 500 Internal Server Error"),
        (answer(404), "failed", "answer_status", "answered 404"),
        (answer(302, Location="https://example.com/"), "failed", "answer_status", "is not followed"),
        (silent, "failed", "answer_missing", "may have been done"),
    ],
)
async def test_what_is_no_good_answer_fails_the_session(
    stand: CallStand, say: Any, status: str, code: str, said: str
) -> None:
    stand.sink.says = [say]
    session = await stand.ran(await stand.trigger())
    assert session.error is not None
    assert (session.status, session.error.ename) == (status, code)
    assert said in (session.reason or "")
    assert session.result["request"]["url"] == f"{stand.sink.url}/report"


async def test_what_is_slow_is_timed_out_and_what_is_endless_is_cut(stand: CallStand) -> None:
    trigger = await stand.trigger(api_call={"timeout": 0.5})
    stand.sink.says = [hanging(stand.sink)]
    late = await stand.ran(trigger)
    assert (late.status, "within 0.5 seconds" in (late.reason or "")) == ("timeout", True)
    trigger = await stand.trigger()
    stand.sink.says = [endless]
    cut = await stand.ran(trigger)
    assert (cut.status, cut.result["response"]["cut"]) == ("completed", True)
    assert len(cut.result["response"]["body"]) == stand.settings.api_call_answer


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://169.254.169.254/"])
async def test_private_networks_are_not_called(database: Database, tmp_path: Path, sink: ApiSink, url: str) -> None:
    stand = CallStand(database, tmp_path, sink, api_call_hosts=[])
    session = await stand.ran(await stand.trigger(api_call={"url": url.format(port=sink.port)}))
    assert session.error is not None
    assert (session.status, session.error.ename, sink.asked) == ("failed", "host_refused", [])


async def test_a_secret_that_is_not_there_is_said(stand: CallStand) -> None:
    trigger = await stand.trigger(api_call={"headers": {"X": "{{secret:NONE}}"}})
    view = await stand.views.get(ANA, trigger.id)
    assert [one.code for one in view.problems] == ["variable_missing"]
    session = await stand.ran(trigger)
    assert session.error is not None
    assert (session.error.ename, stand.sink.asked) == ("api_call_value_missing", [])


async def test_one_that_is_cancelled_stops_at_once(stand: CallStand) -> None:
    stand.sink.says = [hanging(stand.sink)]
    session_id, running = await stand.begun(await stand.trigger())
    await eventually(lambda: bool(stand.sink.asked))
    stand.runner.stop("cancelled")
    await running
    assert (await stand.session(session_id)).status == "cancelled"


async def test_tries_carry_the_same_key_and_what_failed_is_tried_again(stand: CallStand) -> None:
    trigger = await stand.trigger(retry={"max_attempts": 3, "base_delay": 1})
    stand.sink.says = [answer(503), answer(200)]
    first = await stand.ran(trigger)
    assert first.retried_by is not None
    second = await stand.session(first.retried_by)
    assert (second.status, second.tries) == ("scheduling", 1)
    await stand.database.write(lambda tx: sessions.change_status(tx, second.id, "scheduling", "requested", None))
    await (await stand.claimed(second.id))
    assert (await stand.session(second.id)).status == "completed"
    keys = [one.headers["idempotency-key"] for one in stand.sink.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    await stand.ran(trigger)
    assert stand.sink.asked[2].headers["idempotency-key"] != keys[0]


@pytest.mark.parametrize("if_lost", [False, True])
async def test_one_whose_runner_dies_is_abandoned_or_tried_again(stand: CallStand, if_lost: bool) -> None:
    trigger = await stand.trigger(retry={"max_attempts": 2, "base_delay": 1, "if_lost": if_lost})
    receipt = await stand.events.fire(ANA, trigger.id)
    await stand.claims.claim("one", 10)
    attempts = Attempts(stand.database, stand.projects, stand.settings)
    # It has begun, and its runner says nothing more.
    acquired = await attempts.acquire(receipt.session_ids[0], "one", 1)
    assert acquired is not None
    lost = LostSessions(stand.database, stand.settings)
    await lost.abandon(acquired.session, "Its runner is gone.")
    session = await stand.session(receipt.session_ids[0])
    assert (session.status, session.retried_by is not None) == ("abandoned", if_lost)


async def test_a_try_sends_what_the_trigger_says_by_then(stand: CallStand) -> None:
    retry = {"max_attempts": 2, "base_delay": 1}
    trigger = await stand.trigger("/old", retry=retry)
    stand.sink.says = [answer(500)]
    session_id = (await stand.events.fire(ANA, trigger.id)).session_ids[0]
    await stand.trigger("/new", retry=retry)
    await (await stand.claimed(session_id))
    assert stand.sink.asked[-1].path == "/old"
    following = (await stand.session(session_id)).retried_by
    assert following is not None
    held = await stand.session(following)
    assert held.call == f"GET {stand.sink.url}/new"
    # One that is held back already sends what it was made with, and is shown so.
    await stand.trigger("/newest", retry=retry)
    await stand.database.write(lambda tx: sessions.change_status(tx, held.id, "scheduling", "requested", None))
    await (await stand.claimed(held.id))
    assert ((await stand.session(held.id)).call, stand.sink.asked[-1].path) == (f"GET {stand.sink.url}/new", "/new")


async def test_a_webhook_tells_what_happened(stand: CallStand) -> None:
    trigger = await stand.trigger(api_call={"kind": "webhook"}, parameters={"region": "emea"})
    session = await stand.ran(trigger)
    told = stand.sink.asked[0].json
    assert (stand.sink.asked[0].method, told["task"], told["execution"]) == ("POST", trigger.ref, session.id)
    assert (told["input"], told["event"]["type"]) == ({"region": "emea"}, "manual")


async def test_what_an_event_brings_asks_for_no_secret(stand: CallStand) -> None:
    trigger = await stand.trigger(api_call={"method": "POST", "body": "{{param:text}}"})
    await stand.ran(trigger, parameters={"text": "{{secret:TOKEN}}"})
    assert stand.sink.asked[0].body == b"{{secret:TOKEN}}"


async def test_a_rule_beside_it_runs_its_file(stand: CallStand, tmp_path: Path) -> None:
    trigger = await stand.trigger(rules=[{"name": "too", "call": "gone.py:work"}])
    file = tmp_path / "gone.py"
    file.write_text("def work(): pass")
    receipt = await stand.events.fire(ANA, trigger.id, rule="too")
    file.unlink()
    await (await stand.claimed(receipt.session_ids[0]))
    session = await stand.session(receipt.session_ids[0])
    assert (session.call, session.status, stand.sink.asked) == ("gone.py:work", "failed", [])
    assert json.dumps(session.config["trigger"]["api_call"])
