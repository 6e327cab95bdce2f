"""Files that triggers watch, as they were seen last: what differs from that has changed, also while nobody looked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from notebook_automation.domain.watched_files import FileState

from .tables.file_states import file_states

_FOUND_BY = ""
_AT_ONCE = 500


def seen(tx: Connection, trigger_id: str, found_by: str) -> dict[str, FileState] | None:
    """Return the files as a trigger has seen them last; None where it never looked, or looked for others.

    ``found_by`` is how it looks for them, as a text.
    """
    rows = tx.execute(select(file_states.c.path, file_states.c.state).where(file_states.c.trigger_id == trigger_id))
    found: dict[str, FileState] = {row.path: row.state for row in rows}
    return found if found.pop(_FOUND_BY, None) == found_by else None


def begin(tx: Connection, trigger_id: str, found_by: str, files: Mapping[str, FileState]) -> None:
    """Write down the files that are there when a trigger begins to look."""
    tx.execute(delete(file_states).where(file_states.c.trigger_id == trigger_id))
    rows = [{"trigger_id": trigger_id, "path": path, "state": state} for path, state in files.items()]
    tx.execute(insert(file_states), [{"trigger_id": trigger_id, "path": _FOUND_BY, "state": found_by}, *rows])


def set_many(tx: Connection, trigger_id: str, files: Mapping[str, FileState | None]) -> None:
    """Write down what files are now; None: gone."""
    paths = sorted(files)
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        its = (file_states.c.trigger_id == trigger_id) & file_states.c.path.in_(some)
        tx.execute(delete(file_states).where(its))
    rows = [{"trigger_id": trigger_id, "path": path, "state": files[path]} for path in paths if files[path] is not None]
    if rows:
        tx.execute(insert(file_states), rows)


def keep_only(tx: Connection, trigger_ids: Collection[str]) -> None:
    """Forget what other triggers have seen: one that is switched on again begins anew."""
    known = set(tx.execute(select(file_states.c.trigger_id).where(file_states.c.path == _FOUND_BY)).scalars())
    gone = sorted(known - set(trigger_ids))
    for start in range(0, len(gone), _AT_ONCE):
        tx.execute(delete(file_states).where(file_states.c.trigger_id.in_(gone[start : start + _AT_ONCE])))
