"""Policies: how many sessions may run at once, or begin in a time, and what happens to those beyond that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import msgspec

from .errors import Invalid
from .parameters import validate_parameter_name
from .times import duration

PolicyMethod = Literal["enqueue", "cancel"]
Cancelled = Literal["new", "running"]
PlaceStatus = Literal["ahead", "waiting", "taken", "left", "refused"]
"""Of a session under a policy: not in its queue yet (or any more, for a while), in it, counted, gone, not let in."""

MOST = 10_000
"""The largest threshold: what is counted for a decision is counted up to it."""
LONGEST_PERIOD = 31 * 86400.0
HIGHEST_PRIORITY = 100
PRIORITY_STEP = 60.0
"""Seconds: with each step of priority a session is treated as if it had come so much earlier. So one of a low priority
is overtaken only by what comes soon after it, and its turn always comes."""

_LENGTH = r"(?:\d+(?:\.\d+)?\s*)?[a-z]+(?:\s*\d+\s*[a-z]+)*"
_TEXT = re.compile(
    rf"\s*(?P<threshold>\d+)\s*(?:(?:/|\bper\b|\bin\b)\s*(?P<period>{_LENGTH}))?"
    r"\s*(?:\b(?:by|for each)\s+(?P<parameters>[^\W\d]\w*(?:\s*,\s*(?!else\b|enqueue\b|cancel\b)[^\W\d]\w*)*))?"
    r"\s*(?:,?\s*(?:else\s+)?(?P<method>enqueue|cancel)(?:\s+(?P<cancels>new|running))?)?\s*",
    re.IGNORECASE,
)
_WRITTEN = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0))
_HOW = "write it like 3, 100/hour, '1 by region', or '1 by region, else cancel running'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """At most ``threshold`` sessions at once, or, with ``period`` (seconds), that begin within such a time.

    With ``parameters`` as many for each combination of their values. What goes beyond waits (``enqueue``), or is
    cancelled: the ``new`` session, or, for its sake, the oldest that is ``running``.
    """

    threshold: int
    period: float | None = None
    parameters: tuple[str, ...] = ()
    method: PolicyMethod = "enqueue"
    cancels: Cancelled = "new"

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_policy` reads them."""
        return {**asdict(self), "parameters": list(self.parameters)}

    def changed_fields(self) -> dict[str, Any]:
        """Return ``threshold``, and of the other fields what `parse_policy` would not take by itself."""
        usual = Policy(threshold=self.threshold).to_dict()
        return {name: value for name, value in self.to_dict().items() if name == "threshold" or value != usual[name]}

    def group_of(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values by which a session with these ``parameters`` is counted; one that it has not is null."""
        return {name: parameters.get(name) for name in self.parameters}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A session under a policy, of the trigger ``policy_id``: its ``group``, and where in it the session is.

    Times are epoch seconds: ``queue_at`` is by what it is sorted, ``taken_at`` when its turn came, ``due_at`` when the
    first of the queue may go. ``position`` counts from 1; None where it is in no queue.
    """

    session_id: str
    policy_id: str
    policy_ref: str
    step: int
    group: dict[str, Any]
    status: PlaceStatus
    queue_at: float
    taken_at: float | None = None
    due_at: float | None = None
    position: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The queue that it belongs to: the policy and the group."""
        return self.policy_id, group_key(self.group)


def group_key(group: Mapping[str, Any]) -> str:
    """Return a short text that is the same for the same values."""
    if not group:
        return ""
    return hashlib.sha256(msgspec.json.encode(dict(group), order="sorted")).hexdigest()[:32]


def refusal_text(policy: Policy, ref: str, group: Mapping[str, Any]) -> str:
    """Return why a session was cancelled: there were as many as the policy of ``ref`` allows."""
    return f"Cancelled by the policy of {ref}: {policy_text(policy, group)}, and there were so many."


def outdated_text(policy: Policy, ref: str, group: Mapping[str, Any]) -> str:
    """Return why a session was cancelled for the sake of a newer one."""
    return f"Cancelled by the policy of {ref} because a newer one came: {policy_text(policy, group)}."


def waiting_text(policy: Policy, ref: str, group: Mapping[str, Any]) -> str:
    """Return why a session waits."""
    return f"Waits for its turn: the policy of {ref} lets {policy_text(policy, group)} run."


def policy_text(policy: Policy, group: Mapping[str, Any] | None = None) -> str:
    """Return the limit in words, with the values of a ``group`` or the names that it is counted by."""
    text = f"at most {policy.threshold} {_rate(policy.period)}"
    if not policy.parameters:
        return text
    if group is None:
        return f"{text} for each {' and '.join(policy.parameters)}"
    return f"{text} for " + ", ".join(f"{name}={_short(value)}" for name, value in group.items())


def written(policy: Policy) -> str:
    """Return ``policy`` as people write it; `parse_policy` reads it."""
    text = str(policy.threshold)
    if policy.period is not None:
        unit, seconds = next(one for one in _WRITTEN if policy.period % one[1] == 0 or one[0] == "s")
        text += f"/{policy.period / seconds:g}{unit}"
    if policy.parameters:
        text += f" by {', '.join(policy.parameters)}"
    if policy.method == "enqueue":
        return text
    return f"{text}, else cancel" + (" running" if policy.cancels == "running" else "")


def turn_text(place: Place) -> str:
    """Return where a session waits, as a sentence goes on after "waits for"."""
    by = ", ".join(f"{name}={_short(value)}" for name, value in place.group.items())
    return f"its turn, number {place.position} in the queue of {place.policy_ref}" + (f" ({by})" if by else "")


def _rate(period: float | None) -> str:
    if period is None:
        return "at once"
    for unit, seconds in (("day", 86400.0), ("hour", 3600.0), ("minute", 60.0)):
        if period >= seconds and period % seconds == 0:
            number = int(period // seconds)
            return f"in {number} {unit}{'s' if number > 1 else ''}"
    return f"in {period:g} s"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:59]}…"


def parse_policy(given: Mapping[str, Any] | str | int) -> Policy:
    """Return the policy that ``given`` describes: the fields of Policy, or a text such as ``3 by region, else cancel``.

    Raises Invalid (``policy_invalid``) with the field ``policy.<name>``.
    """
    if isinstance(given, int):
        given = {"threshold": given}
    if isinstance(given, str):
        given = _of_text(given)
    known = [one.name for one in fields(Policy)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise _wrong(f"A policy has no {', '.join(unknown)}: it has {', '.join(known)}.", "")
    values = {name: value for name, value in given.items() if value is not None}
    if "period" in values:
        values["period"] = _seconds(values["period"])
    names = values.get("parameters", ())
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, (list, tuple)) or not all(isinstance(one, str) for one in names):
        raise _wrong("parameters is a list of names of parameters.", "parameters")
    values["parameters"] = tuple(dict.fromkeys(validate_parameter_name(name) for name in names))
    if "threshold" not in values:
        raise _wrong("A policy needs threshold: how many at most.", "threshold")
    return _validated(Policy(**values))


def validated_priority(priority: Any) -> int:
    """Return ``priority`` if a session may have it. Raises Invalid (``priority_invalid``)."""
    if not isinstance(priority, int) or isinstance(priority, bool) or not 0 <= priority <= HIGHEST_PRIORITY:
        raise Invalid(
            f"A priority is a whole number from 0 (usual) to {HIGHEST_PRIORITY}: each step counts as a minute of "
            "waiting.",
            code="priority_invalid",
            field="priority",
        )
    return priority


def _of_text(text: str) -> dict[str, Any]:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise _wrong(f"{text!r:.80} is no policy: {_HOW}.", "")
    given: dict[str, Any] = {"threshold": int(found["threshold"])}
    if found["period"]:
        length = found["period"].strip()
        given["period"] = length if length[0].isdigit() else f"1 {length}"
    if found["parameters"]:
        given["parameters"] = [name.strip() for name in found["parameters"].split(",")]
    if found["method"]:
        given["method"] = found["method"].lower()
        if found["cancels"] and given["method"] == "enqueue":
            raise _wrong(f"What is enqueued cancels nothing: {_HOW}.", "")
        given["cancels"] = (found["cancels"] or "new").lower()
    return given


def _validated(policy: Policy) -> Policy:
    threshold = policy.threshold
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= MOST:
        raise _wrong(f"threshold is a whole number from 1 to {MOST}, not {threshold!r:.60}.", "threshold")
    if policy.period is not None and not 1 <= policy.period <= LONGEST_PERIOD:
        raise _wrong(f"period is from 1 second to {LONGEST_PERIOD / 86400:.0f} days.", "period")
    if len(policy.parameters) > 10:
        raise _wrong("A policy counts by at most 10 parameters.", "parameters")
    if policy.method not in get_args(PolicyMethod):
        raise _wrong(f"method is enqueue or cancel, not {policy.method!r:.60}.", "method")
    if policy.cancels not in get_args(Cancelled):
        raise _wrong(f"cancels is new or running, not {policy.cancels!r:.60}.", "cancels")
    if policy.cancels == "running" and policy.method != "cancel":
        raise _wrong("cancels: running belongs to method: cancel.", "cancels")
    if policy.cancels == "running" and policy.period is not None:
        raise _wrong(
            "A limit per period is of what begins: stopping one that runs makes no room. Leave period out, or cancel "
            "the new one.",
            "cancels",
        )
    return policy


def _seconds(value: Any) -> float:
    if isinstance(value, str):
        try:
            return duration(value)
        except Invalid as error:
            raise _wrong(error.message, "period") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(f"period is seconds, or a text such as 1h, not {value!r:.60}.", "period")
    try:
        return float(value)
    except OverflowError:
        raise _wrong("period is too long.", "period") from None


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="policy_invalid", field=f"policy.{field}" if field else "policy")
