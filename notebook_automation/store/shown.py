"""What sessions have stored to be shown: whoever knows a hash may not show by it what others have stored."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from .rows import upsert
from .tables.artifacts import blobs
from .tables.inquiries import session_shown


def keep(tx: Connection, session_id: str, digest: str) -> None:
    """Record that the code of a session may show a blob, which must have its row."""
    statement = upsert(tx, session_shown).on_conflict_do_nothing()
    tx.execute(statement, {"session_id": session_id, "blob": digest})


def sizes(tx: Connection, session_id: str, digests: Collection[str]) -> dict[str, int]:
    """Return the bytes of those of ``digests`` that a session may show, by hash."""
    kept = select(session_shown.c.blob).where(session_shown.c.session_id == session_id)
    query = select(blobs.c.hash, blobs.c.size).where(blobs.c.hash.in_(sorted(digests)), blobs.c.hash.in_(kept))
    return {row.hash: row.size for row in tx.execute(query)}
