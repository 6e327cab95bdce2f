"""Markdown as nodes of a report: headings, lists, tables, code, quotations, links, formulas, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from .formulas import Formulas
from .html_blocks import html_nodes, image_of
from .pictures import Pictures
from .tables import Cell, Rows, table_nodes
from .texts import bounded, clean, text

Node = dict[str, Any]
_LONGEST = 100_000
_DEEPEST = 8
"""Lists in lists, emphasis in links: what is deeper is shown as its text."""
_LONGEST_ADDRESS = 2_000


class MarkdownNodes:
    """Turns texts into nodes; ``attachments`` are the pictures of the cell."""

    def __init__(self, pictures: Pictures, formulas: Formulas, attachments: Mapping[str, Any]) -> None:
        self._pictures = pictures
        self._formulas = formulas
        self._attachments = attachments
        self._blocks: dict[str, Callable[[Any, int], list[Node]]] = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "block_text": self._paragraph,
            "block_code": self._code,
            "block_math": lambda one, _: [self._formulas.node(one["raw"], is_block=True)],
            "block_quote": lambda one, depth: [{"t": "quote", "body": self._nested(one, depth)}],
            "block_html": lambda one, _: html_nodes(one["raw"], self._picture),
            "list": self._list,
            "table": self._table,
            "thematic_break": lambda _one, _depth: [{"t": "rule"}],
        }
        self._inlines: dict[str, Callable[[Any, int], list[Node]]] = {
            "text": lambda one, _: [text(one["raw"])],
            "softbreak": lambda _one, _depth: [text(" ")],
            "linebreak": lambda _one, _depth: [{"t": "break"}],
            "codespan": lambda one, _: [{"t": "code", "text": clean(one["raw"].replace("\n", " "))}],
            "inline_math": lambda one, _: [self._formulas.node(one["raw"], is_block=False)],
            "inline_html": self._inline_html,
            "image": lambda one, _: [self._picture(one["attrs"]["url"], plain(one.get("children")))],
            "link": self._link,
        }

    def nodes(self, source: str) -> list[Node]:
        """Return the nodes of ``source``."""
        return self._all(_parser()(bounded(source, _LONGEST, _LONGEST)), 0)

    def _all(self, tokens: Sequence[Any], depth: int) -> list[Node]:
        made: list[Node] = []
        for one in tokens:
            block = self._blocks.get(one["type"])
            if block is not None and depth <= _DEEPEST:
                made += block(one, depth)
            elif shown := plain([one]).strip():
                made.append({"t": "paragraph", "body": [text(shown)]})
        return made

    def _nested(self, one: Any, depth: int) -> list[Node]:
        return self._all(one.get("children") or (), depth + 1)

    def _heading(self, one: Any, depth: int) -> list[Node]:
        level = min(max(one["attrs"]["level"], 1), 6)
        return [{"t": "heading", "level": level, "body": self._inline(one.get("children"), depth)}]

    def _paragraph(self, one: Any, depth: int) -> list[Node]:
        return [{"t": "paragraph", "body": self._inline(one.get("children"), depth)}]

    def _code(self, one: Any, _depth: int) -> list[Node]:
        language = (one.get("attrs") or {}).get("info", "").split(" ")[0]
        return [{"t": "source", "text": clean(bounded(one["raw"].rstrip("\n"))), "language": language[:30] or None}]

    def _list(self, one: Any, depth: int) -> list[Node]:
        attrs = one["attrs"]
        items = [_ticked(item, self._nested(item, depth)) for item in one["children"]]
        start = min(int(attrs.get("start") or 1), 10**6)
        return [{"t": "list", "ordered": bool(attrs.get("ordered")), "start": start, "items": items}]

    def _table(self, one: Any, depth: int) -> list[Node]:
        rows = Rows(head=1)
        for part in one["children"]:
            for row in [part] if part["type"] == "table_head" else part["children"]:
                rows.rows.append([self._cell(cell, depth) for cell in row["children"]])
        return table_nodes(rows)

    def _cell(self, cell: Any, depth: int) -> Cell:
        attrs, inner = cell["attrs"], cell.get("children")
        align = attrs.get("align") if attrs.get("align") in ("left", "center", "right") else "left"
        return Cell(self._inline(inner, depth), plain(inner), is_head=bool(attrs.get("head")), align=align)

    def _inline(self, tokens: Sequence[Any] | None, depth: int) -> list[Node]:
        made: list[Node] = []
        for one in tokens or ():
            inline = self._inlines.get(one["type"])
            if depth > _DEEPEST:
                made.append(text(plain([one])))
            elif inline is not None:
                made += inline(one, depth + 1)
            elif one["type"] in ("strong", "emphasis", "strikethrough"):
                made.append({"t": one["type"], "body": self._inline(one.get("children"), depth + 1)})
            else:
                made.append(text(plain([one])))
        return made

    def _link(self, one: Any, depth: int) -> list[Node]:
        return [link_node(one["attrs"]["url"], self._inline(one.get("children"), depth))]

    def _inline_html(self, one: Any, _depth: int) -> list[Node]:
        tag = one["raw"].strip("</> \n").split(None, 1)[0].lower() if one["raw"].strip("</> \n") else ""
        if tag == "br":
            return [{"t": "break"}]
        found = image_of(one["raw"]) if tag == "img" else None
        return [] if found is None else [self._picture(*found)]

    def _picture(self, address: str, alt: str) -> Node:
        return self._pictures.of_text(address, alt, self._attachments)


def link_node(address: str, body: list[Node]) -> Node:
    """Return the node of a link; of one that leads nowhere from a paper, its text."""
    if address.lower().startswith(("http://", "https://", "mailto:")) and len(address) <= _LONGEST_ADDRESS:
        return {"t": "link", "url": address, "body": body}
    return {"t": "span", "body": body}


def plain(tokens: Sequence[Any] | None) -> str:
    """Return the text of tokens, whatever they are."""
    shown: list[str] = []
    waiting = list(reversed(tokens or ()))
    while waiting:
        one = waiting.pop()
        if one.get("children"):
            waiting.extend(reversed(one["children"]))
        elif one["type"] in ("softbreak", "linebreak", "blank_line"):
            shown.append(" ")
        elif one["type"] != "inline_html":
            shown.append(str(one.get("raw", "")))
    return "".join(shown)


def _ticked(item: Any, nodes: list[Node]) -> list[Node]:
    """Return the nodes of a list's item, of a task with its box."""
    if item["type"] == "task_list_item":
        box = text("☑ " if item["attrs"].get("checked") else "☐ ")
        if nodes and nodes[0]["t"] == "paragraph":
            return [{**nodes[0], "body": [box, *nodes[0]["body"]]}, *nodes[1:]]
        return [box, *nodes]
    return nodes


@cache
def _parser() -> Callable[[str], Any]:
    import mistune

    plugins = ["table", "strikethrough", "math", "url", "task_lists"]
    made: Any = mistune.create_markdown(renderer=None, plugins=plugins)
    parser: Callable[[str], Any] = made
    return parser
