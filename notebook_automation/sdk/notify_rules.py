"""Who hears of what, as it is typed and as it is read: `failed,late:email:ana`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NOBODY = "none"
_FILES, _NO_CODE = ("html", "pdf"), "no-code"
REPORT_PARTS = (*_FILES, "email", _NO_CODE)
"""What may be asked of a report."""


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


def report_text(parts: Sequence[str]) -> str | None:
    """Return the files that are made of each run, as the server takes it: ``html,pdf,no-code``; None for none.

    Raises ValueError, saying why.
    """
    files = [one for one in _FILES if one in parts]
    if _NO_CODE in parts and not files:
        raise ValueError("no-code belongs to html or pdf: write --report html,no-code (a mail shows no code anyway)")
    return ",".join([*files, *([_NO_CODE] if _NO_CODE in parts else [])]) or None


def report_rule(parts: Sequence[str], to: Sequence[str], condition: str | None) -> dict[str, Any] | None:
    """Return the rule by which a report is sent; None where it is sent to nobody. Raises ValueError, saying why."""
    if not to:
        if condition or "email" in parts:
            raise ValueError("Say to whom the report is sent: --send-to ana@example.org")
        return None
    if not parts:
        raise ValueError("--send-to belongs to --report: write --report email, or --report html,email")
    carried = [one for one in REPORT_PARTS if one in parts and one != _NO_CODE]
    people = [f"email:{one.removeprefix('email:')}" for one in to]
    rule: dict[str, Any] = {"on": ["completed"], "to": people, "report": carried}
    return {**rule, "if": condition} if condition else rule


def _rule(text: str, condition: str | None) -> dict[str, Any]:
    on, separator, to = text.partition(":")
    if not separator or not on or not to:
        raise ValueError(f"{text!r} does not say who hears of what: write failed:panel or failed:email:ana@example.org")
    rule: dict[str, Any] = {"on": [one.strip() for one in on.split(",")], "to": [to]}
    return {**rule, "if": condition} if condition else rule
