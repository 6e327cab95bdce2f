"""Who hears of what, as it is typed and as it is read: `failed,late:email:ana`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NOBODY = "none"


def notify_rules(texts: Sequence[str], condition: str | None) -> list[dict[str, Any]] | None:
    """Return what ``texts`` say: None where there are none, nothing for `none`. Raises ValueError, saying why."""
    if not texts:
        if condition:
            raise ValueError("--notify-if belongs to --notify: say who hears of it")
        return None
    if list(texts) == [NOBODY]:
        return []
    return [_rule(text, condition) for text in texts]


def notify_lines(rules: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Return a line for each rule as the server shows it; one for nobody."""
    if rules is None:
        return []
    if not rules:
        return ["nobody, also not as the project says"]
    return [
        f"{', '.join(rule['on'])}: {', '.join(rule['to'])}"
        + (f" with report {', '.join(rule['report'])}" if rule.get("report") else "")
        + (f" if {rule['if']}" if rule.get("if") else "")
        for rule in rules
    ]


def report_rule(parts: Sequence[str], to: Sequence[str], condition: str | None) -> dict[str, Any] | None:
    """Return the rule by which a report is sent; None where it is sent to nobody. Raises ValueError, saying why."""
    if not to:
        if condition or "email" in parts:
            raise ValueError("Say to whom the report is sent: --send-to ana@example.org")
        return None
    if not parts:
        raise ValueError("--send-to belongs to --report: write --report email, or --report html,email")
    rule: dict[str, Any] = {
        "on": ["completed"], "to": [f"email:{one.removeprefix('email:')}" for one in to], "report": list(parts),
    }  # fmt: skip
    return {**rule, "if": condition} if condition else rule


def _rule(text: str, condition: str | None) -> dict[str, Any]:
    on, separator, to = text.partition(":")
    if not separator or not on or not to:
        raise ValueError(f"{text!r} does not say who hears of what: write failed:panel or failed:email:ana@example.org")
    rule: dict[str, Any] = {"on": [one.strip() for one in on.split(",")], "to": [to]}
    return {**rule, "if": condition} if condition else rule
