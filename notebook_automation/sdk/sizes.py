"""Sizes of files as people read them."""

from __future__ import annotations


def size_text(size: int) -> str:
    """Return ``size`` bytes for people: `3.2 MB`."""
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.95 or unit == "GB":
            return f"{number:.1f} {unit}"
    return f"{size} B"
