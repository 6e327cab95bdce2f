"""Sizes as people write them: `25 MB`, `10 MiB`, or a number of bytes."""

from __future__ import annotations

import re

from .errors import Invalid

_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([kmg]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


def parse_size(given: int | str, what: str) -> int:
    """Return the bytes that ``given`` says. Raises Invalid (``size_invalid``) with the name ``what``."""
    if isinstance(given, int):
        return given
    found = _SIZE.fullmatch(given.strip())
    if found is None:
        raise Invalid(f"{what} is a size such as 25MB or 512 KiB, not {given!r:.60}.", code="size_invalid", field=what)
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])
