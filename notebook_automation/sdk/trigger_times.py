"""When a trigger runs, in words, as the server says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SOURCES = ("schedule", "after", "artifact", "files")


def when_text(trigger: Mapping[str, Any]) -> str:
    """Return when a trigger runs by itself: "every 5 minutes", "after load completed"; empty for others."""
    return next((str(trigger[name]["description"]) for name in _SOURCES if trigger.get(name)), "")
