"""The text of a notebook's cells: which are handlers (`%%trigger`), and what a session leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"%%trigger(?:[ \t]+(?P<rest>\S.*))?[ \t]*")
_LINE_MAGIC = re.compile(r"[ \t]*%(?:trigger|automation)(?:[ \t]|$)")
_MANIFEST = re.compile(r"%%automation(?:[ \t]|$)")
_CONTINUED = re.compile(r"\\[ \t]*$")
_LITERAL = re.compile(
    r"""\#[^\n]*
    |\"\"\"(?:[^"\\]|\\.|"(?!""))*(?:\"\"\"|\\?\Z)
    |'''(?:[^'\\]|\\.|'(?!''))*(?:'''|\\?\Z)
    |"(?:[^"\\\n]|\\.)*"?
    |'(?:[^'\\\n]|\\.)*'?
    """,
    re.DOTALL | re.VERBOSE,
)
"""A comment, or a string up to its closing quote. It never looks back: a tokeniser takes minutes for hostile cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerCell:
    """A `%%trigger` cell.

    ``name`` is the handler's (empty where the cell names none), ``line`` the options after it with continued lines
    joined by a space, ``body`` the cell with its header made a comment, so that line numbers stay those of the cell
    (IPython would take empty lines away).
    """

    name: str
    line: str
    body: str


def trigger_cell(source: str) -> TriggerCell | None:
    """Return the handler that the cell ``source`` is, or None if its first line is no `%%trigger`.

    As in IPython, empty lines may come before it. A header line that ends in a backslash goes on in the next.
    """
    lines = source.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None or not _HEADER.fullmatch(_text(lines[start])):
        return None
    end = _last_continued(lines, start)
    header = " ".join(_CONTINUED.sub("", _text(line)).strip() for line in lines[start : end + 1])
    words = header.split(None, 2)
    name = words[1] if len(words) > 1 and not words[1].startswith("-") else ""
    line = header.partition("%%trigger")[2].strip()
    body = "".join([*map(_commented, lines[: end + 1]), *lines[end + 1 :]])
    return TriggerCell(name=name, line=line[len(name) :].strip(), body=body)


def strip_magics(source: str) -> str:
    """Return ``source`` as a session runs it: what registers triggers is made a comment, line by line.

    These are `%trigger` and `%automation` lines, the header of a `%%trigger` cell and a whole `%%automation` cell.
    Text inside strings is left alone.
    """
    lines = source.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return source
    if _MANIFEST.match(lines[start]):
        return "".join(_commented(line) for line in lines)
    magics = [
        range(number, _last_continued(lines, number) + 1)
        for number, line in enumerate(lines)
        if _LINE_MAGIC.match(line) or (number == start and _HEADER.fullmatch(_text(line)))
    ]
    without = _without(lines, magics)
    # Only Python shows whether a line is inside a string, so the magics are taken out first.
    in_strings = _string_lines(without) if magics else set()
    outside = [magic for magic in magics if magic.start not in in_strings]
    return without if len(outside) == len(magics) else _without(lines, outside)


def without_magics(source: str) -> str:
    """Return ``source`` with what only IPython understands taken out, line by line: magics, shell commands, help.

    A name that is given the result of one is given ``...``.
    """
    lines = source.splitlines(keepends=True)
    inside = _string_lines(source)
    return "".join(line if number in inside else _plain(line) for number, line in enumerate(lines))


def _plain(line: str) -> str:
    text = line.strip()
    if text.startswith(("%", "!", "?")) or (text.endswith("?") and "#" not in text):
        return f"{line[: len(line) - len(line.lstrip())]}pass\n"
    name, separator, value = line.partition("=")
    if separator and value.lstrip().startswith(("%", "!")) and name.strip().isidentifier():
        return f"{name}= ...\n"
    return line


def _text(line: str) -> str:
    return line.rstrip("\r\n")


def _last_continued(lines: list[str], start: int) -> int:
    """Return the number of the last line of the magic that begins at ``start``."""
    end = start
    while end + 1 < len(lines) and _CONTINUED.search(_text(lines[end])):
        end += 1
    return end


def _without(lines: list[str], magics: list[range]) -> str:
    kept = list(lines)
    for magic in magics:
        for number in magic:
            kept[number] = _commented(lines[number])
        text = lines[magic.start]
        indent = text[: len(text) - len(text.lstrip())]
        if indent:
            # A block may hold nothing but the magic: 'pass' keeps it a block.
            kept[magic.start] = f"{indent}pass  # {text.lstrip()}"
    return "".join(kept)


def _commented(line: str) -> str:
    return f"# {line}" if line.strip() else line


def _string_lines(source: str) -> set[int]:
    """Return the numbers of the lines that begin inside a string that spans lines."""
    inside: set[int] = set()
    line = position = 0
    for literal in _LITERAL.finditer(source):
        begin, end = literal.span()
        line += source.count("\n", position, begin)
        last = line + source.count("\n", begin, end)
        inside.update(range(line + 1, last + 1))
        line, position = last, end
    return inside
