"""Outputs of a cell as nodes of a report: text in its colours, tables, pictures, formulas, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.domain.notebook_outputs import joined

from .formulas import Formulas
from .html_blocks import html_nodes
from .markdown import MarkdownNodes
from .pictures import Pictures
from .terminal_text import is_plain, terminal_lines
from .texts import bounded, clean, note, overwritten

Node = dict[str, Any]
INTERACTIVE = "(An interactive output: it is in the notebook.)"
_ACTS = re.compile(
    r"application/(vnd\.(plotly|vega|vegalite|bokehjs_\w+|holoviews_\w+|jupyter\.widget-view)\b.*|javascript)"
)
_ACTING_HTML = re.compile(r"<(script|iframe|canvas|video|audio)\b", re.IGNORECASE)
_OBJECT = re.compile(r"\s*<[^<>]*>\s*")
"""How Python shows what has nothing better to say: ``<IPython.core.display.HTML object>``."""
_FORMULA = ("$", "\\[", "\\(", "\\displaystyle")
_LONGEST_HTML = 2_000_000


class OutputNodes:
    """Turns the outputs of one cell into nodes."""

    def __init__(self, pictures: Pictures, formulas: Formulas, markdown: MarkdownNodes) -> None:
        self._pictures = pictures
        self._formulas = formulas
        self._markdown = markdown

    def nodes(self, outputs: Sequence[Any]) -> list[Node]:
        """Return the nodes of ``outputs`` (nbformat 4); pieces of one stream that follow each other are one."""
        made: list[Node] = []
        stream: tuple[Any, str] | None = None
        for one in (one for one in outputs if isinstance(one, Mapping)):
            if one.get("output_type") == "stream":
                name, shown = one.get("name"), joined(one.get("text"))
                if stream is not None and stream[0] == name:
                    shown, stream = stream[1] + shown, None
                made += _stream(stream)
                stream = (name, shown)
                continue
            made += [*_stream(stream), *self._one(one)]
            stream = None
        return [*made, *_stream(stream)]

    def _one(self, output: Mapping[str, Any]) -> list[Node]:
        if output.get("output_type") == "error":
            return _terminal(_traceback(output), "error")
        data, metadata = output.get("data"), output.get("metadata")
        if not isinstance(data, Mapping):
            return []
        picture = self._pictures.of_output(data, metadata if isinstance(metadata, Mapping) else {})
        if picture is not None:
            return [picture]
        try:
            return self._of_data(data)
        except Exception:  # noqa: BLE001 - what a reader of ours stumbles over is shown as text
            return _terminal(joined(data.get("text/plain")), "stdout")

    def _of_data(self, data: Mapping[str, Any]) -> list[Node]:
        html, plain = joined(data.get("text/html"))[:_LONGEST_HTML], joined(data.get("text/plain"))
        says_nothing = not plain.strip() or _OBJECT.fullmatch(plain) is not None
        if any(isinstance(one, str) and _ACTS.fullmatch(one) for one in data):
            return [note(INTERACTIVE)]
        if html and ("<table" in html.lower() or says_nothing):
            found = html_nodes(html)
            if found or not _ACTING_HTML.search(html):
                return found
            return [note(INTERACTIVE)]
        latex = joined(data.get("text/latex")).strip()
        if latex.startswith(_FORMULA):
            return [self._formulas.node(latex, is_block=True)]
        if markdown := joined(data.get("text/markdown")):
            return self._markdown.nodes(markdown)
        if says_nothing and "application/json" in data:
            plain = json.dumps(data["application/json"], indent=2, ensure_ascii=False)
        return _terminal(plain or latex, "stdout")


def _traceback(output: Mapping[str, Any]) -> str:
    lines = output.get("traceback")
    shown = "\n".join(one for one in lines if isinstance(one, str)) if isinstance(lines, list) else ""
    return shown or f"{output.get('ename')}: {output.get('evalue')}"


def _stream(stream: tuple[Any, str] | None) -> list[Node]:
    if stream is None:
        return []
    return _terminal(overwritten(stream[1]), "stderr" if stream[0] == "stderr" else "stdout")


def _terminal(shown: str, kind: str) -> list[Node]:
    shown = bounded(shown.rstrip("\n"))
    if not shown.strip():
        return []
    if is_plain(shown):
        return [{"t": "plain", "text": clean(shown), "kind": kind}]
    return [{"t": "terminal", "lines": terminal_lines(shown), "kind": kind}]
