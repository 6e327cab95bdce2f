"""What a session waits for, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .times import in_zone


def waiting_text(session: Mapping[str, Any]) -> str:
    """Return what a session waits for: `signal approve, until Tue 01 Dec 2026 06:00 CET`; empty where for nothing."""
    what, until = session.get("waiting_for"), in_zone(session.get("wake_at"))
    if not what:
        return ""
    if what == "a time":
        return f"until {until}"
    return f"for {what}, until {until}" if until else f"for {what}"
