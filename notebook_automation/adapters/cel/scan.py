"""The first look at an expression: size and nesting caps, and a masked copy that is safe to parse.

The lexer of the explaining parser backtracks exponentially on some string literals (an odd run of backslashes
in a raw string), and knows no back-quoted names. It therefore never sees the inside of a literal: the masked
copy has the same length, so positions in it are positions in the original.
"""

from __future__ import annotations

import re

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import FilterLimits

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*)
  | (?P<string>(?:[bB][rR]?|[rR][bB]?)?(?:\"\"\"|'''|"|'))
  | (?P<quoted>`[^`\n]*`)
  | (?P<word>[A-Za-z_0-9]+)
  | (?P<optional>(?<=[.\[{,])\s*\?)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
    """,
    re.VERBOSE,
)

# CEL allows it, the parser does not.
_LAST_COMMA = re.compile(r",(?=\s*[\]}])")


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of a position in ``text``."""
    before = text[:position]
    return before.count("\n") + 1, position - before.rfind("\n")


def invalid(text: str, position: int, sentence: str) -> Invalid:
    """The one shape of a refusal: code ``filter_invalid`` and where in the text it is (``position`` from 0)."""
    line, column = place(text, position)
    return Invalid(
        f"{sentence} (line {line}, column {column})",
        code="filter_invalid",
        line=line,
        column=column,
        position=position,
    )


def check_size(text: str, limits: FilterLimits) -> None:
    """Raise ``Invalid`` for an expression that is empty, too long, or no valid Unicode text."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        sentence = "The expression has half of a surrogate pair: remove that character"
        raise invalid(text, error.start, sentence) from error
    if size > limits.text_bytes:
        sentence = f"The expression has {size} bytes and {limits.text_bytes} are allowed"
        raise invalid(text, 0, f"{sentence}: decide the rest in the notebook")
    if not text.strip():
        raise invalid(text, 0, 'The expression is empty: write a condition such as event_type == "post"')


def mask(text: str, limits: FilterLimits) -> str:
    """The text with comments blanked and literals and quoted names neutral, of the same length.

    Raises ``Invalid`` (``filter_invalid``) when the text is too long or nests deeper than ``limits`` allow.
    """
    check_size(text, limits)
    pieces: list[str] = []
    depth = at = 0
    while found := _TOKEN.search(text, at):
        start, end = found.span()
        pieces.append(text[at:start])
        kind, token = found.lastgroup, found.group()
        if kind == "string":
            end = _string_end(text, start, token)
            token = _neutral_string(token, end - start)
        elif kind == "comment":
            token = " " * (end - start)
        elif kind == "quoted" or token in ("true", "false"):
            # The parser forgets the position of true and false; as names they keep it.
            token = "_" * (end - start)
        elif kind == "optional":
            # The parser knows neither .?field nor [?key], which read like .field and [key].
            token = token[:-1] + " "
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        if depth > limits.nesting:
            sentence = f"More than {limits.nesting} brackets within each other: simplify the expression"
            raise invalid(text, start, sentence)
        pieces.append(token)
        at = end
    pieces.append(text[at:])
    return _LAST_COMMA.sub(" ", "".join(pieces))


def _string_end(text: str, start: int, opening: str) -> int:
    quote = opening.lstrip("bBrR")
    raw = "r" in opening.lower()
    at = start + len(opening)
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        if len(quote) == 1 and text[at] == "\n":
            break
        at += 2 if text[at] == "\\" and not raw else 1
    raise invalid(text, start, f"The string is never closed: end it with {quote}")


def _neutral_string(opening: str, length: int) -> str:
    """A plain literal of the same kind (text or bytes) and length, with nothing in it to backtrack on."""
    head = 'b"' if "b" in opening.lower() else '"'
    return head + "_" * (length - len(head) - 1) + '"'


_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)


def string_value(literal: str) -> str | None:
    """What a string literal of CEL says, or None for a bytes literal."""
    found = re.match(r"([bBrR]*)(\"\"\"|'''|\"|')", literal)
    if found is None or "b" in found[1].lower():
        return None
    quote = found[2]
    inner = literal[found.end() : -len(quote)]
    if "r" in found[1].lower():
        return inner
    return _ESCAPE.sub(_unescape, inner)


def _unescape(found: re.Match[str]) -> str:
    byte, short, long, octal, letter = found.groups()
    if letter is not None:
        return _ESCAPES.get(letter, letter)
    return chr(int(octal, 8) if octal else int(byte or short or long, 16))


def string_literal(value: str) -> str:
    """A CEL literal that says ``value``."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
