"""New versions of artifacts that triggers wait for: written with the version, taken by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.watched_artifact import ArtifactNews, news_of, parse_watched_artifact

from .rows import from_row
from .tables.artifact_arrivals import artifact_arrivals
from .tables.artifacts import artifacts
from .tables.triggers import triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A new version that a trigger waits for, and the version before it."""

    trigger_id: str
    artifact: Artifact
    news: ArtifactNews
    previous_version: int | None
    previous_blob: str | None


def note(tx: Connection, artifact: Artifact) -> None:
    """Write a new version down for each trigger that waits for it; call it in the transaction that stores it."""
    if artifact.project_id is None:
        return
    wanted = select(triggers.c.id, triggers.c.source).where(
        triggers.c.type == "artifact", triggers.c.project_id == artifact.project_id, triggers.c.enabled
    )
    watching = tx.execute(wanted).all()
    if not watching:
        return
    query = select(artifacts).where(artifacts.c.ref == artifact.ref, artifacts.c.version < artifact.version)
    row = tx.execute(query.order_by(artifacts.c.version.desc()).limit(1)).first()
    before = None if row is None else from_row(Artifact, row, artifacts)
    news = news_of(artifact, before)
    rows = [
        {
            "artifact_id": artifact.id, "trigger_id": trigger_id, "news": news,
            "previous_version": None if before is None else before.version,
            "previous_blob": None if before is None else before.blob,
        }
        for trigger_id, source in watching
        if parse_watched_artifact(source["artifact"]).wants(artifact, news)
    ]  # fmt: skip
    if rows:
        tx.execute(insert(artifact_arrivals), rows)


def some(tx: Connection, limit: int) -> list[Arrival]:
    """Return up to ``limit`` arrivals, the oldest first."""
    joined = select(artifact_arrivals, artifacts).join(artifacts, artifacts.c.id == artifact_arrivals.c.artifact_id)
    rows = tx.execute(joined.order_by(artifact_arrivals.c.artifact_id).limit(limit)).all()
    return [
        Arrival(
            trigger_id=row._mapping[artifact_arrivals.c.trigger_id],
            artifact=Artifact(**{column.name: row._mapping[column] for column in artifacts.c}),
            news=row.news,
            previous_version=row.previous_version,
            previous_blob=row.previous_blob,
        )
        for row in rows
    ]


def is_there_any(tx: Connection) -> bool:
    """Return whether an arrival waits to be looked at."""
    return tx.execute(select(artifact_arrivals.c.artifact_id).limit(1)).first() is not None


def forget(tx: Connection, arrivals: Sequence[Arrival]) -> None:
    """Delete arrivals that were looked at."""
    for one in arrivals:
        its = artifact_arrivals.c.artifact_id == one.artifact.id
        tx.execute(delete(artifact_arrivals).where(its, artifact_arrivals.c.trigger_id == one.trigger_id))
