"""What a session trigger follows: which sessions, ended in which status, and for several of them within which time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .calls import split_call
from .errors import Invalid
from .schedules import length_text
from .sessions import Session
from .times import duration

EndStatus = Literal["completed", "failed", "cancelled", "timeout", "abandoned"]
INCOMPLETE = "incomplete"
"""Type of the event that records that not all of the sessions ended in time."""
LOOP = "loop"
"""Type of the event that records that too many sessions have followed each other."""
MOST_SOURCES = 50
LONGEST = 366 * 86400.0
"""Seconds: the longest time within which several sessions may be waited for."""
_STATUSES: tuple[EndStatus, ...] = get_args(EndStatus)
_FIELDS = ("of", "statuses", "within")


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """``of`` are triggers of the project by name, and its notebooks and programs by path (or by their whole call).

    With ``within`` (seconds) all of them have to end in one of ``statuses``, none later than that after another.
    Without it, it follows each session that does.
    """

    of: tuple[str, ...]
    statuses: tuple[EndStatus, ...] = ("completed",)
    within: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, as `parse_after` takes it."""
        return {"of": list(self.of), "statuses": list(self.statuses), "within": self.within}

    def in_manifest(self) -> Any:
        """Return it as a manifest writes it: a name alone, or a mapping of what differs from the defaults."""
        of: Any = self.of[0] if len(self.of) == 1 else list(self.of)
        fields: dict[str, Any] = {"of": of}
        if self.statuses != ("completed",):
            fields["statuses"] = list(self.statuses)
        if self.within is not None:
            fields["within"] = self.within
        return fields if len(fields) > 1 else of

    def describe(self) -> str:
        """Return in English what it follows: ``after all of emea, apac completed within 2 hours``."""
        statuses = " or ".join(self.statuses)
        if self.within is None:
            return f"after {' or '.join(self.of)} {statuses}"
        return f"after all of {', '.join(self.of)} {statuses} within {length_text(round(self.within))}"

    def source_of(self, session: Session) -> str | None:
        """Return which of ``of`` an ended session is one of; None where it is not to be followed."""
        if session.status not in self.statuses:
            return None
        path = split_call(session.call)[0]
        names = {session.call, path}
        if session.trigger_ref is not None:
            names.add(session.trigger_ref.rpartition("/")[2])
        return next((name for name in self.of if name in names), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """A session that has ended as a trigger wants it: as which of its sources, and when (epoch seconds)."""

    session_id: str
    source: str
    ended_at: float


@dataclass(frozen=True, slots=True)
class Joined:
    """What becomes of ends that are waited for together.

    ``complete`` are ends of all sources within the time, one of each; ``incomplete`` those that nothing can complete
    any more; ``open`` go on waiting; the others were followed by a newer end of the same source.
    """

    complete: tuple[tuple[SessionEnd, ...], ...]
    incomplete: tuple[SessionEnd, ...]
    open: tuple[SessionEnd, ...]


def joined(ends: Sequence[SessionEnd], of: Sequence[str], within: float, now: float) -> Joined:
    """Return what becomes of ``ends`` at ``now``: of each source the newest counts, and each end counts once."""
    latest: dict[str, SessionEnd] = {}
    complete: list[tuple[SessionEnd, ...]] = []
    late: list[SessionEnd] = []
    for end in sorted(ends, key=lambda one: (one.ended_at, one.session_id)):
        for source in [name for name, one in latest.items() if one.ended_at + within < end.ended_at]:
            late.append(latest.pop(source))
        latest[end.source] = end
        if len(latest) == len(of):
            complete.append(tuple(sorted(latest.values(), key=lambda one: (one.ended_at, one.session_id))))
            latest = {}
    over = [one for one in latest.values() if one.ended_at + within <= now]
    return Joined(tuple(complete), (*late, *over), tuple(one for one in latest.values() if one not in over))


def parse_after(given: Any) -> After:
    """Return what ``given`` says: a name, a list of them, or a mapping of of, statuses and within.

    ``within`` is seconds, or a text such as ``2 h``. Raises Invalid (``after_invalid``).
    """
    if not isinstance(given, Mapping):
        given = {"of": given}
    unknown = {str(name) for name in given} - {*_FIELDS, "status", "description"}
    if unknown:
        raise _wrong(f"after has no {', '.join(sorted(unknown))}: it has {', '.join(_FIELDS)}.", "")
    statuses = given.get("statuses", given.get("status"))
    after = After(
        of=_names(given.get("of")),
        statuses=("completed",) if statuses is None else _statuses(statuses),
        within=_within(given.get("within")),
    )
    if after.within is not None and len(after.of) < 2:
        raise _wrong("within is for several, all of which have to end: name more than one, or leave it out.", "within")
    return after


def _names(given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(one, str) and one for one in names):
        raise _wrong("after names the triggers or notebooks whose sessions it follows, such as nightly.", "of")
    names = tuple(dict.fromkeys(name.strip() for name in names))
    if len(names) > MOST_SOURCES or any(not name or len(name) > 1000 or not name.isprintable() for name in names):
        raise _wrong(f"after names at most {MOST_SOURCES} triggers or notebooks, each on one line.", "of")
    return names


def _statuses(given: Any) -> tuple[EndStatus, ...]:
    wanted = [given] if isinstance(given, str) else given
    if not isinstance(wanted, (list, tuple)) or not wanted or any(one not in _STATUSES for one in wanted):
        raise _wrong(f"statuses are ends of a session: {', '.join(_STATUSES)}.", "statuses")
    return tuple(status for status in _STATUSES if status in wanted)


def _within(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, str):
        try:
            given = duration(given)
        except Invalid as error:
            raise _wrong(error.message, "within") from None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1 <= given <= LONGEST:
        raise _wrong("within is a length of time from 1 second to a year, such as 2h.", "within")
    return float(given)


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="after_invalid", field=f"after.{field}" if field else "after")
