"""Events that come close together are collected for one session: until it is quiet, or for a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .errors import Invalid
from .ids import IdPrefix
from .times import duration

BATCH_ID = IdPrefix("bat")
LONGEST = 7 * 86400.0
"""Seconds for which events are collected at most."""
MOST_EVENTS = 10_000
MOST_BYTES = 32 * 2**20
"""Of the data of a session's events: with more it starts at once, since a session gets all of them in one file."""
_USUAL_MOST = 1000
_USUAL_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """For how long events are collected before the session starts that gets them all; times are seconds.

    With ``debounce``: until none has come for so long, at the latest ``at_most`` after the first one. With ``batch``:
    for so long from the first one on. One of the two. Events for which ``key``, a CEL text, has different values are
    collected apart. When there are ``max_events`` of them the session starts at once.
    """

    debounce: float | None = None
    batch: float | None = None
    key: str | None = None
    at_most: float | None = None
    max_events: int = _USUAL_MOST

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_collecting` reads them."""
        return asdict(self)

    def changed_fields(self) -> dict[str, Any]:
        """Return those fields that `parse_collecting` would not take by itself."""
        usual = parse_collecting({"batch": self.batch} if self.debounce is None else {"debounce": self.debounce})
        return {
            name: value
            for name, value in self.to_dict().items()
            if (name in ("debounce", "batch") and value is not None) or value != getattr(usual, name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that is to wait for more events than its first one.

    ``rule_id`` and ``key``, a digest, say with which others its event is collected; ``size`` are the bytes of its data.
    """

    session_id: str
    rule_id: str
    key: str
    collecting: Collecting
    size: int


def starts_at(collecting: Collecting, *, first: float, last: float, events: int, size: int) -> float:
    """Return when the session starts that has collected so many ``events`` with data of ``size`` bytes by now.

    ``first`` and ``last`` are when the first and the last of them came, all in epoch seconds.
    """
    if is_full(collecting, events=events, size=size):
        return last
    if collecting.batch is not None:
        return first + collecting.batch
    quiet = collecting.debounce or 0.0
    return min(last + quiet, first + (collecting.at_most or quiet * _USUAL_TIMES))


def is_full(collecting: Collecting, *, events: int, size: int) -> bool:
    """Return whether no further event is to be added."""
    return events >= collecting.max_events or size >= MOST_BYTES


def key_of(value: Any) -> str:
    """Return the digest under which events with this value of their key are collected."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()


def parse_collecting(given: Mapping[str, Any]) -> Collecting:
    """Return what a mapping of the fields of Collecting says; times also as texts such as ``30s``.

    Raises Invalid: ``collect_invalid``, with the field ``collect.<name>``.
    """
    known = [one.name for one in fields(Collecting)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise _wrong(f"collect has no {', '.join(unknown)}: it has {', '.join(known)}.", "")
    values = {name: value for name, value in given.items() if value is not None}
    for name in ("debounce", "batch", "at_most"):
        if name in values:
            values[name] = _seconds(name, values[name])
    if ("debounce" in values) == ("batch" in values):
        raise _wrong("collect has either debounce, such as 10s, or batch, such as 30s.", "debounce")
    if "at_most" in values and "debounce" not in values:
        raise _wrong("at_most belongs to debounce: a batch starts after its own time.", "at_most")
    if values.get("at_most", LONGEST) < values.get("debounce", 0.0):
        raise _wrong("at_most is shorter than debounce: make it at least as long.", "at_most")
    most = values.get("max_events", _USUAL_MOST)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MOST_EVENTS:
        raise _wrong(f"max_events is a whole number from 1 to {MOST_EVENTS}, not {most!r:.60}.", "max_events")
    if not isinstance(values.get("key", ""), str):
        raise _wrong(f"key is a CEL text, not {values['key']!r:.60}.", "key")
    return Collecting(**{name: value for name, value in values.items() if value != ""})


def _seconds(name: str, value: Any) -> float:
    try:
        seconds = duration(value) if isinstance(value, str) else float(value)
    except Invalid as error:
        raise _wrong(error.message, name) from None
    except (TypeError, ValueError, OverflowError):
        raise _wrong(f"{name} is a number of seconds or a text such as 30s, not {value!r:.60}.", name) from None
    if isinstance(value, bool) or not 0.1 <= seconds <= LONGEST:
        raise _wrong(f"{name} is from 0.1 second to {LONGEST / 86400:.0f} days.", name)
    return seconds


def _wrong(message: str, name: str) -> Invalid:
    return Invalid(message, code="collect_invalid", field=f"collect.{name}" if name else "collect")
