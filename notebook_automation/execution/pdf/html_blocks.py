"""HTML that an output or a text holds, as nodes of a report: tables, paragraphs and lines; nothing that acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any

from .tables import Cell, Rows, table_nodes
from .texts import bounded, clean, text

Picture = Callable[[str, str], dict[str, Any]]
"""Returns the node of a picture by its address and description."""
_SILENT = {"script", "style", "head", "title", "template", "svg", "math", "iframe", "object", "noscript", "select"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "footer",
    "form", "header", "hr", "li", "main", "nav", "ol", "p", "section", "summary", "ul", "caption",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MOST_CELLS = 20_000
_LONGEST_CELL = 500


def html_nodes(source: str, picture: Picture | None = None) -> list[dict[str, Any]]:
    """Return the nodes of ``source``, of its pictures those that ``picture`` returns."""
    reader = _Reader(picture)
    reader.feed(source)
    reader.close()
    reader.end()
    return reader.made


def image_of(source: str) -> tuple[str, str] | None:
    """Return the address and description of the first picture in ``source``."""
    found: list[tuple[str, str]] = []

    def note_it(address: str, alt: str) -> dict[str, Any]:
        found.append((address, alt))
        return {"t": "rule"}

    html_nodes(source, note_it)
    return found[0] if found else None


class _Reader(HTMLParser):
    """Collects what is shown, block by block; a table within a table is text of its cell."""

    def __init__(self, picture: Picture | None) -> None:
        super().__init__(convert_charrefs=True)
        self.made: list[dict[str, Any]] = []
        self._picture = picture
        self._silent = 0
        self._heading = 0
        self._is_pre = False
        self._inline: list[dict[str, Any]] = []
        self._bold = 0
        self._tables = 0
        self._rows = Rows()
        self._cells = 0
        self._cell: Cell | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif self._silent:
            return
        elif self._tables:
            self._start_in_table(tag, given)
        elif tag == "table":
            self.end()
            self._tables, self._rows, self._cells = 1, Rows(), 0
        elif tag == "br":
            self._inline.append({"t": "break"})
        elif tag == "img" and self._picture is not None:
            self.end()
            self.made.append(self._picture(given.get("src", ""), given.get("alt", "")))
        elif tag in _BLOCKS or tag in _HEADINGS or tag == "pre":
            self.end()
            self._heading = _HEADINGS.get(tag, 0)
            self._is_pre = tag == "pre"
            if tag == "li":
                self._inline.append({"t": "text", "text": "• "})
        elif tag in ("b", "strong"):
            self._bold += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._silent:
            return
        elif self._tables:
            self._end_in_table(tag)
        elif tag in _BLOCKS or tag in _HEADINGS or tag == "pre":
            self.end()
        elif tag in ("b", "strong"):
            self._bold = max(0, self._bold - 1)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._tables:
            if self._cell is not None and len(self._cell.shown) < _LONGEST_CELL:
                self._cell.shown += data
            return
        if self._is_pre:
            self._inline.append({"t": "text", "text": data})
            return
        shown = f"{' ' if data[:1].isspace() else ''}{' '.join(data.split())}{' ' if data[-1:].isspace() else ''}"
        if shown.strip() or (shown and self._inline):
            piece = text(shown)
            self._inline.append({"t": "strong", "body": [piece]} if self._bold else piece)

    def end(self) -> None:
        """Let what came so far be a block of its own."""
        if self._tables:
            self._end_table()
        inline, self._inline = self._inline, []
        heading, self._heading = self._heading, 0
        is_pre, self._is_pre = self._is_pre, False
        if is_pre:
            shown = "".join(one.get("text", "\n") for one in inline).strip("\n")
            if shown.strip():
                self.made.append({"t": "plain", "text": clean(bounded(shown))})
        elif any(one["t"] == "strong" or one.get("text", "").strip(" •") for one in inline):
            more = {"t": "heading", "level": heading} if heading else {"t": "paragraph"}
            self.made.append({**more, "body": inline})

    def _start_in_table(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self._tables += 1
        elif self._tables > 1:
            return
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr":
            self._rows.rows.append([])
            self._cell = None
        elif tag in ("td", "th") and self._cells < _MOST_CELLS:
            self._cells += 1
            if not self._rows.rows:
                self._rows.rows.append([])
            self._cell = Cell(
                [], columns=_span(given, "colspan"), rows=_span(given, "rowspan"), is_head=tag == "th"
            )  # fmt: skip
            self._rows.rows[-1].append(self._cell)
        elif tag == "br" and self._cell is not None:
            self._cell.shown += " "

    def _end_in_table(self, tag: str) -> None:
        if tag == "table":
            self._tables -= 1
            if not self._tables:
                self._end_table()
        elif self._tables > 1:
            return
        elif tag == "thead":
            self._in_head = False
            self._rows.head = len(self._rows.rows)
        elif tag in ("td", "th"):
            self._cell = None

    def _end_table(self) -> None:
        rows, self._rows = self._rows, Rows()
        self._tables, self._cell, self._in_head = 0, None, False
        rows.rows = [row for row in rows.rows if row]
        rows.head = min(rows.head, len(rows.rows))
        for row in rows.rows:
            for cell in row:
                cell.shown = " ".join(cell.shown.split())
                cell.body = [text(cell.shown[:_LONGEST_CELL])]
        self.made += table_nodes(rows)


def _span(given: dict[str, str], name: str) -> int:
    value = given.get(name, "1").strip()
    return min(int(value), 1000) if value.isdecimal() and value.isascii() and len(value) < 10 else 1
