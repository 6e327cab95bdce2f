"""A session that runs as a runner would run it, and files that it makes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from notebook_automation.domain.access import Caller
from notebook_automation.store import session_claims
from notebook_automation.store import sessions as session_rows

TOKEN = "nas_token"


async def running(server: Any, ana: Caller, **options: Any) -> str:
    """Start a session of `report.ipynb` and begin it, as a runner does; return its id."""
    project = await server.project()
    server.notebook("sales/report.ipynb")
    view = await server.sessions.start(ana, project, "report.ipynb", **options)
    session_id = view.session.id
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()

    def work(tx: Any) -> None:
        session_claims.claim(tx, "a", 10, 60.0)
        assert session_claims.acquire(tx, session_id, "a", 1, token_hash=digest, lease=60.0) is not None

    server.database.write_now(work)
    return session_id


def end(server: Any, session_id: str, status: str = "completed") -> None:
    server.database.write_now(lambda tx: session_rows.end(tx, session_id, status, owner="a", attempt=1))


def file(tmp_path: Path, content: bytes, name: str = "upload") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path
