"""One thing that `doctor` found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``good`` None: works, but is worth knowing. ``advice`` says what to do."""

    what: str
    good: bool | None
    text: str
    advice: str = ""
