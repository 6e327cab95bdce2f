"""Artifacts and the blobs and snapshots that hold content, in the database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from notebook_automation.domain.artifacts import Artifact, ArtifactChange
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting

from . import artifact_arrivals
from .changes import announce
from .rows import from_row, to_row, upsert
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.artifacts import artifacts, blobs
from .tables.checkpoints import checkpoint_content
from .tables.inquiries import inquiry_blobs

_SORTED: SortColumns = {"name": by_text(artifacts.c.name), "size": artifacts.c.size}


def add(tx: Connection, artifact: Artifact) -> Artifact:
    """Insert ``artifact`` as the next version of its ref, announce it, and return it with that version."""
    # Announcing first: on PostgreSQL that puts writers in order, or two would count the same version.
    content = ArtifactChange(name=artifact.name, type=artifact.type, session_id=artifact.session_id)
    announce(tx, artifact.id, "created", content)
    newest = tx.execute(select(func.max(artifacts.c.version)).where(artifacts.c.ref == artifact.ref)).scalar()
    row = to_row(artifact, artifacts)
    row["version"] = (newest or 0) + 1
    stored = from_row(Artifact, tx.execute(insert(artifacts).values(row).returning(artifacts)).one(), artifacts)
    artifact_arrivals.note(tx, stored)
    return stored


def get(tx: Connection, artifact_id: str) -> Artifact | None:
    """Return an artifact by id."""
    row = tx.execute(select(artifacts).where(artifacts.c.id == artifact_id)).first()
    return None if row is None else from_row(Artifact, row, artifacts)


def listed(
    tx: Connection, *, limit: int, cursor: str | None, project_id: str | None = None, session_id: str | None = None,
    trigger_id: str | None = None, type: str | None = None, ref: str | None = None, name: str | None = None,
    sorting: Sorting = NEWEST_FIRST,
) -> tuple[list[Artifact], str | None]:  # fmt: skip
    """Return a page of artifacts."""
    query = select(artifacts)
    wanted = {
        "project_id": project_id,
        "session_id": session_id,
        "trigger_id": trigger_id,
        "type": type,
        "ref": ref,
        "name": name,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(artifacts.c[column] == value)
    return sorted_page(
        tx, query, artifacts.c.id, _artifact, limit=limit, cursor=cursor, sorting=sorting, columns=_SORTED
    )


def versions(tx: Connection, ref: str) -> list[Artifact]:
    """Return all versions of a ref, newest first."""
    rows = tx.execute(select(artifacts).where(artifacts.c.ref == ref).order_by(artifacts.c.version.desc()))
    return [_artifact(row) for row in rows]


def counts(tx: Connection, session_ids: Sequence[str]) -> dict[str, int]:
    """Return the number of artifacts by session."""
    query = select(artifacts.c.session_id, func.count()).where(artifacts.c.session_id.in_(session_ids))
    return {row[0]: row[1] for row in tx.execute(query.group_by(artifacts.c.session_id))}


def size_of_session(tx: Connection, session_id: str) -> int:
    """Return the bytes of all of a session's artifacts."""
    query = select(func.coalesce(func.sum(artifacts.c.size), 0)).where(artifacts.c.session_id == session_id)
    return int(tx.execute(query).scalar_one())


FOLDERS_SHOWN = 2000


def folders_below(tx: Connection, project: str, folder: str) -> list[str]:
    """Return the names of the folders in ``folder`` of a project's artifacts ("" for the topmost).

    The topmost by name; those of sessions, which begin with their time, newest first and no more than a person reads.
    """
    prefix = f"{folder}/" if folder else ""
    query = select(artifacts.c.folder).where(artifacts.c.project == project).distinct()
    if prefix:
        query = query.where(artifacts.c.folder.startswith(prefix, autoescape=True))
        found = tx.execute(query.order_by(artifacts.c.folder.desc()).limit(FOLDERS_SHOWN)).scalars()
        return list(dict.fromkeys(name[len(prefix) :].partition("/")[0] for name in found))
    if tx.dialect.name == "postgresql":
        first = func.split_part(artifacts.c.folder, "/", 1)
        return sorted(tx.execute(select(first).where(artifacts.c.project == project).distinct()).scalars())
    # A hundred thousand folders may lie in three: each is found by one step over all that is below the last. "0" is
    # the character after "/", and SQLite compares text byte by byte.
    names: list[str] = []
    above = select(func.min(artifacts.c.folder)).where(artifacts.c.project == project)
    while True:
        after = above.where(artifacts.c.folder >= f"{names[-1]}0") if names else above
        least = tx.execute(after).scalar()
        if least is None:
            return sorted(names)
        names.append(least.partition("/")[0])


def projects_with(tx: Connection) -> list[str]:
    """Return the names of the projects that have artifacts."""
    return [row[0] for row in tx.execute(select(artifacts.c.project).distinct().order_by(artifacts.c.project))]


def in_folder(tx: Connection, project: str, folder: str) -> list[Artifact]:
    """Return the artifacts of one folder by name, the newest version of each name."""
    query = select(artifacts).where(artifacts.c.project == project, artifacts.c.folder == folder)
    newest: dict[str, Artifact] = {}
    for row in tx.execute(query.order_by(artifacts.c.id)):
        newest[row.name] = _artifact(row)
    return [newest[name] for name in sorted(newest)]


def ids_of_session(tx: Connection, session_id: str) -> list[str]:
    """Return the ids of what a session made."""
    return [row[0] for row in tx.execute(select(artifacts.c.id).where(artifacts.c.session_id == session_id))]


def of_session(tx: Connection, session_id: str, limit: int) -> list[Artifact]:
    """Return up to ``limit`` artifacts of a session, oldest first."""
    query = select(artifacts).where(artifacts.c.session_id == session_id).order_by(artifacts.c.id).limit(limit)
    return [_artifact(row) for row in tx.execute(query)]


def remove(tx: Connection, artifact_ids: Sequence[str]) -> None:
    """Delete artifacts and announce it; their blobs go with the next clean-up."""
    for artifact_id in artifact_ids:
        carried = (artifacts.c.name, artifacts.c.type, artifacts.c.session_id)
        gone = tx.execute(delete(artifacts).where(artifacts.c.id == artifact_id).returning(*carried)).first()
        if gone is not None:
            announce(tx, artifact_id, "deleted", ArtifactChange(**gone._mapping))


def expired(tx: Connection, now: float, limit: int = 500) -> list[Artifact]:
    """Return artifacts that are too old at ``now`` (epoch seconds)."""
    rows = tx.execute(select(artifacts).where(artifacts.c.expires_at <= now).limit(limit))
    return [_artifact(row) for row in rows]


def keep_blob(tx: Connection, digest: str, size: int) -> None:
    """Record that a blob is there and in use: one used within the last hour is never cleaned up."""
    keep_blobs(tx, {digest: size})


def keep_blobs(tx: Connection, sizes: Mapping[str, int]) -> None:
    """The same for many blobs, given by hash."""
    now = time.time()
    statement = upsert(tx, blobs).on_conflict_do_update(index_elements=["hash"], set_={"used_at": now})
    if sizes:
        tx.execute(statement, [{"hash": digest, "size": size, "used_at": now} for digest, size in sizes.items()])


def unused_blobs(tx: Connection, before: float, limit: int = 500) -> list[str]:
    """Return blobs that no artifact, checkpoint or inquiry has, nobody used since ``before`` (epoch seconds)."""
    used = select(artifacts.c.id).where(artifacts.c.blob == blobs.c.hash).exists()
    saved = select(checkpoint_content.c.digest).where(checkpoint_content.c.blob == blobs.c.hash).exists()
    shown = select(inquiry_blobs.c.blob).where(inquiry_blobs.c.blob == blobs.c.hash).exists()
    query = select(blobs.c.hash).where(blobs.c.used_at < before, ~used, ~saved, ~shown).limit(limit)
    return [row[0] for row in tx.execute(query)]


def without_row(tx: Connection, digests: Sequence[str]) -> list[str]:
    """Return those of ``digests`` that no row names."""
    known = {row[0] for row in tx.execute(select(blobs.c.hash).where(blobs.c.hash.in_(digests)))}
    return [digest for digest in digests if digest not in known]


def touch_blobs(tx: Connection, digests: Sequence[str]) -> None:
    """Mark blobs as used now."""
    now = time.time()
    for start in range(0, len(digests), 500):
        some = digests[start : start + 500]
        tx.execute(update(blobs).where(blobs.c.hash.in_(some)).values(used_at=now))


def forget_blob(tx: Connection, digest: str) -> None:
    """Delete a blob's row."""
    tx.execute(delete(blobs).where(blobs.c.hash == digest))


def _artifact(row: Any) -> Artifact:
    return from_row(Artifact, row, artifacts)
