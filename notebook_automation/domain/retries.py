"""Retries by a trigger: how often what it started is tried again by itself, and when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from .errors import Invalid
from .sessions import Status
from .times import duration

RetriedStatus = Literal["failed", "timeout"]
MOST_ATTEMPTS = 100
LONGEST_DELAY = 30 * 86400.0
"""Seconds from one try to the next."""
_USUAL_LONGEST = 3600.0
_RETRIED: tuple[RetriedStatus, ...] = get_args(RetriedStatus)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a trigger's failed sessions are tried again.

    ``max_attempts`` counts the first one too. ``base_delay`` is the seconds before the second one; each later wait is
    ``factor`` times as long, at most ``max_delay`` seconds. ``jitter`` is the share by which a wait may be longer.
    ``on`` are the statuses that are tried again; with ``if_lost`` also a session that was lost while it ran.
    """

    max_attempts: int = 3
    base_delay: float = 60.0
    factor: float = 2.0
    max_delay: float = _USUAL_LONGEST
    jitter: float = 0.1
    on: tuple[RetriedStatus, ...] = _RETRIED
    if_lost: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_retry` reads them."""
        return {**asdict(self), "on": list(self.on)}

    def changed_fields(self) -> dict[str, Any]:
        """Return ``max_attempts``, and of the other fields what `parse_retry` would not take by itself."""
        usual = parse_retry({"base_delay": self.base_delay}).to_dict() | {"base_delay": RetryPolicy().base_delay}
        given = self.to_dict()
        return {name: value for name, value in given.items() if name == "max_attempts" or value != usual[name]}


def parse_retry(given: Mapping[str, Any]) -> RetryPolicy:
    """Return the policy that ``given`` describes: the fields of RetryPolicy, delays also as texts such as ``5 min``.

    Raises Invalid (``retry_invalid``) with the field ``retry.<name>``.
    """
    known = [one.name for one in fields(RetryPolicy)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise _wrong(f"A retry has no {', '.join(unknown)}: it has {', '.join(known)}.", "")
    values = {name: value for name, value in given.items() if value is not None}
    for name in ("base_delay", "max_delay"):
        if name in values:
            values[name] = _seconds(name, values[name])
    for name in ("factor", "jitter"):
        if name in values:
            values[name] = _number(name, values[name])
    if "on" in values:
        values["on"] = _statuses(values["on"])
    # Who asks for a longer first wait than the usual longest one does not mean to be refused.
    values.setdefault("max_delay", max(_USUAL_LONGEST, values.get("base_delay", 0.0)))
    return _validated(RetryPolicy(**values))


def next_delay(policy: RetryPolicy, status: Status, *, tries: int, seed: str) -> float | None:
    """Return how many seconds after a session ended as ``status`` the next try begins; None where there is none.

    ``tries`` is how many there were before that session. The same ``seed`` gives the same jitter.
    """
    if status not in policy.on and not (status == "abandoned" and policy.if_lost):
        return None
    if tries + 1 >= policy.max_attempts:
        return None
    return min(policy.max_delay, policy.base_delay * policy.factor**tries) * (1 + policy.jitter * _share(seed))


def _share(seed: str) -> float:
    """Return a number from 0 to 1 that is as good as random, and always the same for ``seed``."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") / float(1 << 48)


def _validated(policy: RetryPolicy) -> RetryPolicy:
    if not isinstance(policy.max_attempts, int) or isinstance(policy.max_attempts, bool):
        raise _wrong(f"max_attempts is a whole number, not {policy.max_attempts!r:.60}.", "max_attempts")
    if not 1 <= policy.max_attempts <= MOST_ATTEMPTS:
        raise _wrong(f"max_attempts is from 1 to {MOST_ATTEMPTS}, the first try included.", "max_attempts")
    for name in ("base_delay", "max_delay"):
        if not 1 <= getattr(policy, name) <= LONGEST_DELAY:
            raise _wrong(f"{name} is from 1 second to {LONGEST_DELAY / 86400:.0f} days.", name)
    if policy.max_delay < policy.base_delay:
        raise _wrong("max_delay is shorter than base_delay: make it at least as long.", "max_delay")
    if not 1 <= policy.factor <= 10:
        raise _wrong("factor is from 1 (always the same wait) to 10.", "factor")
    if not 0 <= policy.jitter <= 1:
        raise _wrong("jitter is from 0 to 1: the share of a wait by which it may be longer.", "jitter")
    if not isinstance(policy.if_lost, bool):
        raise _wrong(f"if_lost is true or false, not {policy.if_lost!r:.60}.", "if_lost")
    return policy


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, str):
        return _number(name, value)
    try:
        return duration(value)
    except Invalid as error:
        raise _wrong(error.message, name) from None


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    except OverflowError:
        pass
    raise _wrong(f"{name} is a number, not {str(value)[:60]!r}.", name)


def _statuses(value: Any) -> tuple[RetriedStatus, ...]:
    if not isinstance(value, (list, tuple)) or not value or any(one not in _RETRIED for one in value):
        raise _wrong(f"on is a list of {' and '.join(_RETRIED)}; what was lost belongs to if_lost.", "on")
    return tuple(status for status in _RETRIED if status in value)


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="retry_invalid", field=f"retry.{field}" if field else "retry")
