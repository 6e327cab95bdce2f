"""How a trigger or a rule collects events for one run, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .times import lasting


def collecting_text(collect: Mapping[str, Any] | None) -> str:
    """Return in a sentence how events are collected; empty where each has a run of its own."""
    if collect is None:
        return ""
    if collect.get("batch") is not None:
        text = f"all events of {lasting(collect['batch'])} in one run"
    else:
        text = f"one run once no event has come for {lasting(collect['debounce'])}"
        if collect.get("at_most") is not None:
            text += f", at the latest after {lasting(collect['at_most'])}"
    return f"{text}, apart by {collect['key']}" if collect.get("key") else text
