"""A notebook as text, cell by cell: put together, the same bytes as `nbformat.writes` (nbformat 4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nbformat.v4.nbjson import BytesEncoder

_SPLIT = ("application/javascript", "image/svg+xml")
_TRANSIENT = ("orig_nbformat", "orig_nbformat_minor", "signature")


def cell_text(cell: Mapping[str, Any]) -> str:
    """One cell as it stands in the file, indented for its place."""
    return _indented(_cell_as_stored(cell), 2)


def notebook_text(nb: Mapping[str, Any], cells: Iterable[str]) -> str:
    """The whole file from ``nb``'s other keys and the texts of its cells."""
    listed = ",\n  ".join(cells)
    members = {
        key: _indented(_metadata_as_stored(value) if key == "metadata" else value, 1)
        for key, value in nb.items()
        if key != "cells"
    }
    members["cells"] = f"[\n  {listed}\n ]" if listed else "[]"
    body = ",\n ".join(f"{json.dumps(key, ensure_ascii=False)}: {members[key]}" for key in sorted(members))
    return f"{{\n {body}\n}}"


def _indented(value: Any, level: int) -> str:
    text = json.dumps(value, cls=BytesEncoder, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    # a line break within a JSON string is escaped: each one here is layout
    return text.replace("\n", "\n" + " " * level)


def _metadata_as_stored(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in _TRANSIENT}


def _cell_as_stored(cell: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(cell)
    if isinstance(stored.get("source"), str):
        stored["source"] = stored["source"].splitlines(True)
    if "trusted" in stored.get("metadata", ()):
        stored["metadata"] = {k: v for k, v in stored["metadata"].items() if k != "trusted"}
    if stored.get("attachments"):
        stored["attachments"] = {k: _bundle_as_stored(v) for k, v in stored["attachments"].items()}
    if stored.get("cell_type") == "code":
        stored["outputs"] = [_output_as_stored(o) for o in stored["outputs"]]
    return stored


def _output_as_stored(output: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = output["output_type"]
    if kind in ("execute_result", "display_data") and "data" in output:
        return {**output, "data": _bundle_as_stored(output["data"])}
    if kind == "stream" and isinstance(output["text"], str):
        return {**output, "text": output["text"].splitlines(True)}
    return output


def _bundle_as_stored(bundle: Mapping[str, Any]) -> dict[str, Any]:
    return {
        mime: data.splitlines(True) if isinstance(data, str) and (mime.startswith("text/") or mime in _SPLIT) else data
        for mime, data in bundle.items()
    }
