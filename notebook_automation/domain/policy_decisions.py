"""The one decision of a policy: whose turn it is, who is not let in, who is to stop.

It is applied in the transaction that stores a session or frees a place (`store/policy_queues.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .policies import Policy


@dataclass(frozen=True, slots=True)
class Waiter:
    """One in the queue: ``is_new`` where it has just come, ``has_begun`` where it ran before and is to go on."""

    session_id: str
    is_new: bool = False
    has_begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a decision is made from.

    ``taken`` is how many count now. ``waiting`` are in the order of their turns: as many as there is room for and one
    more, with all that are new where the policy cancels those. ``holders`` have a place and are not stopping: known
    where running ones are cancelled. ``times`` is when the last ones began within the period, newest first.
    """

    taken: int = 0
    waiting: Sequence[Waiter] = ()
    holders: Collection[str] = ()
    times: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whose turn it is, who is not let in, who is to stop; ``look_at`` (epoch seconds): decide again then."""

    admit: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    look_at: float | None = None


def decide(policy: Policy | None, standing: Standing, now: float) -> Decision:
    """Return what ``policy`` makes of ``standing`` at ``now`` (epoch seconds); None lets all in that wait."""
    waiting = list(standing.waiting)
    if policy is None:
        return Decision(admit=tuple(one.session_id for one in waiting))
    used = standing.taken if policy.period is None else len(standing.times)
    free = max(0, policy.threshold - used)
    stop: list[str] = []
    refuse: list[str] = []
    if policy.method == "cancel" and policy.cancels == "running":
        # Ids are in the order of creation: the newest are those that count.
        everybody = sorted({*standing.holders, *(one.session_id for one in waiting)}, reverse=True)
        outdated = set(everybody[policy.threshold :])
        stop = sorted(outdated.intersection(standing.holders))
        refuse = [one.session_id for one in waiting if one.session_id in outdated and not one.has_begun]
        waiting = [one for one in waiting if one.session_id not in refuse]
    admit, rest = waiting[:free], waiting[free:]
    if policy.method == "cancel" and policy.cancels == "new":
        refuse = [one.session_id for one in rest if one.is_new and not one.has_begun]
        rest = [one for one in rest if one.session_id not in refuse]
    return Decision(
        admit=tuple(one.session_id for one in admit), refuse=tuple(refuse), stop=tuple(stop),
        look_at=_next_free(policy, standing.times, len(admit), now) if rest else None,
    )  # fmt: skip


def _next_free(policy: Policy, times: Sequence[float], admitted: int, now: float) -> float | None:
    """Return when the next session may begin under a limit per period, after ``admitted`` have begun ``now``."""
    if policy.period is None:
        return None
    counted = sorted([*times, *[now] * admitted], reverse=True)[: policy.threshold]
    return now if len(counted) < policy.threshold else counted[-1] + policy.period
