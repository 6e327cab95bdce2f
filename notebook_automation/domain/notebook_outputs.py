"""What outputs of cells say, without what differs from run to run: counts, addresses, ids of widgets and elements."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_VOLATILE = (
    (re.compile(r"\b0x[0-9a-fA-F]{6,}"), "0x…"),
    (re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b"), "(id)"),
    # The elements of a styled table of pandas.
    (re.compile(r"\bT_[0-9a-f]{5}(?=_|\b)"), "T_…"),
    (re.compile(r"\b(ses|inq|wai|art|evt|enf|chk)_[0-9A-Za-z]{10,}"), r"\1_…"),
    # The line of a traceback that names the file of a cell.
    (re.compile(r"ipykernel_\d+/\d+\.py"), "ipykernel"),
)
_OBJECT = re.compile(r"\s*<[^<>]*>\s*")
"""How Python shows what has nothing better to say: ``<IPython.core.display.Markdown object>``."""
_SILENT = re.compile(r"<(script|style|head|svg)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_ENDS_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_ENDS_LINE = re.compile(r"<br\b[^<>]*>|</(tr|p|div|li|h[1-6]|caption)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_HTML = 200_000
_OF_WIDGETS = "application/vnd.jupyter.widget-view+json"
_DECIDES = "text/plain"
Output = Mapping[str, Any]


def stable_digest(outputs: Sequence[Output]) -> str:
    """Return a digest of what ``outputs`` (nbformat 4) show: equal where two runs have shown the same."""
    text = json.dumps([_stable(output) for output in _merged(outputs)], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def as_lines(outputs: Sequence[Output]) -> list[str]:
    """Return what ``outputs`` show as lines of text; an image is one line with its type and size."""
    lines: list[str] = []
    for output in _merged(outputs):
        lines += _text_of(output).splitlines()
    return lines


def joined(text: Any) -> str:
    """Return the text that nbformat keeps as one string or as a list of lines; '' for anything else."""
    if isinstance(text, str):
        return text
    return "".join(part for part in text if isinstance(part, str)) if isinstance(text, list) else ""


def _merged(outputs: Sequence[Output]) -> list[Output]:
    """Return ``outputs`` with the pieces of one stream, which come as the kernel flushes, joined."""
    merged: list[Output] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.get("output_type") == "stream" == last.get("output_type") and output.get("name") == last.get("name"):
            merged[-1] = {**last, "text": joined(last.get("text")) + joined(output.get("text"))}
        else:
            merged.append(output)
    return merged


def _stable(output: Output) -> list[Any]:
    kind = output.get("output_type")
    if kind == "stream":
        return ["stream", output.get("name"), _without_volatile(joined(output.get("text")))]
    if kind == "error":
        return ["error", output.get("ename"), _without_volatile(joined(output.get("evalue")))]
    data = output.get("data")
    content = data if isinstance(data, dict) else {}
    # Whether it was displayed or is the cell's value is no difference of what is seen.
    return ["data", {name: _stable_value(name, value) for name, value in content.items()}]


def _stable_value(media_type: str, value: Any) -> Any:
    if media_type == _OF_WIDGETS:
        return "(widget)"
    text = joined(value) if isinstance(value, str | list) else json.dumps(value, sort_keys=True)
    return text if media_type.startswith("image/") and "svg" not in media_type else _without_volatile(text)


def _text_of(output: Output) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return _without_volatile(joined(output.get("text")))
    if kind == "error":
        return _without_volatile(f"{output.get('ename')}: {joined(output.get('evalue'))}")
    data = output.get("data")
    content = data if isinstance(data, dict) else {}
    if _OF_WIDGETS in content:
        return "(widget)"
    lines = [_size_of(name, content[name]) for name in sorted(content) if name.startswith(("image/", "application/"))]
    said = _without_volatile(text_of_data(content))
    return "\n".join([*lines, *([said] if said else [])])


def text_of_data(content: Mapping[str, Any]) -> str:
    """Return the text of an output's data: its plain text, unless that names an object only and others say more."""
    plain = joined(content.get(_DECIDES))
    if plain.strip() and not _OBJECT.fullmatch(plain):
        return plain
    return joined(content.get("text/markdown")) or _text_of_html(joined(content.get("text/html"))) or plain


def _text_of_html(html: str) -> str:
    """Return what a page shows of ``html``, roughly: a line for each row of a table."""
    text = _SILENT.sub("", html[:_LONGEST_HTML])
    text = _ENDS_CELL.sub("  ", _ENDS_LINE.sub("\n", " ".join(text.split())))
    lines = (" ".join(line.split(" ")).strip() for line in unescape(_TAG.sub("", text)).split("\n"))
    return "\n".join(line for line in lines if line)


def _size_of(media_type: str, value: Any) -> str:
    text = joined(value) if isinstance(value, str | list) else json.dumps(value, sort_keys=True)
    stable = _stable_value(media_type, value)
    return f"({media_type}, {len(text):,} characters, {hashlib.sha256(str(stable).encode()).hexdigest()[:8]})"


def _without_volatile(text: str) -> str:
    text = _COLOURS.sub("", text)
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text
