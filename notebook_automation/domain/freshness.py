"""Freshness: how old the last success of a trigger may become, and how much slower than usual a session may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .errors import Invalid
from .schedules import length_text
from .times import duration, rfc3339

BreachKind = Literal["stale", "late"]
EVENT_TYPES: Mapping[BreachKind, str] = {"stale": "trigger_stale", "late": "trigger_late"}
"""By what names triggers listen to breaches."""
LAST = 20
"""Sessions of which the median is what is usual."""
LEAST = 5
"""With fewer than these nobody knows what is usual."""
LONGEST = 366 * 86400.0
_SHORTEST = 1.0
"""Seconds by which a session is later than usual at the least: what is over in no time is not late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """``within``: so many seconds after its last completed session a trigger is stale.

    ``slower_than``: a session is late that runs so many times as long as the median of the last ones. One or both.
    """

    within: float | None = None
    slower_than: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_freshness` reads them."""
        return asdict(self)

    def changed_fields(self) -> dict[str, Any]:
        """Return those fields that say something."""
        return {name: value for name, value in self.to_dict().items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A trigger that is stale (``key`` is empty), or a session that is late (its id), since a time (epoch seconds)."""

    trigger_id: str
    kind: BreachKind
    key: str
    since: float


def stale_at(freshness: Freshness, last_completed: float | None, changed_at: float) -> float | None:
    """Return when a trigger is stale: counted from its last success, or from its last change where that is later."""
    if freshness.within is None:
        return None
    return max(changed_at, last_completed or 0.0) + freshness.within


def late_at(freshness: Freshness, started_at: float, before: Sequence[float]) -> float | None:
    """Return when a session that runs is late, after how many seconds each of the last ones took ``before`` it."""
    if freshness.slower_than is None or len(before) < LEAST:
        return None
    usual = _median(before)
    return started_at + max(usual * freshness.slower_than, usual + _SHORTEST)


def why_stale(freshness: Freshness, last_completed: float | None) -> str:
    """Return the sentence that says why a trigger is stale."""
    limit = length_text(max(1, round(freshness.within or 0)))
    since = "it was defined" if last_completed is None else f"{rfc3339(last_completed)}"
    return f"No session has completed since {since}: one is expected within {limit}."


def why_late(freshness: Freshness, before: Sequence[float]) -> str:
    """Return the sentence that says why a session is late."""
    usual = _median(before) if before else 0.0
    return (
        f"It runs more than {freshness.slower_than:g} times as long as the median of the last {len(before)} sessions "
        f"({usual:.3g} s)."
    )


def parse_freshness(given: Mapping[str, Any]) -> Freshness:
    """Return what a mapping says: ``within`` as seconds or ``26h``, ``slower_than`` as a number or ``3x``.

    Raises Invalid (``freshness_invalid``), with the field ``freshness.<name>``.
    """
    unknown = sorted(str(name) for name in given if name not in ("within", "slower_than"))
    if unknown:
        raise _wrong(f"freshness has no {', '.join(unknown)}: it has within and slower_than.", "")
    within, slower_than = given.get("within"), given.get("slower_than")
    if within in (None, "") and slower_than in (None, ""):
        raise _wrong("freshness has within, such as 26h, or slower_than, such as 3x, or both.", "within")
    return Freshness(
        within=None if within in (None, "") else _within(within),
        slower_than=None if slower_than in (None, "") else _factor(slower_than),
    )


def _median(values: Sequence[float]) -> float:
    # Not of the module statistics, which takes a while to load.
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _within(value: Any) -> float:
    try:
        seconds = duration(value) if isinstance(value, str) else float(value)
    except Invalid as error:
        raise _wrong(error.message, "within") from None
    except (TypeError, ValueError, OverflowError):
        raise _wrong(f"within is a number of seconds or a text such as 26h, not {value!r:.60}.", "within") from None
    if isinstance(value, bool) or not 1.0 <= seconds <= LONGEST:
        raise _wrong("within is from one second to a year.", "within")
    return seconds


def _factor(value: Any) -> float:
    try:
        text = value.strip().lower().removesuffix("x").removesuffix("×") if isinstance(value, str) else value
        factor = 0.0 if isinstance(value, bool) else float(text)
    except (TypeError, ValueError, OverflowError):
        factor = 0.0
    if not 1.1 <= factor <= 1000.0:
        raise _wrong(f"slower_than is a number from 1.1 to 1000, such as 3x, not {value!r:.60}.", "slower_than")
    return factor


def _wrong(message: str, name: str) -> Invalid:
    return Invalid(message, code="freshness_invalid", field=f"freshness.{name}" if name else "freshness")
