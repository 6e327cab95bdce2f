"""What people do to files through Jupyter's contents API, whatever they do it with: the triggers follow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from notebook_automation.domain.access import SYSTEM
from notebook_automation.services.container import Services

_CALLABLE = (".ipynb", ".py")


async def follow(services: Services, root: Path, event: Mapping[str, Any]) -> None:
    """Let triggers and projects follow an ``event`` of Jupyter's contents manager, whose folder is ``root``."""
    action, path = event.get("action"), _place(root, event.get("path"))
    if path is None:
        return
    if action == "rename" and (old := _place(root, event.get("source_path"))) is not None:
        await services.file_moves.moved(SYSTEM, old, path)
    elif action == "delete" or (action in ("save", "rename") and path.suffix in _CALLABLE):
        await services.file_moves.touched(SYSTEM, path)


def _place(root: Path, path: Any) -> Path | None:
    """Return where the contents API's ``path`` is; links on the way are followed, what is there itself is not."""
    if not isinstance(path, str) or not path.strip("/") or "\0" in path or ".." in PurePosixPath(path).parts:
        return None
    place = root.joinpath(*PurePosixPath(path.strip("/")).parts)
    return place.parent.resolve() / place.name
