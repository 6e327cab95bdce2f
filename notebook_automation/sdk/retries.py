"""Retries by a trigger in words: what its definition asks for, and which try a session is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .times import in_zone, lasting


def policy_text(retry: Mapping[str, Any] | None) -> str:
    """Return what a trigger's ``retry`` asks for: `up to 3 times, the first after 1 min 0 s`; empty where nothing."""
    if not retry or retry["max_attempts"] < 2:
        return ""
    count = retry["max_attempts"] - 1
    times = "once, after" if count == 1 else f"up to {count} times, the first after"
    return f"{times} {lasting(retry['base_delay'])}" + (", also what was lost" if retry["if_lost"] else "")


def try_text(session: Mapping[str, Any]) -> str:
    """Return which try a session is, and when it begins where it is held back; empty where it is tried once."""
    if not session.get("max_tries") or session["max_tries"] < 2:
        return ""
    waits = session["status"] == "scheduling" and session.get("wake_at")
    at = f", begins {in_zone(session['wake_at'])}" if waits else ""
    return f"try {session['try_number']} of {session['max_tries']}{at}"


def goes_on_text(session: Mapping[str, Any]) -> str:
    """Return how a durable session goes on; empty for others."""
    if not session.get("is_durable"):
        return ""
    return f"yes, attempt {session['attempt']}"
