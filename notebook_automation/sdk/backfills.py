"""Backfills in words: what one would run, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .times import in_zone

_SHOWN = 10


def plan_text(plan: Mapping[str, Any]) -> str:
    """Return what a backfill would do, in a sentence."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(plan["states"].items()))
    among = f"of {sum(plan['states'].values())} in this range ({states})" if states else "there are none in this range"
    return f"{plan['total']} time{'' if plan['total'] == 1 else 's'} of {plan['trigger']} would run, {among}."


def first_ticks(plan: Mapping[str, Any]) -> Sequence[str]:
    """Return the first of the times that would run, each with what became of it, and how many follow."""
    ticks = plan["ticks"]
    lines = [f"{in_zone(one['at'])}: {one['state']}" for one in ticks[:_SHOWN]]
    return [*lines, f"and {len(ticks) - _SHOWN} more"] if len(ticks) > _SHOWN else lines


def progress_text(group: Mapping[str, Any]) -> str:
    """Return how far a group of sessions is: `4 of 9 done (3 completed, 1 failed), 2 under way, 3 to come`."""
    ends = ", ".join(f"{count} {status}" for status, count in sorted(_ends(group).items()))
    left = [f"{group[name]} {name}" for name in ("skipped",) if group[name]]
    never = [f"{group['cancelled']} never begun"] if group["cancelled"] else []
    what = ", ".join([ends, *left, *never] if ends else [*left, *never])
    parts = [f"{group['over']} of {group['total']} done{f' ({what})' if what else ''}"]
    if group["under_way"]:
        parts.append(f"{group['under_way']} under way")
    if group["waiting"]:
        parts.append(f"{group['waiting']} to come")
    return ", ".join(parts)


def _ends(group: Mapping[str, Any]) -> dict[str, int]:
    ended = ("completed", "failed", "cancelled", "timeout", "abandoned")
    return {status: count for status, count in group["sessions"].items() if status in ended}


def range_text(group: Mapping[str, Any]) -> str:
    """Return the range of a backfill."""
    asked = group["asked"]
    return f"{in_zone(asked['since'])} – {in_zone(asked['until'])}" if "since" in asked else ""
