"""Snapshots of project files, in the database."""

from __future__ import annotations

import time
from dataclasses import asdict

from sqlalchemy import Connection, delete, select

from notebook_automation.domain.snapshots import Snapshot, SnapshotFile

from .rows import upsert
from .tables.sessions import sessions
from .tables.snapshots import snapshots


def add(tx: Connection, snapshot: Snapshot) -> None:
    """Store ``snapshot`` unless it is there already: equal sets of files are stored once."""
    if tx.execute(select(snapshots.c.id).where(snapshots.c.id == snapshot.id)).first() is None:
        files = [asdict(file) for file in snapshot.files]
        row = {"id": snapshot.id, "files": files, "created_at": time.time()}
        # Another runner may be storing the same one right now.
        tx.execute(upsert(tx, snapshots).values(row).on_conflict_do_nothing())


def get(tx: Connection, snapshot_id: str) -> Snapshot | None:
    """Return a snapshot by id."""
    row = tx.execute(select(snapshots).where(snapshots.c.id == snapshot_id)).first()
    if row is None:
        return None
    return Snapshot(id=row.id, files=tuple(SnapshotFile(**file) for file in row.files))


def blobs_in_use(tx: Connection) -> set[str]:
    """Return the hashes of all files in kept snapshots."""
    return {
        file["blob"] for row in tx.execute(select(snapshots.c.files)) for file in row.files if file["blob"] is not None
    }


def forget_unused(tx: Connection, before: float) -> int:
    """Delete snapshots made before ``before`` (epoch seconds) that no session has; return how many."""
    used = select(sessions.c.id).where(sessions.c.snapshot_id == snapshots.c.id).exists()
    return tx.execute(delete(snapshots).where(snapshots.c.created_at < before, ~used)).rowcount
