"""Checkpoints and what their content is stored as, in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, literal, select

from notebook_automation.domain.checkpoints import Checkpoint, SavedFile, SavedName
from notebook_automation.domain.sessions import TERMINAL

from .artifacts import keep_blobs
from .rows import from_row, to_row
from .tables.checkpoints import checkpoint_content, checkpoints
from .tables.sessions import sessions

_AT_ONCE = 500
"""Digests of one statement: SQLite takes no list of any length."""


class StoredContent(NamedTuple):
    """A piece of content as it is stored: the hash of its blob, its own size in bytes, and the blob's."""

    blob: str
    size: int
    stored: int


def add(tx: Connection, checkpoint: Checkpoint, content: Mapping[str, StoredContent]) -> None:
    """Insert ``checkpoint`` with the ``content``, by digest, that was stored for it."""
    add_content(tx, checkpoint.session_id, content)
    row = to_row(checkpoint, checkpoints)
    row["files"] = [asdict(file) for file in checkpoint.files]
    row["names"] = [asdict(name) for name in checkpoint.names]
    tx.execute(insert(checkpoints).values(row))


def add_content(tx: Connection, session_id: str, content: Mapping[str, StoredContent]) -> None:
    """Record what a session's content is stored as; what is known already stays as it is."""
    if not content:
        return
    # Not all of the session's: it may have thousands.
    known: set[str] = set()
    for start in range(0, len(content), _AT_ONCE):
        some = sorted(content)[start : start + _AT_ONCE]
        found = _of_session(session_id, checkpoint_content.c.digest).where(checkpoint_content.c.digest.in_(some))
        known.update(tx.execute(found).scalars())
    new = {digest: one for digest, one in content.items() if digest not in known}
    if new:
        keep_blobs(tx, {one.blob: one.stored for one in new.values()})
        rows = [
            {"session_id": session_id, "digest": digest, "blob": one.blob, "size": one.size}
            for digest, one in new.items()
        ]
        tx.execute(insert(checkpoint_content), rows)


def of_session(tx: Connection, session_id: str) -> list[Checkpoint]:
    """Return a session's checkpoints, the first one first."""
    query = select(checkpoints).where(checkpoints.c.session_id == session_id).order_by(checkpoints.c.number)
    return [_checkpoint(row) for row in tx.execute(query)]


def last(tx: Connection, session_id: str) -> Checkpoint | None:
    """Return a session's newest checkpoint."""
    query = select(checkpoints).where(checkpoints.c.session_id == session_id)
    row = tx.execute(query.order_by(checkpoints.c.number.desc()).limit(1)).first()
    return None if row is None else _checkpoint(row)


def content_of(tx: Connection, session_id: str) -> dict[str, str]:
    """Return by digest the blobs that hold a session's content."""
    columns = checkpoint_content.c
    rows = tx.execute(select(columns.digest, columns.blob).where(columns.session_id == session_id))
    return {row.digest: row.blob for row in rows}


def copy_content(tx: Connection, session_id: str, to: str) -> None:
    """Let the session ``to``, which has none yet, have the content that a session's checkpoints consist of."""
    columns = checkpoint_content.c
    known = select(literal(to), columns.digest, columns.blob, columns.size).where(columns.session_id == session_id)
    tx.execute(insert(checkpoint_content).from_select(["session_id", "digest", "blob", "size"], known))


def of_ended_before(tx: Connection, before: float, *, limit: int) -> list[str]:
    """Return up to ``limit`` sessions that ended before ``before`` (epoch seconds) and have saved something."""
    ended = sessions.c.status.in_(sorted(TERMINAL)) & (sessions.c.finished_at < before)
    saved = select(checkpoints.c.id).where(checkpoints.c.session_id == sessions.c.id).exists()
    stored = select(checkpoint_content.c.digest).where(checkpoint_content.c.session_id == sessions.c.id).exists()
    query = select(sessions.c.id).where(sessions.c.is_durable, ended, saved | stored)
    return [row[0] for row in tx.execute(query.order_by(sessions.c.id).limit(limit))]


def remove(tx: Connection, session_id: str) -> None:
    """Delete a session's checkpoints; their blobs go with the next clean-up."""
    tx.execute(delete(checkpoints).where(checkpoints.c.session_id == session_id))
    tx.execute(delete(checkpoint_content).where(checkpoint_content.c.session_id == session_id))


def _of_session(session_id: str, column: Any) -> Any:
    return select(column).where(checkpoint_content.c.session_id == session_id)


def _checkpoint(row: Row[Any]) -> Checkpoint:
    return from_row(
        Checkpoint, row, checkpoints, files=tuple(SavedFile(**file) for file in row.files),
        names=tuple(SavedName(**name) for name in row.names),
    )  # fmt: skip
