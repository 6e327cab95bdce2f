"""How an inquiry stands, whom it waits for, and how it is answered, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .times import in_zone


def state_text(inquiry: Mapping[str, Any]) -> str:
    """Return how it stands: `waits for ana, group:ops, until …`, `approved by ana`, `withdrawn`."""
    if inquiry["status"] == "pending":
        whom = whom_text(inquiry)
        until = f", until {in_zone(inquiry['timeout_at'])}" if inquiry.get("timeout_at") else ""
        return f"waits for {whom}{until}"
    if inquiry["status"] == "cancelled":
        why = inquiry.get("ended_reason")
        return f"withdrawn: {why}" if why else "withdrawn"
    response = inquiry.get("response") or {}
    if inquiry["status"] == "timeout":
        return "nobody answered in time"
    by = f" by {', '.join(response.get('by') or ())}" if response.get("by") else ""
    if response.get("question") is not None:
        return f"asked back{by}"
    if response.get("approved") is None:
        return f"answered{by}"
    return f"{'approved' if response['approved'] else 'rejected'}{by}"


def whom_text(inquiry: Mapping[str, Any]) -> str:
    """Return whom an inquiry waits for at its present stage: `2 of ana, group:ops`."""
    stages, number = inquiry.get("stages") or [], inquiry.get("stage") or 0
    return _asked_of(stages[number]) if number < len(stages) else "anyone"


def place_text(inquiry: Mapping[str, Any]) -> str:
    """Return where it was asked: `report.ipynb, cell 4`; only a durable session knows its cell."""
    cell = inquiry["cell_index"]
    return f"{inquiry['notebook']}, cell {cell + 1}" if cell >= 0 else str(inquiry["notebook"])


def choices_of(inquiry: Mapping[str, Any]) -> Sequence[Any]:
    """Return what is to be chosen from; empty where the answer is no choice of one."""
    schema = inquiry.get("schema")
    return schema["enum"] if isinstance(schema, Mapping) and isinstance(schema.get("enum"), list) else ()


def answers_text(inquiry: Mapping[str, Any]) -> str:
    """Return what an inquiry takes as its answer: `approve or reject`, `one of "eu", "us"`."""
    if inquiry["form"] == "decision":
        return "approve or reject"
    if inquiry["form"] == "proposal":
        return "approve (with other values, if you like) or reject"
    choices = choices_of(inquiry)
    if choices:
        return f"one of {', '.join(json.dumps(one, ensure_ascii=False) for one in choices)}"
    return "a value as its schema says, as JSON"


def stage_lines(inquiry: Mapping[str, Any]) -> list[str]:
    """Return each stage with who has answered: `✓ 2 of group:ops: ana approved (fine), bea approved`."""
    lines = []
    for number, stage in enumerate(inquiry.get("stages") or ()):
        is_now = inquiry["status"] == "pending" and number == inquiry["stage"]
        mark = "✓" if stage["is_complete"] else "→" if is_now else "·"
        given = ", ".join(_answer_text(answer) for answer in stage["answers"])
        lines.append(f"{mark} {_asked_of(stage)}" + (f": {given}" if given else ""))
    return lines


def _answer_text(answer: Mapping[str, Any]) -> str:
    who = answer["by"] if answer["by"] == answer["person"] else f"{answer['by']} (for {answer['person']})"
    what = {"approve": "approved", "reject": "rejected"}.get(answer["decision"])
    said = what or f"answered {json.dumps(answer['value'], ensure_ascii=False)}"
    return f"{who} {said}" + (f" ({answer['comment']})" if answer["comment"] else "")


def _asked_of(stage: Mapping[str, Any]) -> str:
    people = ", ".join(stage.get("of") or ()) or "anyone"
    needed = stage.get("approvals") or 1
    return f"{needed} of {people}" if needed > 1 else people
