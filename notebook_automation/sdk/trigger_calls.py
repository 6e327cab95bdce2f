"""What a trigger runs by itself, as its sessions name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def call_text(trigger: Mapping[str, Any]) -> str:
    """Return the file that a trigger calls, or the API as ``GET https://…``; empty where it only records events."""
    api = trigger.get("api_call")
    if not api:
        return str(trigger.get("call") or "")
    return f"{api['method']} {str(api['url']).partition('?')[0].partition('#')[0][:300]}"
