"""Reads a notebook file as version 4: old, odd and foreign ones become what they mean, as nbconvert takes them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.notebooks import notebook_text

NEWEST = 4
_CELL_TYPES = ("code", "markdown", "raw")
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TEXTS = ("name", "display_name", "language")
_METADATA: Mapping[str, type | tuple[type, ...]] = {
    "collapsed": bool, "deletable": bool, "editable": bool, "execution": dict, "format": str, "jupyter": dict,
    "name": str, "papermill": dict, "scrolled": (bool, str), "tags": list,
}  # fmt: skip
"""What Jupyter's own keys of a cell's metadata hold; one that holds anything else says nothing."""

_STUMBLES = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, nbformat.ValidationError,
)  # fmt: skip
"""What JSON's reader and the converters of old notebooks raise over whatever is malformed."""


def read_notebook(path: Path, name: str) -> NotebookNode:
    """Return the notebook at ``path`` in version 4 with all that a run reads well formed; ``name`` is for messages.

    Keys that are missing, null or of another kind are as if they were not there. Raises Invalid
    (``notebook_invalid``) for what is no notebook, or of a newer version.
    """
    try:
        found = json.loads(notebook_text(path.read_bytes()))
        version = _version(found)
        if version < NEWEST:
            found = nbformat.convert(nbformat.reader.reads(json.dumps(found)), NEWEST)
        return _normal(found)
    except Invalid as error:
        raise Invalid(f"{name} {error.message}", code="notebook_invalid") from None
    except (*_STUMBLES, OSError) as error:
        raise Invalid(f"{name} is not a notebook, or damaged: {error}", code="notebook_invalid") from error


def _version(found: Any) -> int:
    """Return the version that a notebook says, or looks like; raises Invalid."""
    if not isinstance(found, dict) or not isinstance(found.get("cells", found.get("worksheets")), list):
        raise Invalid("is not a notebook: it has no cells. Name another file, or save it anew in JupyterLab.")
    given = found.get("nbformat")
    version = int(str(given)) if str(given).isdecimal() else NEWEST if "cells" in found else NEWEST - 1
    if version > NEWEST:
        raise Invalid(f"is a notebook of version {version}, and this reads up to {NEWEST}: save it as an older one.")
    if version < NEWEST:
        found["nbformat"] = version
        minor = found.get("nbformat_minor")
        found["nbformat_minor"] = minor if isinstance(minor, int) else 0
    return version


def _normal(found: Mapping[str, Any]) -> NotebookNode:
    cells = [_cell(cell) for cell in found["cells"] if isinstance(cell, Mapping)]
    known: set[str] = set()
    for cell in cells:
        # Ids that are missing, given twice or none at all are made anew.
        if cell.get("id") in known or not _CELL_ID.fullmatch(str(cell.get("id", ""))):
            cell["id"] = uuid.uuid4().hex[:8]
        known.add(cell["id"])
    nb: NotebookNode = nbformat.from_dict(
        {"cells": cells, "metadata": _metadata(found.get("metadata")), "nbformat": 4, "nbformat_minor": 5}
    )
    return nb


def _metadata(given: Any) -> dict[str, Any]:
    """Return a notebook's metadata without what says nothing: nulls, and a kernelspec that is a list, say."""
    metadata = {key: value for key, value in _object(given).items() if value is not None}
    for name in ("kernelspec", "language_info"):
        told = _object(metadata.pop(name, None))
        # A name that is no text is none; other keys stay as they are.
        told = {key: value for key, value in told.items() if isinstance(value, str) or key not in _TEXTS}
        if "name" in told:
            metadata[name] = {"display_name": told["name"], **told} if name == "kernelspec" else told
    for name in ("widgets", "papermill"):
        if not isinstance(metadata.get(name, {}), Mapping):
            del metadata[name]
    return metadata


def _cell(given: Mapping[str, Any]) -> dict[str, Any]:
    cell = {key: value for key, value in given.items() if value is not None}
    kind = cell.get("cell_type")
    if kind not in _CELL_TYPES:
        cell["cell_type"] = "code" if kind is None and "outputs" in given else "raw"
    source = cell.get("source", "")
    cell["source"] = (
        "".join(map(str, source)) if isinstance(source, list) else source if isinstance(source, str) else ""
    )
    cell["metadata"] = _cell_metadata(cell.get("metadata"))
    if cell["cell_type"] == "code":
        count = cell.get("execution_count")
        cell["execution_count"] = count if isinstance(count, int) else None
        outputs = cell.get("outputs")
        cell["outputs"] = [one for one in outputs if _is_output(one)] if isinstance(outputs, list) else []
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return cell


def _cell_metadata(given: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for key, value in _object(given).items():
        if key == "tags" and isinstance(value, str):
            metadata[key] = [value]
        elif isinstance(value, _METADATA.get(key, object)):
            metadata[key] = value
    if "tags" in metadata:
        metadata["tags"] = [tag for tag in metadata["tags"] if isinstance(tag, str)]
    return metadata


def _is_output(one: Any) -> bool:
    if not isinstance(one, Mapping):
        return False
    kind = one.get("output_type")
    if kind in ("display_data", "execute_result"):
        return isinstance(one.get("data"), Mapping)
    return (kind == "stream" and "text" in one) or (kind == "error" and "ename" in one)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
