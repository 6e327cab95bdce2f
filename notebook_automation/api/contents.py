"""The artifact drive: Jupyter's contents protocol over what sessions made, read-only."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.artifacts import Folder

from .models import artifacts as models
from .routing import Request, Route, Tag

_SESSION_FOLDER = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)(\d\d) \w+")
_EPOCH = "1970-01-01T00:00:00.000Z"
"""Time of folders of which nothing better is known; a time that changed would make clients read them again."""

_MARKUP = {"text/html", "text/markdown", "image/svg+xml"}
_COMMAND = re.compile("data-commandlinker-", re.IGNORECASE)
_NO_COMMAND = "data-no-command-"


async def get(request: Request) -> models.Contents:
    """Return a folder, or the newest artifact of a name, as Jupyter's contents protocol has it."""
    query: models.ContentsQuery = request.query
    path = (request.path.get("path") or "").strip("/")
    found = await request.services.artifacts.folder(request.caller, path)
    if isinstance(found, Folder):
        if query.type in ("file", "notebook"):
            raise Invalid(f"{path!r} is a folder, not a {query.type}: ask for type=directory.", code="contents_type")
        return _folder(path, found, content=query.content)
    if query.type == "directory":
        raise Invalid(f"{path!r} is a file, not a folder: ask for type=file.", code="contents_type")
    if query.content:
        file = request.services.artifacts.path(found)
        model = await asyncio.to_thread(_with_content, path, found, file, query.type, query.format)
    else:
        model = _file(path, found, query.type)
    return replace(model, content_url=request.links.content(found.id))


async def list_checkpoints(request: Request) -> list[Any]:
    """Return the checkpoints of an artifact: none, it does not change."""
    return []


def _folder(path: str, folder: Folder, *, content: bool) -> models.Contents:
    inside = f"{path}/" if path else ""
    children: list[models.Contents] = []
    if content:
        children += [_folder(inside + name, Folder(), content=False) for name in folder.folders]
        children += [_file(inside + one.name.rpartition("/")[2], one, None) for one in folder.artifacts]
    at = _folder_time(path, folder)
    return models.Contents(
        name=path.rpartition("/")[2],
        path=path,
        type="directory",
        created=at,
        last_modified=at,
        mimetype=None,
        size=None,
        writable=False,
        format="json" if content else None,
        content=children if content else None,
    )


def _folder_time(path: str, folder: Folder) -> str:
    if folder.artifacts:
        return rfc3339(max(one.created_at for one in folder.artifacts)) or _EPOCH
    named = _SESSION_FOLDER.fullmatch(path.rpartition("/")[2])
    return "{}-{}-{}T{}:{}:{}.000Z".format(*named.groups()) if named else _EPOCH


def _file(path: str, artifact: Artifact, wanted: str | None) -> models.Contents:
    is_notebook = wanted != "file" and artifact.name.lower().endswith(".ipynb")
    at = rfc3339(artifact.created_at) or _EPOCH
    return models.Contents(
        name=path.rpartition("/")[2],
        path=path,
        type="notebook" if is_notebook else "file",
        created=at,
        last_modified=at,
        mimetype=None if is_notebook else artifact.media_type.partition(";")[0],
        size=artifact.size,
        writable=False,
        format=None,
        content=None,
    )


def _with_content(path: str, artifact: Artifact, file: Path, wanted: str | None, form: str | None) -> models.Contents:
    model = _file(path, artifact, wanted)
    raw = file.read_bytes()
    if model.type == "notebook":
        return replace(model, format="json", content=_untrusted(raw, artifact.name))
    text = None if form == "base64" else _text(raw, artifact)
    if text is None and form == "text":
        raise Invalid(f"{artifact.name!r} is not text: ask for format=base64.", code="contents_format")
    if text is not None:
        # Whatever viewer the browser has for such a text, none is to make a command of Lab's of it.
        return replace(model, format="text", content=_COMMAND.sub(_NO_COMMAND, text))
    return replace(
        model,
        format="base64",
        content=base64.b64encode(raw).decode("ascii"),
        mimetype=model.mimetype or "application/octet-stream",
    )


def _text(raw: bytes, artifact: Artifact) -> str | None:
    if artifact.type == "file_image" and "svg" not in artifact.media_type:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _untrusted(raw: bytes, name: str) -> dict[str, Any]:
    """Return a notebook whose outputs Lab sanitises: whatever it claims of itself, nobody here has trusted it."""
    import nbformat
    from nbformat.v4.rwbase import rejoin_lines

    try:
        notebook = json.loads(raw)
        if notebook.get("nbformat") != 4:
            notebook = nbformat.reads(raw.decode("utf-8"), as_version=4)
        # Files hold texts as lists of lines; viewers expect them as Jupyter's own contents give them, whole.
        notebook = rejoin_lines(nbformat.from_dict(notebook))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.setdefault("metadata", {})["trusted"] = False
            _disarm(cell)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, nbformat.ValidationError):
        raise Invalid(f"{name!r} is not a notebook: ask for type=file.", code="notebook_invalid") from None
    notebook.get("metadata", {}).pop("signature", None)
    return dict(notebook)


def _disarm(cell: dict[str, Any]) -> None:
    """Take from what a cell shows the attributes by which a click starts a command of Lab's, which Lab itself keeps."""
    if cell["cell_type"] == "markdown":
        cell["source"] = _COMMAND.sub(_NO_COMMAND, cell["source"])
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        for media_type in _MARKUP & data.keys():
            if isinstance(data[media_type], str):
                data[media_type] = _COMMAND.sub(_NO_COMMAND, data[media_type])


TAG = Tag("contents", "The artifact drive in Jupyter's contents protocol.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="contents/{path...}/checkpoints", permission="read",
        summary="List an artifact's checkpoints (Jupyter contents protocol): none",
        handle=list_checkpoints, query=models.ContentsQuery, answer=list[str],
    ),
    Route(
        tag=TAG, method="GET", path="contents/{path...}", permission="read",
        summary="Read the artifact drive (Jupyter contents protocol)", handle=get, query=models.ContentsQuery,
        answer=models.Contents,
    ),
)  # fmt: skip
