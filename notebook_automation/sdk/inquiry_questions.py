"""What `na.inquire` is given, as the server takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .blocking import Duration
from .durations import seconds_of
from .errors import Invalid
from .inquiry_schemas import Convert, schema_of, type_of

OPTIONS = (
    "prompt", "schema", "proposed", "assigned_to", "approvals", "stages", "timeout", "on_timeout", "show", "remind",
    "escalate", "exclude", "allow_requester",
)  # fmt: skip
"""What one inquiry may be given by name."""


@dataclass(frozen=True, slots=True)
class TimeoutValue:
    """``on_timeout=na.TimeoutValue("later")``: what counts as answered when nobody answers in time."""

    value: Any


@dataclass(frozen=True, slots=True)
class Escalate:
    """``on_timeout=na.Escalate(["lead"], "1 day")``: then these people are asked, for so much longer."""

    to: str | Iterable[str]
    more: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One inquiry: ``body`` for the server, ``show`` still to be sent, ``convert`` for the value that comes back."""

    body: dict[str, Any]
    show: Any
    convert: Convert


def question_of(given: Mapping[str, Any]) -> Question:
    """Return the inquiry that ``given`` asks for: the arguments of `na.inquire` by name. Raises Invalid."""
    unknown = sorted(set(given) - set(OPTIONS))
    if unknown:
        raise Invalid(f"An inquiry has no {unknown[0]!r}: it takes {', '.join(OPTIONS)}.", code="inquiry_invalid")
    prompt = given.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Invalid(
            f"An inquiry needs its prompt, a text (Markdown): na.inquire('Publish it?'), not {prompt!r}.",
            code="prompt_invalid",
        )
    proposed = given.get("proposed")
    schema, convert = schema_of(given.get("schema") if given.get("schema") is not None else type_of(proposed))
    timeout = given.get("timeout")
    on_timeout = given.get("on_timeout")
    if timeout is None and on_timeout not in (None, "reject"):
        raise Invalid("on_timeout= says what happens after timeout=: give that as well.", code="timeout_missing")
    if given.get("stages") is not None and (given.get("assigned_to") is not None or given.get("approvals", 1) != 1):
        raise Invalid("stages= says who and how many: leave assigned_to= and approvals= out.", code="stages_invalid")
    body = {
        "prompt": prompt,
        "schema": schema,
        "proposed": proposed,
        "assigned_to": _people(given.get("assigned_to"), "assigned_to"),
        "approvals": given.get("approvals", 1),
        "stages": _stages(given.get("stages")),
        "timeout": None if timeout is None else seconds_of(timeout, "A timeout"),
        "on_timeout": None if timeout is None else _on_timeout(on_timeout),
        "remind": [seconds_of(one, "A reminder") for one in _list(given.get("remind"))],
        "escalate": [_escalation(one) for one in _list(given.get("escalate"))],
        "exclude": _people(given.get("exclude"), "exclude") or [],
        "allow_requester": bool(given.get("allow_requester")),
    }
    return Question(
        body={name: value for name, value in body.items() if value is not None},
        show=given.get("show"),
        convert=convert,
    )


def _on_timeout(given: Any) -> dict[str, Any]:
    if given is None or given in ("reject", "raise"):
        return {"do": given or "reject"}
    if isinstance(given, TimeoutValue):
        return {"do": "value", "value": given.value}
    if isinstance(given, Escalate):
        return {
            "do": "escalate",
            "to": _people(given.to, "Escalate"),
            "more": seconds_of(given.more, "The time after an escalation"),
        }
    raise Invalid(
        f"on_timeout= is 'reject', 'raise', na.TimeoutValue(…) or na.Escalate(…), not {given!r}: silence is never "
        "approval.",
        code="on_timeout_invalid",
    )


def _stages(given: Any) -> list[dict[str, Any]] | None:
    if given is None:
        return None
    stages = []
    for one in _list(given):
        stage = dict(one) if isinstance(one, Mapping) else {"of": one}
        if "of" not in stage:
            raise Invalid(
                "A stage says of whom: stages=[{'of': 'group:ops', 'approvals': 2}, 'group:leads'].",
                code="stages_invalid",
            )
        stage["of"] = _people(stage["of"], "stages") or []
        stages.append(stage)
    return stages


def _escalation(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping) and set(given) == {"after", "to"}:
        after, to = given["after"], given["to"]
    elif isinstance(given, tuple) and len(given) == 2:
        after, to = given
    else:
        raise Invalid(
            f"escalate= says after how long who is asked as well: [('4 h', 'group:leads')], not {given!r}.",
            code="escalate_invalid",
        )
    return {"after": seconds_of(after, "An escalation"), "to": _people(to, "escalate")}


def _people(given: Any, what: str) -> list[str] | None:
    """Return names of people, and of groups as `group:ops`; one alone is written without a list."""
    if given is None:
        return None
    names = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(one, str) and one.strip() for one in names):
        raise Invalid(
            f"{what} names people ('ana') and groups ('group:ops'): one, or a list of them, not {given!r}.",
            code="people_invalid",
        )
    return [one.strip() for one in names]


def _list(given: Any) -> list[Any]:
    """Return several as they are given, and one alone as a list of it."""
    if given is None:
        return []
    return list(given) if isinstance(given, list) else [given]
