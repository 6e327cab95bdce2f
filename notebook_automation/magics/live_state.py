"""Makes an open notebook's kernel what a session's was before the cell that failed, with a copy of its files."""

from __future__ import annotations

import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from notebook_automation.sdk.client import connect, path_of

PLACE = "place.json"
_TRUSTED: dict[str, Any] = {"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}
_folders: list[tempfile.TemporaryDirectory[str]] = []
"""Kept until the kernel ends: its working folder is in one."""


def open_at(session_id: str) -> None:
    """Restore the last checkpoint of a session in a kernel that has run nothing; it works in a copy of the files then.

    Raises Refused, NotConnected, NotResumable.
    """
    from notebook_automation.checkpoints import session

    made = tempfile.TemporaryDirectory(prefix="notebook-automation-live-", ignore_cleanup_errors=True)
    _folders.append(made)
    root = Path(made.name).resolve()
    archive = root / "state.tar"
    with archive.open("wb") as target:
        connect().download(path_of("sessions", session_id, "state"), target)
    with tarfile.open(archive) as packed:
        # Links lead to files of the project that are read in place.
        packed.extractall(root, **_TRUSTED)
    archive.unlink()
    work = root / "work"
    place = json.loads((root / PLACE).read_text(encoding="utf-8"))
    os.chdir(work / place["folder"])
    sys.path.insert(0, str(work))
    session.begin(str(root / "checkpoint"), str(work))
    if place["number"] is not None:
        session.restore(place["number"])
