"""What inquiries show is kept as long as they are, and those of the same trigger or notebook are found."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from samples import make_project, make_trigger
from sqlalchemy import Connection

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.inquiries import INQUIRY_ID, Inquiry, Shown, Stage
from notebook_automation.domain.projects import Project
from notebook_automation.services.retention import IN_USE_SECONDS, Retention
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, inquiries
from notebook_automation.store.database import Database


def inquiry_of(project: Project, **fields: Any) -> Inquiry:
    values = {
        "id": INQUIRY_ID.new(), "session_id": None, "session_ref": "ses_gone", "project_id": project.id,
        "project": project.name, "notebook": "report.ipynb", "cell_index": 0, "prompt": "?", "title": "?",
        "stages": (Stage(),), "created_at": time.time(),
    }  # fmt: skip
    return Inquiry(**{**values, **fields})


def stored(database: Database, project: Project, **fields: Any) -> Inquiry:
    inquiry = inquiry_of(project, **fields)
    database.write_now(lambda tx: inquiries.add(tx, inquiry))
    return inquiry


def answered(database: Database, project: Project, at: float, **fields: Any) -> str:
    fields = {"status": "responded", "response": {"approved": True}, "responded_at": at, **fields}
    return stored(database, project, **fields).id


def found(database: Database, inquiry: Inquiry, **limit: int) -> list[str]:
    return [one.id for one in database.read_now(lambda tx: inquiries.responded_like(tx, inquiry, **limit))]


def test_those_of_the_same_trigger_are_found_or_else_of_the_same_notebook(database: Database) -> None:
    project, trigger = make_project(database), make_trigger(database, make_project(database, "other"))
    other = make_trigger(database, project)
    first = answered(database, project, 5.0)
    by_trigger = answered(database, project, 9.0, trigger_id=trigger.id)
    by_other = answered(database, project, 7.0, trigger_id=other.id, notebook="another.ipynb")
    stored(database, project)
    answered(database, project, 8.0, status="timeout", response=None)
    answered(database, project, 8.0, notebook="another.ipynb")
    of_notebook = inquiry_of(project)
    assert found(database, of_notebook) == [by_trigger, first]
    assert found(database, of_notebook, limit=1) == [by_trigger]
    assert found(database, inquiry_of(project, trigger_id=other.id)) == [by_other]
    assert found(database, inquiry_of(project, trigger_id=trigger.id)) == [by_trigger]


async def test_stored_copies_go_with_their_inquiry_and_not_before(database: Database, tmp_path: Path) -> None:
    project, blobs = make_project(database), FileBlobs(tmp_path)
    retention = Retention(database, blobs, Settings(data_dir=str(tmp_path), session_keep=0.0))
    digest, size = blobs.put_bytes(b"what was shown")
    unbound, _ = blobs.put_bytes(b"what nobody has asked with")
    assert digest == hashlib.sha256(b"what was shown").hexdigest()
    shown = Shown(name="x", kind="text", media_type="text/plain", digest=digest, size=size)

    def ask(tx: Connection) -> str:
        for one in (digest, unbound):
            artifacts.keep_blob(tx, one, size)
        inquiry = inquiry_of(project, shown=(shown, shown))
        inquiries.add(tx, inquiry)
        return inquiry.id

    inquiry_id = database.write_now(ask)
    later = time.time() + 2 * IN_USE_SECONDS
    await retention.clean(later)
    await retention.sweep(later)
    assert blobs.path(digest).read_bytes() == b"what was shown"
    assert list(blobs.stored_before(later)) == [digest]
    database.write_now(lambda tx: inquiries.remove(tx, [inquiry_id]))
    await retention.clean(later + 2 * IN_USE_SECONDS)
    assert list(blobs.stored_before(later)) == []
