"""Freshness in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .times import lasting


def freshness_text(freshness: Mapping[str, Any] | None) -> str:
    """Return what a trigger's freshness says: `a success within 26 h; at most 3 times as slow as usual`."""
    if not freshness:
        return ""
    parts = []
    if freshness["within"] is not None:
        parts.append(f"a success within {lasting(freshness['within'])}")
    if freshness["slower_than"] is not None:
        parts.append(f"at most {freshness['slower_than']:g} times as slow as usual")
    return "; ".join(parts)
