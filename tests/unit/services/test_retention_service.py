"""Retention: what nobody needs any more is deleted for real, and nothing else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.inquiries import Shown
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.services.attempts import Progress
from notebook_automation.services.endings import Ending
from notebook_automation.services.inquiries import Inquiries
from notebook_automation.services.inquiry_answers import InquiryAnswers
from notebook_automation.services.retention import Retention
from notebook_automation.store import artifacts, checkpoints, events, inquiries, inquiry_log, sessions, snapshots
from notebook_automation.store import shown as shown_rows
from notebook_automation.store.checkpoints import StoredContent

if TYPE_CHECKING:
    from .conftest import AttemptServices


async def test_retention_deletes_for_real_and_nothing_that_is_used(services: AttemptServices) -> None:
    def exists(digest: str) -> bool:
        return (services.blobs._at(digest)).exists()

    digest, size = services.blobs.put_bytes(b"of the snapshot")
    snapshot = snapshot_of([SnapshotFile(path="a", blob=digest, size=size)])
    acquired = await services.acquired(keep="1 hours")
    old, recent = services.file("old", b"old"), services.file("new", b"new")
    ending = Ending(status="completed", files=[old])
    await services.attempts.end(acquired, ending, Progress(snapshot=snapshot))
    other = await services.acquired(keep="90 days")
    await services.attempts.end(other, Ending(status="completed", files=[recent]), Progress())

    retention = Retention(services.database, services.blobs, services.settings)
    await retention.clean()
    assert exists(old.blob)
    in_two_hours = time.time() + 7200
    await retention.clean(in_two_hours)
    assert not exists(old.blob)
    assert exists(recent.blob)
    assert exists(digest), "its snapshot is a session's"
    found = await services.database.read(lambda tx: artifacts.versions(tx, "sales/nightly/old"))
    assert found == []
    await services.database.write(
        lambda tx: tx.execute(sessions.sessions.delete().where(sessions.sessions.c.id == acquired.session.id))
    )
    await retention.clean(in_two_hours + 7200)
    assert not exists(digest)
    assert await services.database.read(lambda tx: snapshots.get(tx, snapshot.id)) is None


async def test_sessions_are_deleted_when_they_are_older_than_they_are_kept(services: AttemptServices) -> None:
    acquired = await services.acquired(keep="90 days")
    made = services.file("report.txt", b"kept longer")
    await services.attempts.end(acquired, Ending(status="completed", files=[made]), Progress())
    waiting = await services.queued()

    def left() -> list[str]:
        ids = (acquired.session.id, waiting.id)
        return [one for one in ids if services.database.read_now(lambda tx, one=one: sessions.get(tx, one))]

    in_two_days = time.time() + 2 * 86400
    await Retention(services.database, services.blobs, services.settings).clean(in_two_days)
    assert len(left()) == 2, "by default they are kept for good"
    kept_a_day = replace(services.settings, session_keep=86400.0)
    await Retention(services.database, services.blobs, kept_a_day).clean(in_two_days)
    assert left() == [waiting.id]
    [artifact] = await services.database.read(lambda tx: artifacts.versions(tx, "sales/nightly/report.txt"))
    assert artifact.session_id is None


async def test_checkpoints_are_deleted_some_time_after_the_end_of_their_session(services: AttemptServices) -> None:
    ended, waiting = await services.acquired(is_durable=True), await services.queued(is_durable=True)
    blob, stored = services.blobs.put_bytes(b"sealed")

    def add(tx: Connection, session_id: str) -> None:
        one = Checkpoint(
            id=CHECKPOINT_ID.new(), session_id=session_id, number=0, attempt=1, cell_index=0, piece=0, pieces=1,
            sources="5" * 64, manifest="m" * 40, outputs="o" * 40, signature="s" * 64, created_at=1.0,
        )  # fmt: skip
        checkpoints.add(tx, one, {"m" * 40: StoredContent(blob, 6, stored)})

    for session_id in (ended.session.id, waiting.id):
        await services.database.write(lambda tx, session_id=session_id: add(tx, session_id))
    await services.attempts.end(ended, Ending(status="failed", reason="x"), Progress())

    async def left() -> list[str]:
        ids = (ended.session.id, waiting.id)
        return [one for one in ids if await services.database.read(lambda tx, one=one: checkpoints.last(tx, one))]

    week = time.time() + 7 * 86400
    kept_on = replace(services.settings, checkpoint_keep=0.0)
    await Retention(services.database, services.blobs, kept_on).clean(week + 3600)
    await Retention(services.database, services.blobs, services.settings).clean(week - 3600)
    assert len(await left()) == 2
    await Retention(services.database, services.blobs, services.settings).clean(week + 3600)
    assert await left() == [waiting.id]
    assert await services.session(ended.session.id)
    assert services.blobs.path(blob)
    await services.database.write(lambda tx: checkpoints.remove(tx, waiting.id))
    await Retention(services.database, services.blobs, services.settings).clean(week + 7200)
    with pytest.raises(NotFound):
        services.blobs.path(blob)


async def test_content_that_no_row_tells_of_is_swept(services: AttemptServices) -> None:
    acquired = await services.acquired()
    kept = services.file("kept", b"kept")
    await services.attempts.end(acquired, Ending(status="completed", files=[kept]), Progress())
    orphan, _ = services.blobs.put_bytes(b"of a killed runner")
    retention = Retention(services.database, services.blobs, services.settings)
    await retention.sweep()
    assert services.blobs.path(orphan)
    await retention.sweep(time.time() + 7200)
    with pytest.raises(NotFound):
        services.blobs.path(orphan)
    assert services.blobs.path(kept.blob)


async def test_inquiries_are_deleted_with_their_log_when_they_ended_long_ago(services: AttemptServices) -> None:
    acquired = await services.acquired()
    code = Caller(kind="session", login="x", session_id=acquired.session.id, project_id=acquired.session.project_id)
    asking = Inquiries(services.database, services.settings)
    shown, size = services.blobs.put_bytes(b"what was shown")
    await services.database.write(lambda tx: artifacts.keep_blobs(tx, {shown: size}))
    await services.database.write(lambda tx: shown_rows.keep(tx, acquired.session.id, shown))
    figure = Shown(name="figure", kind="image", media_type="image/png", digest=shown, size=size)
    asked = [Asked(prompt="?", shown=[figure]), Asked(prompt="?")]
    _, [first, second] = await asking.ask(code, acquired.session.id, (0, 0, 0), asked)
    answers = InquiryAnswers(services.database, services.settings, queued=lambda _ids: None)
    await answers.answer(Caller(kind="user", login="bea"), first.inquiry.id, Given(decision="approve"), "rest")

    kept_a_day = replace(services.settings, inquiry_keep=86400.0, change_keep=1e9)
    retention = Retention(services.database, services.blobs, kept_a_day)
    await retention.clean(time.time() + 80_000)
    assert services.blobs._at(shown).exists(), "it is kept as long as what it was shown for"
    await retention.clean(time.time() + 90_000)
    ids = [first.inquiry.id, second.inquiry.id]
    left = await services.database.read(lambda tx: inquiries.get_many(tx, ids))
    assert [one.id for one in left] == [second.inquiry.id]
    assert await services.database.read(lambda tx: inquiry_log.of_inquiry(tx, first.inquiry.id)) == []
    assert not services.blobs._at(shown).exists()


async def test_old_deliveries_to_the_inbox_go_unless_they_have_a_bookmark(services: AttemptServices) -> None:
    now = time.time()
    made = [
        Event(
            id=EVENT_ID.new(), type="post", source="webhook", project_id=None, received_at=now - age,
            inbox_source="github", bookmarked_at=kept,
        )
        for age, kept in ((100.0, None), (100.0, now), (0.0, None))
    ]  # fmt: skip
    await services.database.write(lambda tx: events.accept(tx, [Occurrence(event=one) for one in made]))
    settings = replace(services.settings, inbox_keep=50.0)
    await Retention(services.database, services.blobs, settings).clean(now)

    def left(tx: Connection) -> list[bool]:
        return [events.get(tx, one.id) is not None for one in made]

    assert await services.database.read(left) == [False, True, True]
