"""New versions of artifacts set triggers off, on each kind of database: each once, also by what changed."""

from __future__ import annotations

from typing import Any

import pytest
from follower import Follower, waiting_trigger
from samples import artifact_of, make_project, running_session

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.projects import Project
from notebook_automation.domain.watched_artifact import WatchedArtifact
from notebook_automation.store import artifacts, session_log
from notebook_automation.store.database import Database

CSV = "load/table.csv"


@pytest.fixture
def follower(database: Database, tmp_path: Any) -> Follower:
    return Follower(database, tmp_path)


def kept(database: Database, project: Project, blob: str, ref: str = CSV, **fields: Any) -> Artifact:
    """A new version of an artifact with this content."""
    artifact = artifact_of(project, f"sales/{ref}", blob=blob, size=3, **fields)

    def work(tx: Any) -> Artifact:
        artifacts.keep_blob(tx, blob, 3)
        return artifacts.add(tx, artifact)

    return database.write_now(work)


async def test_each_new_version_is_told_once_with_what_it_is(database: Database, follower: Follower) -> None:
    project = make_project(database)
    trigger = waiting_trigger(
        database, project, "check", type="artifact", artifact=WatchedArtifact(ref=CSV),
        mapping={"version": "data.artifact.version"},
    )  # fmt: skip
    made = [kept(database, project, blob) for blob in ("a", "a", "b")]
    kept(database, project, "c", "load/other.csv")
    queued = await follower.look()
    assert [one.parameters for one in queued] == [{"version": 1}, {"version": 2}, {"version": 3}]
    told = follower.events(trigger)
    assert [(one.type, one.data["artifact"]["id"]) for one in told] == [
        ("created", made[0].id), ("unchanged", made[1].id), ("changed", made[2].id)
    ]  # fmt: skip
    assert [one.data["previous"] for one in told] == [
        None, {"version": 1, "sha256": "a"}, {"version": 2, "sha256": "a"}
    ]  # fmt: skip
    assert await follower.look() == []
    assert await follower.arrivals.next_time() is None


async def test_only_another_content_counts_where_that_is_wanted(database: Database, follower: Follower) -> None:
    project = make_project(database)
    wanted = WatchedArtifact(ref="*/table.csv", changed=True)
    trigger = waiting_trigger(database, project, "check", type="artifact", artifact=wanted)
    for blob in ("a", "a", "b", "b", "a"):
        kept(database, project, blob)
    assert len(await follower.look()) == 3
    assert [one.type for one in follower.events(trigger)] == ["created", "changed", "changed"]


async def test_what_was_deleted_before_it_was_looked_at_is_not_told(database: Database, follower: Follower) -> None:
    project = make_project(database)
    waiting_trigger(database, project, "check", type="artifact", artifact=WatchedArtifact(ref=CSV))
    gone = kept(database, project, "a")
    database.write_now(lambda tx: artifacts.remove(tx, [gone.id]))
    assert await follower.arrivals.next_time() is None
    assert await follower.look() == []


async def test_a_trigger_that_makes_what_it_waits_for_stops(database: Database, tmp_path: Any) -> None:
    project = make_project(database)
    follower = Follower(database, tmp_path, chain_max=2)
    trigger = waiting_trigger(database, project, "check", type="artifact", artifact=WatchedArtifact(ref=CSV))
    maker = running_session(database, project, requester="bea", came_by="person", config={"depth": 1})
    kept(database, project, "a", session_id=maker.id)
    [session] = await follower.look()
    assert (session.config["depth"], session.requester, session.came_by) == (2, "bea", "person")
    kept(database, project, "b", session_id=session.id)
    assert await follower.look() == []
    assert [one.type for one in follower.events(trigger)] == ["created", "loop"]
    log = database.read_now(lambda tx: session_log.read(tx, session.id, 0, 100))
    assert "chain_max" in log[-1].text
