"""Policies in words: how many sessions of a trigger may run, and how many wait for their turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OTHERS = {
    ("enqueue", "new"): "the others wait",
    ("cancel", "new"): "the others are cancelled",
    ("cancel", "running"): "a newer one cancels the oldest",
}


def limit_text(trigger: Mapping[str, Any]) -> str:
    """Return what a trigger's policy says: `at most 3 at once, the others wait (12 wait now)`; empty without one."""
    policy = trigger.get("policy")
    if not policy:
        return ""
    others = _OTHERS[policy["method"], policy["cancels"]]
    queue = trigger.get("queue") or {"waiting": 0}
    now = f" ({queue['waiting']} wait now)" if queue["waiting"] else ""
    return f"{policy['text']}, {others}{now}"


def priority_text(found: Mapping[str, Any]) -> str:
    """Return the priority of a trigger or session where it is not the usual one."""
    return str(found["priority"]) if found.get("priority") else ""
