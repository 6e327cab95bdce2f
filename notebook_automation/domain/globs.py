"""Patterns of paths below a folder: ``*`` and ``?`` within one name, ``**`` for any number of folders."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

_MAGIC = frozenset("*?[")


@lru_cache(maxsize=4096)
def regex_of(pattern: str) -> re.Pattern[str]:
    """Return what a path with forward slashes has to match as a whole; case counts."""
    parts = PurePosixPath(pattern).parts
    text = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            text += ".*" if last else "(?:[^/]+/)*"
        else:
            text += _part(part) + ("" if last else "/")
    return re.compile(text, re.DOTALL)


def is_match(pattern: str, path: str) -> bool:
    """Return whether ``path``, relative and with forward slashes, is one that ``pattern`` means."""
    return regex_of(pattern).fullmatch(path) is not None


def fixed_folder(pattern: str) -> tuple[str, bool]:
    """Return the folder below which all matches are ("" for the top), and whether they may be deeper than in it."""
    parts = PurePosixPath(pattern).parts
    fixed = next((number for number, part in enumerate(parts[:-1]) if _MAGIC & set(part)), len(parts) - 1)
    return "/".join(parts[:fixed]), fixed < len(parts) - 1 or parts[-1] == "**"


def names_hidden(pattern: str) -> bool:
    """Return whether a pattern itself names what is hidden, whose name begins with a dot."""
    return any(part.startswith(".") for part in PurePosixPath(pattern).parts)


def _part(part: str) -> str:
    text, position = "", 0
    while position < len(part):
        letter = part[position]
        position += 1
        if letter == "*":
            text += "[^/]*"
        elif letter == "?":
            text += "[^/]"
        elif letter == "[" and (end := part.find("]", position + 1)) != -1:
            inside = (
                part[position:end].replace("\\", "\\\\").replace("[", "\\[").replace("&", "\\&").replace("~", "\\~")
            )
            negated = inside.startswith("!")
            text += f"[^/{inside[1:]}]" if negated else f"[{inside}]"
            position = end + 1
        else:
            text += re.escape(letter)
    return text
