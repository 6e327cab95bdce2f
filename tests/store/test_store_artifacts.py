"""Artifacts and their content: versions, filters, what has expired, what nobody uses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from samples import add_session, artifact_of, make_project, make_trigger
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.store import artifacts, changes
from notebook_automation.store.database import Database
from notebook_automation.store.tables.artifacts import blobs as blob_table


def test_versions_of_a_ref_count_up_and_each_ref_counts_by_itself(database: Database) -> None:
    project = make_project(database)
    stored = [
        database.write_now(lambda tx, ref=ref: artifacts.add(tx, artifact_of(project, ref)))
        for ref in ("s/a/x.csv", "s/a/x.csv", "s/b/x.csv", "s/a/x.csv")
    ]
    assert [one.version for one in stored] == [1, 2, 1, 3]
    found = database.read_now(lambda tx: artifacts.versions(tx, "s/a/x.csv"))
    assert found == [stored[3], stored[1], stored[0]]


def test_versions_made_at_once_by_several_processes_are_all_kept(
    database: Database, open_database: Callable[[], Database]
) -> None:
    project = make_project(database)
    runners = [database, open_database(), open_database()]
    start = threading.Barrier(12)

    def add(number: int) -> int:
        start.wait(30)
        return runners[number % 3].write_now(lambda tx: artifacts.add(tx, artifact_of(project))).version

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(add, range(12))) == list(range(1, 13))


def test_an_artifact_is_read_back_as_it_was_written_and_found_by_every_filter(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    session = add_session(database, project)
    database.write_now(lambda tx: artifacts.keep_blob(tx, "ab" * 32, 5))
    full = artifact_of(
        project, session_id=session.id, trigger_id=trigger.id, trigger_ref=trigger.ref, blob="ab" * 32, size=5,
        media_type="text/csv", meta={"rows": 3}, expires_at=99.5, retention_policy="hours", retention_limit=7,
        scope="identity", owner="ana",
    )  # fmt: skip
    link = artifact_of(project, "sales/by hand/page", type="url", url="https://example.org/?a=b", folder="by hand/x")
    for one in (full, link):
        database.write_now(lambda tx, one=one: artifacts.add(tx, one))
    filters = [
        {"project_id": project.id, "type": "url"}, {"session_id": session.id}, {"trigger_id": trigger.id},
        {"type": "file_datatable"}, {"ref": full.ref}, {"name": "table.csv"},
    ]  # fmt: skip
    for given in filters:
        found, more = database.read_now(lambda tx, given=given: artifacts.listed(tx, limit=5, cursor=None, **given))
        assert (found, more) == ([link if given.get("type") == "url" else full], None)
    assert database.read_now(lambda tx: artifacts.counts(tx, [session.id, "ses_none"])) == {session.id: 1}
    assert database.read_now(lambda tx: artifacts.size_of_session(tx, session.id)) == 5
    assert database.read_now(lambda tx: artifacts.size_of_session(tx, "ses_none")) == 0
    assert database.read_now(artifacts.projects_with) == ["sales"]


def test_expired_artifacts_are_found_by_their_own_time(database: Database) -> None:
    project = make_project(database)
    made = [artifact_of(project, f"s/a/{at}", expires_at=at) for at in (10.0, 20.0, None)]
    for one in made:
        database.write_now(lambda tx, one=one: artifacts.add(tx, one))
    assert database.read_now(lambda tx: artifacts.expired(tx, 9.0)) == []
    assert [one.id for one in database.read_now(lambda tx: artifacts.expired(tx, 10.0))] == [made[0].id]
    assert len(database.read_now(lambda tx: artifacts.expired(tx, 1e12))) == 2
    assert len(database.read_now(lambda tx: artifacts.expired(tx, 1e12, limit=1))) == 1
    database.write_now(lambda tx: artifacts.remove(tx, [made[0].id]))
    assert database.read_now(lambda tx: artifacts.get(tx, made[0].id)) is None
    told = database.read_now(lambda tx: changes.after(tx, 0))
    assert (told[-1].channel, told[-1].entity, told[-1].activity) == ("artifacts", made[0].id, "deleted")


def test_a_blob_is_unused_when_no_artifact_has_it_and_nobody_used_it_lately(database: Database) -> None:
    project = make_project(database)
    kept, dropped, fresh, touched = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
    database.write_now(lambda tx: artifacts.keep_blobs(tx, {kept: 1, dropped: 2, fresh: 3, touched: 4}))
    database.write_now(lambda tx: artifacts.keep_blobs(tx, {}))
    old = blob_table.c.hash.in_([kept, dropped, touched])
    database.write_now(lambda tx: tx.execute(update(blob_table).where(old).values(used_at=100.0)))
    database.write_now(lambda tx: artifacts.add(tx, artifact_of(project, blob=kept)))
    database.write_now(lambda tx: artifacts.touch_blobs(tx, [touched]))
    hour_ago = time.time() - 3600
    assert database.read_now(lambda tx: artifacts.unused_blobs(tx, hour_ago)) == [dropped]
    database.write_now(lambda tx: artifacts.keep_blob(tx, dropped, 2))
    assert database.read_now(lambda tx: artifacts.unused_blobs(tx, hour_ago)) == []
    database.write_now(lambda tx: artifacts.forget_blob(tx, dropped))
    with pytest.raises(IntegrityError):
        database.write_now(lambda tx: artifacts.forget_blob(tx, kept))


def test_an_artifact_room_in_folders_shows_the_newest_of_each_name(database: Database) -> None:
    project = make_project(database)
    made: list[Artifact] = []
    for ref, folder in [("s/a/x.csv", "a/1"), ("s/a/y.csv", "a/1"), ("s/a/x.csv", "a/1"), ("s/a/x.csv", "a/2")]:
        one = artifact_of(project, ref, folder=folder)
        made.append(database.write_now(lambda tx, one=one: artifacts.add(tx, one)))
    assert database.read_now(lambda tx: artifacts.in_folder(tx, "sales", "a/1")) == [made[2], made[1]]
    assert database.read_now(lambda tx: artifacts.in_folder(tx, "sales", "a/3")) == []
