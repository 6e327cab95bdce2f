"""An executed notebook as the body of an e-mail: HTML for mail clients with pictures by their ids, and plain text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from notebook_automation.domain.notebook_diff import Line
from notebook_automation.domain.notebook_outputs import as_lines, joined, text_of_data
from notebook_automation.domain.reports import hides_output, is_removed, is_tagged

from .markdown import to_html

LARGEST_PICTURES = 8 * 2**20
"""Bytes of all pictures of one mail."""
_MOST_PICTURES = 30
_LONGEST = 20_000
"""Characters of one output, and lines of a mail that gets too long."""
_LARGEST = 400_000
_MOST_CHANGED = 30
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_TABLES = {
    "a", "b", "br", "caption", "code", "div", "em", "h1", "h2", "h3", "h4", "i", "li", "ol", "p", "pre", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_STYLES = {
    "table": "border-collapse:collapse;margin:8px 0;font-size:14px;overflow-wrap:normal",
    "td": "border:1px solid #bdbdbd;padding:4px 8px;text-align:right",
    "th": "border:1px solid #bdbdbd;padding:4px 8px;text-align:right;background:#eeeeee;color:#212121",
    "pre": "white-space:pre-wrap;font-family:monospace;font-size:13px;margin:8px 0",
    "h2": "font-size:18px;margin:16px 0 8px", "h3": "font-size:16px;margin:14px 0 6px",
}  # fmt: skip
_STYLED = re.compile(r"<(table|td|th|pre|h2|h3)(?=[ >])")
_PICTURE = re.compile(r"^\(image/\S+, [\d,]+ characters, [0-9a-f]{8}\)$")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ACTS = re.compile(r"<(script|iframe|canvas|video|audio)\b", re.IGNORECASE)
_VECTOR = "(a picture in SVG, which mails do not show: see the panel)"
_INTERACTIVE = "(an interactive output: see the panel)"
_PARAMETERS = ("parameters", "injected-parameters")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a mail: ``cid`` is its id there, ``subtype`` that of its type (image/…)."""

    cid: str
    subtype: str
    content: bytes


@dataclass(slots=True)
class MailReport:
    """The body of a mail as pieces of HTML and of text, with what the HTML shows."""

    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def mail_report(notebook: Mapping[str, Any], changed: Sequence[Line] | None, domain: str) -> MailReport:
    """Return what a mail shows of an executed ``notebook`` (nbformat 4): its texts and outputs, no code.

    Cells and outputs that are tagged to be removed, or collapsed in JupyterLab, are left out. An interactive output is
    shown by its picture, where it has one. ``changed`` are the lines of `shown_lines` that differ from the run before,
    None where there was none; ``domain`` is the part of pictures' ids behind the @. The content is hostile: of its HTML
    only tables and text remain.
    """
    report = MailReport()
    for cell in notebook.get("cells") or ():
        if isinstance(cell, Mapping) and not is_removed(cell):
            _add_cell(report, cell, domain)
        if sum(map(len, report.html)) > _LARGEST:
            report.html.append("<p>… the rest is in the panel.</p>")
            report.text.append("… the rest is in the panel.")
            break
    if changed is not None:
        _add_changes(report, changed)
    return report


def shown_lines(notebook: Mapping[str, Any]) -> list[str]:
    """Return what a mail shows of ``notebook`` as lines of text, by which two runs are compared."""
    lines: list[str] = []
    for cell in notebook.get("cells") or ():
        if not isinstance(cell, Mapping) or is_removed(cell):
            continue
        if cell.get("cell_type") == "markdown":
            lines += joined(cell.get("source")).splitlines()
        else:
            lines += as_lines([one for one in _outputs(cell) if one.get("name") != "stderr"])
    return lines


def safe_html(text: str) -> str:
    """Return what a mail may show of HTML that a notebook made: tables and text, with styles of ours."""
    import nh3

    clean = nh3.clean(
        text, tags=_TABLES, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"},
        attribute_filter=_harmless, link_rel="noopener noreferrer nofollow",
    )  # fmt: skip
    return _styled(clean)


def _harmless(_tag: str, name: str, value: str) -> str | None:
    if name in ("colspan", "rowspan"):
        return value if value.isdecimal() and len(value) < 4 else None
    # A relative address would be one of the reader's mail client.
    return value if value.lower().startswith(("http://", "https://", "mailto:")) and "<" not in value else None


def _styled(html: str) -> str:
    return _STYLED.sub(lambda found: f'{found[0]} style="{_STYLES[found[1]]}"', html)


def _add_cell(report: MailReport, cell: Mapping[str, Any], domain: str) -> None:
    source = joined(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        if source.strip():
            report.html.append(_styled(to_html(source[:_LONGEST])))
            report.text.append(source[:_LONGEST])
        return
    for output in _outputs(cell):
        _add_output(report, output, domain)


def _outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the outputs of ``cell`` that are shown."""
    outputs = cell.get("outputs")
    if not isinstance(outputs, list) or hides_output(cell) or is_tagged(cell, _PARAMETERS):
        return []
    return [output for output in outputs if isinstance(output, Mapping)]


def _add_output(report: MailReport, output: Mapping[str, Any], domain: str) -> None:
    kind = output.get("output_type")
    if kind == "stream":
        if output.get("name") == "stdout":
            _add_text(report, joined(output.get("text")))
        return
    if kind == "error":
        _add_text(report, f"{output.get('ename')}: {output.get('evalue')}")
        return
    data = output.get("data")
    content = data if isinstance(data, Mapping) else {}
    if _add_picture(report, content, domain):
        return
    html = joined(content.get("text/html"))
    plain = text_of_data(content)
    if html and len(html) <= _LARGEST and "<table" in html.lower():
        # On a telephone it is wider than the mail, and scrolled by itself.
        report.html.append(f'<div style="overflow-x:auto">{safe_html(html)}</div>')
        report.text.append(plain[:_LONGEST])
    elif markdown := joined(content.get("text/markdown")):
        report.html.append(_styled(to_html(markdown[:_LONGEST])))
        report.text.append(markdown[:_LONGEST])
    elif "image/svg+xml" in content:
        report.html.append(f"<p>{_VECTOR}</p>")
        report.text.append(_VECTOR)
    elif not plain.strip() and (_ACTS.search(html) or any(isinstance(one, str) and "+json" in one for one in content)):
        report.html.append(f"<p>{_INTERACTIVE}</p>")
        report.text.append(_INTERACTIVE)
    else:
        _add_text(report, plain)


def _add_text(report: MailReport, text: str) -> None:
    shown = _COLOURS.sub("", text)[:_LONGEST].strip("\n")
    if shown.strip():
        report.html.append(_styled(f"<pre>{escape(shown)}</pre>"))
        report.text.append(shown)


def _add_picture(report: MailReport, content: Mapping[str, Any], domain: str) -> bool:
    """Add the picture that an output has; return whether it has one that can be shown."""
    for media_type in _PICTURES:
        encoded = joined(content.get(media_type))
        if not encoded:
            continue
        try:
            picture = base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        used = sum(len(one.content) for one in report.pictures)
        if len(report.pictures) >= _MOST_PICTURES or used + len(picture) > LARGEST_PICTURES:
            report.html.append("<p>(a picture that is too large for a mail: see the panel)</p>")
        else:
            number = len(report.pictures) + 1
            cid = f"picture{number}@{domain}"
            report.pictures.append(Picture(cid, media_type.partition("/")[2], picture))
            report.html.append(f'<p><img src="cid:{cid}" alt="Picture {number}" style="max-width:100%"></p>')
        report.text.append("(a picture)")
        return True
    return False


def _add_changes(report: MailReport, changed: Sequence[Line]) -> None:
    """Add what differs from the run before, by lines of what is shown."""
    lines = [
        (mark, _PICTURE.sub("(another picture)", text))
        for mark, text in changed
        # A picture that took the place of another is one change.
        if mark in "+-" and text.strip() and not (mark == "-" and _PICTURE.fullmatch(text))
    ]
    head = "What changed since the last run" if lines else "Nothing has changed since the last run"
    shown, left = lines[:_MOST_CHANGED], len(lines) - _MOST_CHANGED
    # With grounds of their own: a mail client may be dark.
    colours = {"+": "#1b5e20;background:#e8f5e9", "-": "#b71c1c;background:#ffebee"}
    rows = "".join(
        f'<span style="color:{colours[mark]}">{mark} {escape(text[:300])}</span><br>' for mark, text in shown
    )
    more = f"… and {left} more lines" if left > 0 else ""
    report.html.append(f'<h2 style="{_STYLES["h2"]}">{head}</h2>')
    if lines:
        style = "font-family:monospace;font-size:13px;white-space:pre-wrap"
        report.html.append(f'<p style="{style}">{rows}{more}</p>')
    report.text.append("\n".join([head, *(f"{m} {t[:300]}" for m, t in shown), *([more] if more else [])]))
