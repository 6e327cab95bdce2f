"""Sessions by hand, what their code tells, the artifacts they make, and the stream of all changes."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.artifacts import ARTIFACT_ID
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from notebook_automation.domain.projects import ProjectChange
from notebook_automation.domain.sessions import SESSION_ID
from notebook_automation.services.artifacts import Folder
from notebook_automation.services.changes import BUFFER
from notebook_automation.store import changes
from notebook_automation.store import sessions as session_rows
from notebook_automation.store.tables.sessions import sessions as session_table

TOKEN = "nas_token"


async def running(rooms: Any, ana: Caller, **options: Any) -> str:
    """Start a session of `report.ipynb` and begin it, as a runner does; return its id."""
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    view = await rooms.sessions.start(ana, project, "report.ipynb", **options)
    session_id = view.session.id
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()

    def work(tx: Any) -> None:
        session_rows.claim(tx, "a", 10, 60.0)
        assert session_rows.acquire(tx, session_id, "a", 1, token_hash=digest, lease=60.0) is not None

    rooms.database.write_now(work)
    return session_id


def end(rooms: Any, session_id: str, status: str = "completed") -> None:
    rooms.database.write_now(lambda tx: session_rows.end(tx, session_id, status, owner="a", attempt=1))


def file(tmp_path: Path, content: bytes, name: str = "upload") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


# sessions -------------------------------------------------------------------------------------------------------


async def test_a_session_by_hand_is_queued_with_checked_parameters(rooms: Any, ana: Caller):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    view = await rooms.sessions.start(
        ana, project, "report.ipynb", parameters={"count": 5}, report="html", keep="1 day"
    )
    stored = (await rooms.sessions.get(ana, view.session.id)).session
    assert stored == view.session
    assert (stored.status, stored.started_by, stored.parameters) == ("requested", "ana", {"count": 5})
    assert rooms.queued


@pytest.mark.parametrize(
    ("call", "options", "code"),
    [
        ("gone.ipynb", {}, "call_not_found"), ("report.txt", {}, "call_invalid"), ("../x.ipynb", {}, "call_invalid"),
        ("report.ipynb", {"parameters": {"nope": 1}}, "parameter_unknown"),
        ("report.ipynb", {"parameters": {"count": "x"}}, "parameter_type"),
        ("report.ipynb", {"time_limit": -1.0}, "run_invalid"),
        ("report.ipynb", {"time_limit": float("nan")}, "run_invalid"),
        ("report.ipynb", {"report": "pdf"}, "run_invalid"), ("report.ipynb", {"keep": "a while"}, "retention_invalid"),
    ],
)  # fmt: skip
async def test_a_session_that_cannot_run_is_not_queued(
    rooms: Any, ana: Caller, call: str, options: dict[str, Any], code: str
):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    with pytest.raises(AutomationError) as refused:
        await rooms.sessions.start(ana, project, call, **options)
    assert refused.value.code == code
    assert rooms.queued == []


async def test_cancelling_ends_what_waits_and_asks_what_runs(rooms: Any, ana: Caller):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    waiting = (await rooms.sessions.start(ana, project, "report.ipynb")).session.id
    cancelled = (await rooms.sessions.cancel(ana, waiting)).session
    assert (cancelled.status, cancelled.reason, cancelled.finished_at is None) == (
        "cancelled",
        "Cancelled by ana.",
        False,
    )
    held = await running(rooms, ana)
    for _ in range(2):
        asked = (await rooms.sessions.cancel(ana, held)).session
        assert (asked.status, asked.finished_at) == ("canceling", None)
    assert held in rooms.stopped
    end(rooms, held, "cancelled")
    assert (await rooms.sessions.cancel(ana, held)).session.status == "cancelled"
    entries = await rooms.sessions.log(ana, held, after=0, limit=100)
    assert [entry.kind for entry in entries] == ["stop_request"]
    with pytest.raises(NotFound):
        await rooms.sessions.cancel(ana, "ses_none")


async def test_cancelling_while_it_ends_leaves_one_end(rooms: Any, ana: Caller):
    for _ in range(10):
        session_id = await running(rooms, ana)
        answers = await asyncio.gather(
            rooms.sessions.cancel(ana, session_id),
            asyncio.to_thread(end, rooms, session_id),
            rooms.sessions.cancel(ana, session_id),
            return_exceptions=True,
        )
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert (await rooms.sessions.get(ana, session_id)).session.status == "completed"


async def test_a_retry_does_what_the_ended_one_did(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana, parameters={"count": 5}, report="html", time_limit=60.0)
    with pytest.raises(Conflict):
        await rooms.sessions.retry(ana, session_id)
    end(rooms, session_id, "failed")
    again = (await rooms.sessions.retry(ana, session_id)).session
    assert again.id != session_id
    assert (again.retry_of, again.parameters, again.report, again.time_limit) == (
        session_id,
        {"count": 5},
        "html",
        60.0,
    )
    assert (again.status, again.attempt, again.error) == ("requested", 1, None)


async def test_no_id_is_older_than_its_session_however_slow_the_machine(
    rooms: Any, ana: Caller, monkeypatch: pytest.MonkeyPatch
):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    began = time.time()
    clock = itertools.count(1)
    # Each look at the clock is a millisecond later than the one before.
    monkeypatch.setattr(time, "time", lambda: began + next(clock) / 1000)
    made = (await rooms.sessions.start(ana, project, "report.ipynb")).session
    await rooms.sessions.cancel(ana, made.id)
    for session in (made, (await rooms.sessions.retry(ana, made.id)).session):
        assert session.id[:14] >= SESSION_ID.new(session.created_at)[:14]


async def test_a_retried_child_is_still_its_parents(rooms: Any, ana: Caller):
    parent = await running(rooms, ana)
    project = await rooms.project()
    code = Caller(kind="session", login="ana", session_id=parent, project_id=project.id)
    child = (await rooms.sessions.start(code, project, "report.ipynb")).session
    await rooms.sessions.cancel(ana, child.id)
    again = (await rooms.sessions.retry(ana, child.id)).session
    assert (again.retry_of, again.parent_id) == (child.id, parent)


async def test_sessions_are_listed_by_every_filter_and_counted(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    failed = await running(rooms, ana)
    end(rooms, failed, "failed")
    other = await rooms.trigger(folder="other")
    fired = await rooms.events.fire(ana, other.id)

    async def ids(**filters: Any) -> list[str]:
        found, _ = await rooms.sessions.listed(ana, limit=10, cursor=None, **filters)
        return [view.session.id for view in found]

    assert await ids(project="sales", statuses=["running"]) == [session_id]
    assert await ids(trigger="other/orders") == [*fired.session_ids]
    assert await ids(trigger="other/orders", project="sales") == []
    assert await ids(until=0.0) == []
    assert await ids(since=-1e12, project="other") == [*fired.session_ids]
    assert await ids(since=time.time() + 60) == []
    with pytest.raises(NotFound):
        await ids(trigger="other/none")
    counts = await rooms.sessions.counts(ana, time.time() - 3600)
    assert (counts.running, counts.queued, counts.failed) == (1, 1, 1)


async def test_a_token_stands_for_its_running_session_and_no_longer(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    caller = await rooms.sessions.caller_of(TOKEN)
    assert (caller.kind, caller.session_id) == ("session", session_id)
    with pytest.raises(Forbidden):
        await rooms.sessions.caller_of("nas_guessed")
    end(rooms, session_id)
    with pytest.raises(Forbidden) as refused:
        await rooms.sessions.caller_of(TOKEN)
    assert refused.value.code == "token_invalid"


async def test_only_the_code_of_a_session_tells_of_it_and_only_of_itself(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    code = await rooms.sessions.caller_of(TOKEN)
    outcome = await rooms.sessions.add_outcome(code, session_id, {"n": 1}, more=False, http={"status": 201})
    assert (await rooms.sessions.outcomes(ana, session_id)) == [outcome]
    await rooms.sessions.set_progress(code, session_id, 1.7, "x" * 900)
    progress = (await rooms.sessions.get(ana, session_id)).session.progress
    assert (progress["value"], len(progress["message"])) == (1.0, 500)
    other = await running(rooms, ana)
    for attempt in (
        rooms.sessions.add_outcome(ana, session_id, 1, more=True, http=None),
        rooms.sessions.set_progress(ana, session_id, 0.5, ""),
        rooms.sessions.add_outcome(code, other, 1, more=True, http=None),
    ):
        with pytest.raises(Forbidden):
            await attempt
    end(rooms, session_id)
    with pytest.raises(Conflict):
        await rooms.sessions.add_outcome(code, session_id, 1, more=True, http=None)
    with pytest.raises(Conflict):
        await rooms.sessions.set_progress(code, session_id, 0.5, "")


async def test_a_session_sees_its_secrets_and_a_person_looking_at_it_does_not(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    project = await rooms.project()
    await rooms.projects.set_variable(ana, project, "TOKEN", "s3cr3t", secret=True)
    await rooms.projects.set_variable(ana, project, "REGION", "emea", secret=False)
    code = await rooms.sessions.caller_of(TOKEN)
    assert (await rooms.sessions.context(code, session_id))[2] == {"TOKEN": "s3cr3t", "REGION": "emea"}
    assert (await rooms.sessions.context(ana, session_id))[2] == {"REGION": "emea"}


# artifacts ------------------------------------------------------------------------------------------------------


async def test_artifacts_are_kept_by_content_versioned_by_ref_and_shown_as_folders(
    rooms: Any, ana: Caller, tmp_path: Path
):
    session_id = await running(rooms, ana)
    code = await rooms.sessions.caller_of(TOKEN)
    add = lambda name, content, **more: rooms.artifacts.add(  # noqa: E731
        code, name=name, content=file(tmp_path, content), session_id=session_id, **more
    )
    first = await add("sales.csv", b"a,b\n1,2\n", meta={"rows": 1})
    same = await add("copy/sales.csv", b"a,b\n1,2\n")
    second = await add("sales.csv", b"a,b\n1,3\n")
    assert (first.version, second.version, first.ref) == (1, 2, "sales/report.ipynb/sales.csv")
    assert (first.type, first.media_type, first.size, first.meta) == ("file_datatable", "text/csv", 8, {"rows": 1})
    assert first.blob == same.blob
    assert (await rooms.artifacts.content(ana, second.id))[1].read_bytes() == b"a,b\n1,3\n"
    assert await rooms.artifacts.versions(ana, first.id) == [second, first]
    session = (await rooms.sessions.get(ana, session_id)).session
    top = await rooms.artifacts.folder(ana, "")
    assert top == Folder(folders=("sales",))
    assert await rooms.artifacts.folder(ana, "sales") == Folder(folders=("by hand",))
    by_hand = await rooms.artifacts.folder(ana, "sales/by hand")
    [name] = by_hand.folders
    assert name.endswith(session.id[-4:])
    inside = await rooms.artifacts.folder(ana, f"sales/by hand/{name}")
    assert inside == Folder(folders=("copy",), artifacts=(second,))
    assert await rooms.artifacts.folder(ana, second.drive_path) == second
    assert await rooms.artifacts.folder(ana, f"sales/by hand/{name}/copy") == Folder(artifacts=(same,))
    for nowhere in ("other", "sales/x", f"sales/by hand/{name}/nothing", "sales/by", "../sales"):
        with pytest.raises(NotFound):
            await rooms.artifacts.folder(ana, nowhere)


async def test_folders_of_thousands_of_sessions_are_all_reached(rooms: Any, ana: Caller, tmp_path: Path):
    from notebook_automation.domain.artifacts import Artifact
    from notebook_automation.store import artifacts as rows

    project = await rooms.project()
    made = [
        Artifact(
            id=ARTIFACT_ID.new(), ref=f"sales/{trigger}/x.csv", name="x.csv", type="file_text", project="sales",
            project_id=project.id, created_at=0.0, folder=f"{trigger}/2026-11-21 06{number:04} abcd", blob="a" * 64,
            version=number + 1,
        )
        for trigger in ("a", "a-b", "b.c", "by hand")
        for number in range(2500 if trigger == "a-b" else 2)
    ]  # fmt: skip

    def work(tx: Any) -> None:
        rows.keep_blob(tx, "a" * 64, 1)
        tx.execute(rows.artifacts.insert(), [rows.to_row(one, rows.artifacts) for one in made])

    rooms.database.write_now(work)
    assert (await rooms.artifacts.folder(ana, "sales")).folders == ("a", "a-b", "b.c", "by hand")
    shown = (await rooms.artifacts.folder(ana, "sales/a-b")).folders
    assert (len(shown), shown[0]) == (2000, "2026-11-21 062499 abcd")
    oldest = await rooms.artifacts.folder(ana, "sales/a-b/2026-11-21 060000 abcd/x.csv")
    assert oldest.version == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "../x"}, Invalid), ({"name": ""}, Invalid), ({"type": "hologram"}, Invalid),
        ({"url": "https://example.org"}, Invalid), ({"content": None}, Invalid),
        ({"content": None, "url": "javascript:alert(1)"}, Invalid), ({"keep": "a while"}, Invalid),
        ({"session_id": "ses_none"}, NotFound), ({"session_id": None}, Invalid),
    ],
)  # fmt: skip
async def test_what_cannot_be_an_artifact_is_refused(
    rooms: Any, ana: Caller, tmp_path: Path, fields: dict[str, Any], error: type[Exception]
):
    session_id = await running(rooms, ana)
    given = {"name": "x.txt", "content": file(tmp_path, b"x"), "session_id": session_id, **fields}
    with pytest.raises(error):
        await rooms.artifacts.add(ana, **given)
    assert (await rooms.artifacts.listed(ana, limit=5, cursor=None))[0] == []


async def test_limits_hold_for_one_artifact_and_for_a_session(
    make_rooms: Callable[..., Any], ana: Caller, tmp_path: Path
):
    rooms = make_rooms(artifact_max=10, artifact_session_max=15)
    session_id = await running(rooms, ana)
    await rooms.artifacts.add(ana, name="a", content=file(tmp_path, b"1" * 10), session_id=session_id)
    for size in (11, 6):
        with pytest.raises(TooLarge) as refused:
            await rooms.artifacts.add(ana, name="b", content=file(tmp_path, b"1" * size), session_id=session_id)
        assert refused.value.code == "artifact_too_large"
    await rooms.artifacts.add(ana, name="b", content=file(tmp_path, b"1" * 5), session_id=session_id)
    end(rooms, session_id)
    with pytest.raises(Conflict):
        await rooms.artifacts.add(ana, name="c", content=file(tmp_path, b""), session_id=session_id)
    late = await rooms.artifacts.add(SYSTEM, name="c", content=file(tmp_path, b""), session_id=session_id)
    assert late.size == 0


async def test_counted_versions_beyond_the_limit_go_and_others_stay(rooms: Any, ana: Caller, tmp_path: Path):
    session_id = await running(rooms, ana)
    for number in range(4):
        await rooms.artifacts.add(
            ana, name="a.txt", content=file(tmp_path, b"%d" % number), session_id=session_id, keep="2 versions"
        )
        await rooms.artifacts.add(ana, name="b.txt", content=file(tmp_path, b"%d" % number), session_id=session_id)
    found, _ = await rooms.artifacts.listed(ana, limit=50, cursor=None)
    versions = {name: sorted(one.version for one in found if one.name == name) for name in ("a.txt", "b.txt")}
    assert versions == {"a.txt": [3, 4], "b.txt": [1, 2, 3, 4]}


async def test_a_link_and_what_a_person_keeps_in_an_open_notebook(rooms: Any, ana: Caller, tmp_path: Path):
    project = await rooms.project()
    link = await rooms.artifacts.add(ana, name="page", content=None, url="https://example.org/?a=1", project=project)
    kept = await rooms.artifacts.add(ana, name="x.json", content=file(tmp_path, b"{}"), project=project)
    assert (link.type, link.blob, link.owner, kept.type, kept.session_id) == ("url", None, "ana", "file_text", None)
    with pytest.raises(NotFound):
        await rooms.artifacts.content(ana, link.id)
    found = await rooms.artifacts.folder(ana, "sales/by hand/open notebook")
    assert [one.name for one in found.artifacts] == ["x.json"]
    await rooms.artifacts.remove(ana, kept.id)
    with pytest.raises(NotFound):
        await rooms.artifacts.get(ana, kept.id)


async def test_the_code_of_a_session_keeps_artifacts_of_its_own_alone(rooms: Any, ana: Caller, tmp_path: Path):
    session_id = await running(rooms, ana)
    code = await rooms.sessions.caller_of(TOKEN)
    other = await running(rooms, ana)
    theirs = await rooms.trigger(folder="payroll")
    kept = await rooms.artifacts.add(code, name="a", content=file(tmp_path, b"1"), session_id=session_id)
    secret = await rooms.artifacts.add(
        ana, name="b", content=file(tmp_path, b"2"), project=await rooms.projects.get(ana, theirs.project_id)
    )
    assert (await rooms.artifacts.get(code, kept.id)).id == kept.id
    for attempt in (
        rooms.artifacts.add(code, name="c", content=file(tmp_path, b"3"), session_id=other),
        rooms.artifacts.add(code, name="c", content=file(tmp_path, b"3"), project=await rooms.project()),
        rooms.artifacts.get(code, secret.id),
        rooms.artifacts.remove(code, kept.id),
        rooms.artifacts.folder(code, "payroll"),
        rooms.artifacts.listed(code, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt


# changes --------------------------------------------------------------------------------------------------------


async def test_a_listener_hears_every_change_in_order_whoever_made_it(
    rooms: Any, ana: Caller, make_rooms: Callable[..., Any]
):
    await rooms.changes.start()
    other = make_rooms()
    async with rooms.changes.listening() as listener:
        first = await rooms.trigger()
        await other.trigger("refunds")
        await rooms.triggers.remove(ana, first.id)
        heard = []
        async with asyncio.timeout(10):
            while not heard or heard[-1].activity != "deleted":
                heard.append(await listener.queue.get())
    assert [change.seq for change in heard] == sorted({change.seq for change in heard})
    _, stored = await rooms.changes.after(0)
    assert heard == stored
    assert rooms.changes.seq == stored[-1].seq


async def test_who_resumes_gets_what_it_missed_and_is_told_when_that_is_gone(rooms: Any, ana: Caller):
    await rooms.changes.start()
    for name in ("a", "b", "c"):
        await rooms.trigger(name)
    complete, all_of_them = await rooms.changes.after(0)
    assert complete
    seen = all_of_them[1].seq
    assert await rooms.changes.after(seen) == (True, all_of_them[2:])
    assert await rooms.changes.after(all_of_them[-1].seq) == (True, [])
    rooms.database.write_now(lambda tx: changes.forget(tx, time.time() + 60))
    assert (await rooms.changes.after(seen))[0] is False
    assert await rooms.changes.after(all_of_them[-1].seq - 1) == (True, all_of_them[-1:])


async def test_who_misses_more_than_is_kept_for_one_is_told_to_begin_anew(rooms: Any):
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(BUFFER + 501)]
    rooms.database.write_now(lambda tx: changes.announce_many(tx, many))
    assert (await rooms.changes.after(0))[0] is False
    assert (await rooms.changes.after(600))[0] is True


async def test_a_listener_that_does_not_keep_up_lags_and_holds_up_nobody(rooms: Any):
    await rooms.changes.start()
    many = [(f"prj_{number}", "updated", ProjectChange(name="a")) for number in range(500)]
    async with rooms.changes.listening() as slow, rooms.changes.listening() as quick:
        heard = 0
        for _ in range(BUFFER // 500 + 1):
            rooms.database.write_now(lambda tx: changes.announce_many(tx, many))
            rooms.changes.poke()
            async with asyncio.timeout(20):
                for _ in range(500):
                    await quick.queue.get()
                    heard += 1
        assert slow.lagging
        assert slow.queue.qsize() == BUFFER
        assert (quick.lagging, heard) == (False, BUFFER + 500)
        last = [slow.queue.get_nowait() for _ in range(BUFFER)][-1]
        complete, rest = await rooms.changes.after(last.seq)
        assert complete
        assert len(rest) == 500


async def test_every_listener_is_told_of_the_end(rooms: Any):
    await rooms.changes.start()
    async with rooms.changes.listening() as listener:
        await rooms.changes.stop()
        assert await asyncio.wait_for(listener.queue.get(), 5) is None


async def test_a_held_session_is_not_shown_as_another_status_than_it_has(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    change = update(session_table).where(session_table.c.id == session_id).values(status="waiting")
    rooms.database.write_now(lambda tx: tx.execute(change))
    cancelled = (await rooms.sessions.cancel(ana, session_id)).session
    assert cancelled.status == "cancelled"
