"""What a message says of one thing or of many: its title, and a line for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .inquiry_mails import one_line
from .notifications import Notification, Reason

MOST_LINES = 50
"""Things that one message names one by one."""
_BAD: frozenset[Reason] = frozenset({"failed", "missed", "stale"})
_DONE: Mapping[Reason, str] = {
    "failed": "failed", "completed": "completed", "recovered": "works again", "waiting": "waits for an answer",
    "missed": "was missed", "late": "ran late", "stale": "is stale",
}  # fmt: skip
_ENDS = {"timeout": "took too long", "abandoned": "was lost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing: ``what`` happened to what, ``detail`` about it (both one line), ``url`` where it is seen."""

    what: str
    detail: str
    at: float
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out to one recipient: ``left`` more things are not named. ``facts`` are the same as data.

    ``session_id`` is that of the first thing that has one.
    """

    title: str
    lines: tuple[Line, ...]
    left: int
    is_bad: bool
    session_id: str | None
    facts: tuple[dict[str, Any], ...]


def message_of(some: Sequence[Notification], panel_url: str) -> Message:
    """Return what is said of ``some``, of one project and oldest first; ``panel_url`` is where JupyterLab is."""
    named = some[:MOST_LINES]
    return Message(
        title=_title(some),
        lines=tuple(_line(one, panel_url) for one in named),
        left=len(some) - len(named),
        is_bad=any(one.activity in _BAD for one in some),
        session_id=next((one.session_id for one in some if one.session_id), None),
        facts=tuple(_facts(one) for one in named),
    )


def trial(project: str, panel_url: str, at: float) -> Message:
    """Return the message by which somebody tries whether a way works."""
    line = Line(what="This is a test", detail="Messages of this project arrive here.", at=at, url=panel_url)
    title = f"Test: notifications of {one_line(project)}"
    return Message(title=title, lines=(line,), left=0, is_bad=False, session_id=None, facts=())


def _title(some: Sequence[Notification]) -> str:
    if len(some) == 1:
        return one_line(_what(some[0]), 150)
    counts = Counter(one.activity for one in some)
    said = [f"{_number(reason, count)}" for reason, count in counts.items()]
    return one_line(f"{', '.join(said)} in {some[0].project}", 150)


def _number(reason: Reason, count: int) -> str:
    nouns = {"failed": "failed", "completed": "completed", "recovered": "work again", "waiting": "wait for an answer",
             "missed": "missed", "late": "ran late", "stale": "stale"}  # fmt: skip
    return f"{count} {nouns[reason]}"


def what_of(one: Notification) -> str:
    """Return what happened to what, in one line."""
    return one_line(_what(one), 150)


def _what(one: Notification) -> str:
    name = one.trigger_ref or one.project
    content = one.content
    if one.activity == "failed" and content.get("status") in _ENDS:
        return f"{name} {_ENDS[content['status']]}"
    count = content.get("count", 1)
    if one.activity == "missed" and count > 1:
        return f"{name} missed {count} runs"
    if one.activity == "missed":
        return f"{name} missed a run"
    if one.activity == "late" and content.get("overdue"):
        return f"{name} takes far longer than usual"
    return f"{name} {_DONE[one.activity]}"


def _line(one: Notification, panel_url: str) -> Line:
    url = f"{panel_url}?automation-session={one.session_id}" if one.session_id else panel_url
    return Line(what=what_of(one), detail=detail_of(one), at=one.created_at, url=url)


def detail_of(one: Notification) -> str:
    """Return what is known of it beside what happened, in one line."""
    content = one.content
    parts = [content.get("title"), content.get("error"), content.get("call")]
    if one.activity in ("missed", "late") and "first" in content:
        first, last = content.get("first"), content.get("last")
        parts.insert(0, f"due {first}" if first == last else f"due from {first} to {last}")
    if content.get("duration") is not None:
        parts.append(f"{content['duration']:.3g} s")
    if content.get("tries", 1) > 1:
        parts.append(f"after {content['tries']} tries")
    return one_line(", ".join(str(part) for part in parts if part), 400)


def _facts(one: Notification) -> dict[str, Any]:
    return {
        "id": one.id, "reason": one.activity, "project": one.project, "trigger": one.trigger_ref,
        "session_id": one.session_id, "at": one.created_at,
        **{name: value for name, value in one.content.items() if name != "if"},
    }  # fmt: skip
