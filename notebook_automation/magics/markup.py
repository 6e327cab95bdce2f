"""Cards and tables as HTML that follows JupyterLab's theme, and the same thing as plain text."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.sdk.markup import Html, joined, tag

QUIET = "color: var(--jp-ui-font-color2, #616161)"
_ACCENT = "var(--jp-brand-color1, #1976d2)"
_LINE = "1px solid var(--jp-border-color2, #e0e0e0)"
_COLOURS = {
    "good": "var(--jp-success-color1, #2e7d32)",
    "bad": "var(--jp-error-color1, #c62828)",
    "warn": "var(--jp-warn-color1, #e65100)",
    "busy": _ACCENT,
}
_STATUS_COLOURS = {
    "completed": "good",
    "ok": "good",
    "create": "good",
    "failed": "bad",
    "timeout": "bad",
    "abandoned": "bad",
    "delete": "bad",
    "running": "busy",
    "scheduled": "busy",
    "change": "warn",
    "cancelled": "warn",
    "canceling": "warn",
}


class Shown:
    """A result with an HTML and a plain-text form."""

    def __init__(self, markup: Html, text: str) -> None:
        self._markup = markup
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return str(self._markup)


def code(text: object) -> Html:
    """Return ``text`` as code that one click selects."""
    return tag(
        "code",
        text,
        style="user-select: all; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0; background: transparent; "
        "font-family: var(--jp-code-font-family, monospace); color: inherit",
    )


def copyable(text: str, what: str) -> Html:
    """Return ``text`` as code with a button that copies it; ``what`` names it for people who cannot see it."""
    button = tag(
        "button",
        "Copy",
        type="button",
        aria_label=f"Copy {what}",
        # Constant: what is copied is read from the page, never written into the script.
        onclick="navigator.clipboard.writeText(this.previousElementSibling.textContent); this.textContent = 'Copied'",
        style=f"margin-left: 8px; padding: 0 8px; border: {_LINE}; border-radius: 3px; cursor: pointer; "
        "background: var(--jp-layout-color2, #eeeeee); color: var(--jp-ui-font-color1, #212121)",
    )
    return joined((code(text), button))


def panel_link(text: str, page: str, **args: str) -> Html:
    """Return a link that opens a page of our panel in JupyterLab."""
    return tag(
        "a",
        text,
        # JupyterLab would look for a file behind a bare "#".
        href="#automation",
        data_commandlinker_command="notebook-automation:open",
        data_commandlinker_args=json.dumps({"page": page, **args}),
        style="color: var(--jp-content-link-color, #1976d2)",
    )


def status(text: str) -> Html:
    """Return a status word in its colour."""
    colour = _COLOURS.get(_STATUS_COLOURS.get(text, ""), "inherit")
    return tag("span", text, style=f"color: {colour}; font-weight: 600")


class CardRows(list[tuple[str, object, str]]):
    """The rows of a card: label, what HTML shows, what plain text shows."""

    def add(self, label: str, text: str | None, content: object = None) -> None:
        """Add a row unless ``text`` is empty; ``content`` is what HTML shows instead of it."""
        if text:
            self.append((label, text if content is None else content, text))


def card(
    title: str,
    note: str,
    rows: Sequence[tuple[str, object, str]],
    *,
    warnings: Sequence[str] = (),
    links: Sequence[Html] = (),
) -> Shown:
    """Return a card: ``rows`` are (label, what HTML shows, what plain text shows)."""
    heading = tag(
        "div",
        tag("span", title, style="font-weight: 600; font-size: 1.1em"),
        " ",
        tag("span", note, style=QUIET),
    )
    body = [
        tag(
            "tr",
            tag("th", label, scope="row", style=f"{_CELL}; font-weight: normal; white-space: nowrap; {QUIET}"),
            tag("td", content, style=_CELL),
            style="background: transparent",
        )
        for label, content, _ in rows
    ]
    mark = f"color: {_COLOURS['warn']}"
    alerts = [
        tag("div", tag("b", "Warning: ", style=mark), text, role="note", style="margin-top: 4px") for text in warnings
    ]
    foot = [tag("div", joined(links, "  "), style="margin-top: 6px")] if links else []
    markup = tag(
        "div",
        heading,
        tag(
            "table",
            *body,
            style="border-collapse: collapse; margin: 4px 0 0; background: transparent; font: inherit; color: inherit",
        ),
        *alerts,
        *foot,
        style=f"border: {_LINE}; border-left: 3px solid {_ACCENT}; border-radius: 4px; padding: 8px 12px; "
        "max-width: 60em; color: var(--jp-ui-font-color1, #212121); background: var(--jp-layout-color1, #ffffff); "
        "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px)",
    )
    width = max((len(label) for label, _, _ in rows), default=0)
    lines = [f"{title}  {note}".rstrip()]
    for label, _, text in rows:
        first, *others = text.splitlines() or [""]
        lines.append(f"  {label:<{width}}  {first}")
        lines.extend(f"  {'':<{width}}  {other}" for other in others)
    lines.extend(f"  Warning: {text}" for text in warnings)
    return Shown(markup, "\n".join(lines))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str, caption: str = "") -> Shown:
    """Return a table, or the sentence ``empty`` where it has no rows. A cell that is Html shows its text plainly."""
    if not rows:
        return Shown(tag("p", empty, style=QUIET), empty)
    head = tag("tr", *(tag("th", column, scope="col", style=f"{_CELL}; {QUIET}") for column in columns))
    lines = [
        tag(
            "tr",
            *(tag("td", cell, style=f"{_CELL}; border-top: {_LINE}") for cell in row),
            style="background: transparent",
        )
        for row in rows
    ]
    title = tag("caption", caption, style=f"text-align: left; {QUIET}") if caption else Html("")
    markup = tag(
        "table",
        title,
        tag("thead", head),
        tag("tbody", *lines),
        style="border-collapse: collapse; color: var(--jp-ui-font-color1, #212121); "
        "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px)",
    )
    return Shown(markup, _aligned(columns, [[plain(cell) for cell in row] for row in rows]))


def plain(content: object) -> str:
    """Return ``content`` without its tags."""
    if not isinstance(content, Html):
        return str(content)
    import re

    return html.unescape(re.sub(r"<[^>]*>", "", content))


def values_text(values: Mapping[str, Any]) -> str:
    """Return parameters for people: `region='emea', days=7`."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


_CELL = "text-align: left; vertical-align: top; padding: 2px 16px 2px 0; background: transparent"


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    everything = [list(columns), *[list(row) for row in rows]]
    widths = [max(len(row[number]) for row in everything) for number in range(len(columns))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in everything
    )
