"""An executed notebook as a document that is data: blocks of text, code, outputs and pictures, in nodes of JSON.

A node is a mapping whose ``t`` says what it is; `report.typ` lists what each of them holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.domain.notebook_outputs import joined
from notebook_automation.domain.reports import hides_input, hides_output, is_removed

from .formulas import Formulas
from .markdown import MarkdownNodes
from .outputs import OutputNodes
from .pictures import Pictures
from .texts import bounded, clean, note, text

_MOST_NODES = 4_000
_MOST_CHARACTERS = 1_500_000


def document_of(
    notebook: Mapping[str, Any], title: str, pictures: Pictures, *, hides_code: bool = False
) -> dict[str, Any]:
    """Return the document of ``notebook`` (nbformat 4), its pictures written by ``pictures``."""
    cells = _Cells(pictures, _language(notebook), hides_code)
    body: list[dict[str, Any]] = []
    written = 0
    for cell in notebook.get("cells") or ():
        if not isinstance(cell, Mapping) or is_removed(cell):
            continue
        made = cells.nodes(cell)
        written += len(json.dumps(made))
        body += made
        if len(body) > _MOST_NODES or written > _MOST_CHARACTERS:
            body.append(note("… The notebook goes on: the rest is too much for a report."))
            break
    return {"title": clean(title), "body": body or [note("There is nothing to show.")]}


class _Cells:
    def __init__(self, pictures: Pictures, language: str | None, hides_code: bool) -> None:
        self._pictures = pictures
        self._formulas = Formulas(pictures)
        self._language = language
        self._hides_code = hides_code

    def nodes(self, cell: Mapping[str, Any]) -> list[dict[str, Any]]:
        source = joined(cell.get("source"))
        attachments = cell.get("attachments")
        markdown = MarkdownNodes(
            self._pictures, self._formulas, attachments if isinstance(attachments, Mapping) else {}
        )  # fmt: skip
        if cell.get("cell_type") == "markdown":
            return self._written(markdown, source)
        if cell.get("cell_type") != "code":
            return [{"t": "plain", "text": clean(bounded(source))}] if source.strip() else []
        made: list[dict[str, Any]] = []
        if source.strip() and not self._hides_code and not hides_input(cell):
            made.append({"t": "source", "text": clean(bounded(source)), "language": self._language})
        outputs = cell.get("outputs")
        if isinstance(outputs, list) and not hides_output(cell):
            made += OutputNodes(self._pictures, self._formulas, markdown).nodes(outputs)
        return made

    def _written(self, markdown: MarkdownNodes, source: str) -> list[dict[str, Any]]:
        if not source.strip():
            return []
        try:
            return markdown.nodes(source)
        except Exception:  # noqa: BLE001 - what the parser stumbles over is shown as it is written
            return [{"t": "paragraph", "body": [text(bounded(source))]}]


def _language(notebook: Mapping[str, Any]) -> str | None:
    metadata: Any = notebook.get("metadata")
    about: Sequence[Any] = [metadata.get(name) for name in ("language_info", "kernelspec")] if metadata else ()
    for one, name in zip(about, ("name", "language"), strict=False):
        found = one.get(name) if isinstance(one, Mapping) else None
        if isinstance(found, str) and found:
            return {"ipython": "python"}.get(found, found)[:30]
    return "python"
