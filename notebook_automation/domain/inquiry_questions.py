"""What the code of a session asks for, checked: who is asked, until when, what a time-out means; never consent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from .errors import Invalid, TooLarge
from .inquiries import GROUP, Escalation, Inquiry, Shown, Stage, next_time
from .inquiry_forms import check_schema, check_value, schema_of
from .inquiry_turns import Circle, Directory, described
from .shown import ALTERNATIVE
from .waits import LONGEST

MAX_PROMPT = 64 * 1024
"""Longest prompt, in bytes of UTF-8."""
_MOST_NAMES, _MOST_STAGES, _MOST_TIMES, _MOST_APPROVALS, _MOST_SHOWN = 200, 20, 50, 100, 50
_TITLE = 120
_MARKS = re.compile(r"^[\s#>*\-+_`~]+|[\s#*_`~]+$")
_LINKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|~~|`|(?<!\w)\*(?=\S))(.+?)\1")
_LOOKED_AT = 500
"""Characters of a line of which a title is made."""
_CONSENT = frozenset({"approve", "approved"})
_OUTCOMES: Mapping[str, frozenset[str]] = {
    "reject": frozenset(),
    "raise": frozenset(),
    "value": frozenset({"value"}),
    "escalate": frozenset({"to", "more"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: ``stages``, or ``assigned_to`` and ``approvals`` for a single one.

    ``timeout`` and the times of ``remind`` and ``escalate`` are seconds from now.
    """

    prompt: str
    schema: Any = None
    proposed: Any = None
    assigned_to: Sequence[str] = ()
    approvals: int = 1
    stages: Sequence[Stage] = ()
    timeout: float | None = None
    on_timeout: dict[str, Any] = field(default_factory=lambda: {"do": "reject"})
    remind: Sequence[float] = ()
    escalate: Sequence[tuple[float, Sequence[str]]] = ()
    exclude: Sequence[str] = ()
    allow_requester: bool = False
    shown: Sequence[Shown] = ()


def completed(blank: Inquiry, asked: Asked, directory: Directory) -> Inquiry:
    """Return ``blank``, which knows its session and its time, with all that is ``asked``.

    Raises Invalid (``prompt_missing``, ``stages_invalid``, ``stage_impossible``, ``group_unknown``, ``name_invalid``,
    ``schema_invalid``, ``value_invalid``, ``times_invalid``, ``on_timeout_invalid``, ``on_timeout_approves``),
    TooLarge (``inquiry_too_large``).
    """
    schema = schema_of(asked.proposed) if asked.schema is None and asked.proposed is not None else asked.schema
    if schema is not None:
        check_schema(schema)
    if asked.proposed is not None:
        check_value(schema, asked.proposed, "What is proposed")
    now = blank.created_at
    inquiry = replace(
        blank,
        prompt=_prompt(asked.prompt),
        title=title_of(asked.prompt),
        response_schema=schema,
        proposed=asked.proposed,
        stages=tuple(_stages(asked, directory)),
        exclude=_names(asked.exclude, directory, "exclude"),
        allow_requester=asked.allow_requester,
        timeout_at=_at(now, asked.timeout, "timeout"),
        reminders=tuple(sorted({now + _seconds(one, "remind") for one in _some(asked.remind, "remind")})),
        escalations=tuple(sorted(_escalations(now, asked, directory), key=lambda one: one.at)),
        shown=tuple(asked.shown),
    )
    # Each may have its plain text.
    if sum(one.kind != ALTERNATIVE for one in inquiry.shown) > _MOST_SHOWN or len(inquiry.shown) > 2 * _MOST_SHOWN:
        raise TooLarge(f"An inquiry shows at most {_MOST_SHOWN} things.", code="inquiry_too_large")
    inquiry = replace(inquiry, on_timeout=_on_timeout(inquiry, asked.on_timeout, directory))
    _check_possible(inquiry, directory)
    return replace(inquiry, next_at=next_time(inquiry))


def digest_of(asked: Asked) -> str:
    """Return the hash of what may not differ when a cell asks again: not of times, nor of what is shown."""
    parts = [
        asked.prompt, asked.schema, asked.proposed, asked.assigned_to, asked.approvals,
        [[stage.of, stage.approvals, dict(sorted(stage.per_group.items()))] for stage in asked.stages],
        asked.exclude, asked.allow_requester,
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.Encoder(order="deterministic").encode(parts)).hexdigest()


def title_of(prompt: str) -> str:
    """Return the first line of a prompt (Markdown) as plain text, at most 120 characters."""
    lines = (_MARKS.sub("", line[:_LOOKED_AT]).strip() for line in prompt.splitlines())
    line = _EMPHASIS.sub(r"\2", _LINKS.sub(r"\1", next((line for line in lines if line), "Inquiry")))
    plain = "".join(one for one in line if one.isprintable())
    return plain if len(plain) <= _TITLE else plain[: _TITLE - 1].rstrip() + "…"


def added(stage: Stage, names: Sequence[str]) -> Stage:
    """Return ``stage`` asked of ``names`` as well; where anyone may answer, it stays so."""
    return stage if not stage.of else replace(stage, of=tuple(dict.fromkeys([*stage.of, *names])))


def _prompt(text: str) -> str:
    if not text.strip():
        raise Invalid("Say what you ask: the prompt is empty.", code="prompt_missing", field="prompt")
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_PROMPT:
        raise TooLarge(
            f"The prompt has {size // 1024 + 1} KiB: it may have {MAX_PROMPT // 1024}. Show more by show=.",
            code="inquiry_too_large",
        )
    return text


def _stages(asked: Asked, directory: Directory) -> Sequence[Stage]:
    if asked.stages and (asked.assigned_to or asked.approvals != 1):
        raise Invalid(
            "Say who is asked either by stages, or by assigned_to and approvals.", code="stages_invalid", field="stages"
        )
    given = asked.stages or [Stage(of=tuple(asked.assigned_to), approvals=asked.approvals)]
    if len(given) > _MOST_STAGES:
        raise Invalid(f"An inquiry has at most {_MOST_STAGES} stages.", code="stages_invalid", field="stages")
    return [_stage(one, directory) for one in given]


def _stage(given: Stage, directory: Directory) -> Stage:
    of = _names(given.of, directory, "assigned_to")
    for group, number in given.per_group.items():
        if f"{GROUP}{group}" not in of or number < 1:
            raise Invalid(
                f"per_group counts at least 1 approval of a group that is asked at this stage: {group!r} has {number}, "
                f"and {described(of)} is asked.",
                code="stages_invalid", field="stages",
            )  # fmt: skip
    approvals = max(given.approvals, sum(given.per_group.values()))
    if not 1 <= approvals <= _MOST_APPROVALS:
        raise Invalid(
            f"A stage needs 1 to {_MOST_APPROVALS} approvals, not {approvals}.",
            code="stages_invalid",
            field="approvals",
        )
    return Stage(of=of, approvals=approvals, per_group=dict(given.per_group))


def _names(given: Sequence[str], directory: Directory, where: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in _some(given, where, _MOST_NAMES)))
    for name in names:
        if not name.removeprefix(GROUP).strip() or len(name) > 200 or not name.isprintable():
            raise Invalid(
                f"{name[:60]!r} is no name of a person or a group: write ana, or group:ops.", code="name_invalid",
                field=where,
            )  # fmt: skip
        if name.startswith(GROUP) and name.removeprefix(GROUP) not in directory.groups:
            known = ", ".join(sorted(directory.groups)) or "none"
            raise Invalid(
                f"There is no group {name.removeprefix(GROUP)!r}: the setting groups of the server has {known}.",
                code="group_unknown", field=where,
            )  # fmt: skip
    return names


def _escalations(now: float, asked: Asked, directory: Directory) -> list[Escalation]:
    return [
        Escalation(at=now + _seconds(after, "escalate"), to=_someone(to, directory, "escalate"))
        for after, to in _some(asked.escalate, "escalate")
    ]


def _on_timeout(inquiry: Inquiry, given: Mapping[str, Any], directory: Directory) -> dict[str, Any]:
    do = given.get("do")
    wanted = _OUTCOMES.get(do) if isinstance(do, str) else None
    if wanted is None or set(given) - {"do"} != wanted:
        raise Invalid(
            'on_timeout is {"do": "reject"}, {"do": "raise"}, {"do": "value", "value": …} or {"do": "escalate", "to": '
            '["bea"], "more": 3600}.',
            code="on_timeout_invalid", field="on_timeout",
        )  # fmt: skip
    if do == "escalate":
        to, more = given["to"], given["more"]
        is_list = isinstance(to, list) and all(isinstance(name, str) for name in to)
        if not is_list or isinstance(more, bool) or not isinstance(more, (int, float)):
            raise Invalid(
                "to is a list of names, and more is seconds.", code="on_timeout_invalid", field="on_timeout"
            )  # fmt: skip
        return {
            "do": "escalate",
            "to": list(_someone(to, directory, "on_timeout")),
            "more": _seconds(more, "on_timeout"),
        }
    if do == "value":
        value = given["value"]
        if inquiry.form != "value" or (isinstance(value, str) and value.strip().casefold() in _CONSENT):
            raise Invalid(
                "A time-out never approves: let it reject, raise or escalate.", code="on_timeout_approves",
                field="on_timeout",
            )  # fmt: skip
        check_value(inquiry.response_schema, value, "The value of the time-out")
    return dict(given)


def _check_possible(inquiry: Inquiry, directory: Directory) -> None:
    for number, stage in enumerate(inquiry.stages):
        asked = directory.members(stage.of)
        can = [person for person in asked if Circle(inquiry=inquiry, directory=directory).bar(person) is None]
        if stage.of and len(can) < stage.approvals:
            which = f"Stage {number + 1}" if len(inquiry.stages) > 1 else "This inquiry"
            why = "who started the session does not answer unless allow_requester, and who is excluded never does"
            raise Invalid(
                f"{which} wants {stage.approvals} of {described(stage.of)}, and {len(can)} of them may answer ({why}): "
                "ask others as well.",
                code="stage_impossible", field="stages",
            )  # fmt: skip


def _someone(given: Sequence[str], directory: Directory, where: str) -> tuple[str, ...]:
    names = _names(given, directory, where)
    if not names:
        raise Invalid(f"Say whom {where} asks: to is empty.", code="name_invalid", field=where)
    return names


def _some(given: Sequence[Any], where: str, most: int = _MOST_TIMES) -> Sequence[Any]:
    if len(given) > most:
        raise Invalid(f"{where} has {len(given)} entries: it may have {most}.", code="inquiry_invalid", field=where)
    return given


def _at(now: float, seconds: float | None, where: str) -> float | None:
    return None if seconds is None else now + _seconds(seconds, where)


def _seconds(given: float, where: str) -> float:
    if not 0 < given <= LONGEST:
        raise Invalid(f"{where} is in seconds, above 0 and at most a century.", code="times_invalid", field=where)
    return float(given)
