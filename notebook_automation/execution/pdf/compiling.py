"""Lets Typst make a PDF of a document that is data, with nothing to read but one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).with_name("report.typ")
_NAME = "report.typ"
UNREADABLE = "(a picture that cannot be read)"


def compiled(document: dict[str, Any], folder: Path) -> bytes:
    """Return the PDF of ``document``, whose pictures lie in ``folder``.

    A picture that cannot be read becomes a sentence. Raises TypstError.
    """
    import typst

    (folder / _NAME).write_bytes(_PROGRAM.read_bytes())
    try:
        return _compile(document, folder)
    except typst.TypstError:
        # Which one it was is not told, so each is tried by itself: that is needed about never.
        if not _without_unreadable(document, folder):
            raise
        return _compile(document, folder)


def _compile(document: dict[str, Any], folder: Path) -> bytes:
    import typst

    (folder / "document.json").write_text(json.dumps(document), encoding="utf-8")
    nowhere = folder / "packages"
    made: Any = typst.compile(
        folder / _NAME, root=folder, format="pdf", package_path=nowhere, package_cache_path=nowhere
    )
    return bytes(made)


def _without_unreadable(document: dict[str, Any], folder: Path) -> bool:
    """Put a sentence in place of each picture that cannot be read; return whether there was one."""
    import typst

    found = False
    for node in _pictures(document["body"]):
        try:
            alone: Any = f"#image({json.dumps(node['file'])})".encode()
            typst.compile(alone, root=folder)
        except typst.TypstError:
            found = True
            for name in set(node) - {"t"}:
                del node[name]
            node.update(t="note", text=UNREADABLE)
    return found


def _pictures(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("file"), str):
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
