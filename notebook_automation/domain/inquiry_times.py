"""What time does to an inquiry: it reminds, asks others as well, and ends it; never with consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import Conflict
from .inquiries import Inquiry, how_it_ended
from .inquiry_questions import added


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What has come by a time: its end, or ``changes`` of the inquiry, people ``escalated`` to, a reminder."""

    ends: bool = False
    changes: Mapping[str, Any] | None = None
    escalated: Sequence[str] = ()
    reminds: bool = False


def passed(inquiry: Inquiry, now: float) -> Passed:
    """Return what has come of a pending inquiry at ``now`` (epoch seconds); a time-out goes before all else."""
    changes: dict[str, Any] = {}
    names: list[str] = []
    if _is_over(inquiry, now):
        if inquiry.on_timeout["do"] != "escalate":
            return Passed(ends=True)
        names += inquiry.on_timeout["to"]
        # From now: where nobody looked at the clock for a while, people have their time all the same.
        changes.update(timeout_at=now + inquiry.on_timeout["more"], on_timeout={"do": "reject"})
    names += [name for one in inquiry.escalations if one.at <= now for name in one.to]
    if names:
        stages = list(inquiry.stages)
        stages[inquiry.stage] = added(inquiry.present, names)
        changes.update(stages=tuple(stages), escalations=tuple(one for one in inquiry.escalations if one.at > now))
    left = tuple(at for at in inquiry.reminders if at > now)
    reminds = left != inquiry.reminders
    if reminds:
        changes["reminders"] = left
    return Passed(changes=changes, escalated=list(dict.fromkeys(names)), reminds=reminds)


def check_in_time(inquiry: Inquiry, now: float) -> None:
    """Raise Conflict (``inquiry_ended``) where the time is up, though nobody has written so yet."""
    if _is_over(inquiry, now) and inquiry.on_timeout["do"] != "escalate":
        ended = replace(inquiry, status="timeout", responded_at=inquiry.timeout_at)
        raise Conflict(f"This inquiry {how_it_ended(ended)}.", code="inquiry_ended", status="timeout")


def _is_over(inquiry: Inquiry, now: float) -> bool:
    return inquiry.timeout_at is not None and inquiry.timeout_at <= now
