"""Groups of sessions that somebody has asked for at once: what is in one, how many run side by side, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .access import Resource
from .changes import change_content
from .errors import Invalid
from .ids import IdPrefix
from .requesters import CameBy, Requester
from .sessions import TERMINAL, Status

GROUP_ID = IdPrefix("grp")
GroupKind = Literal["backfill", "sweep"]
GroupState = Literal["running", "canceling", "completed", "failed", "cancelled"]
"""``failed``: all is over, and something of it was no success; ``canceling``: what had begun is still to end."""
MemberState = Literal["waiting", "started", "skipped", "cancelled"]
"""``waiting``: its sessions are not made yet; ``skipped``: there was nothing to do when its turn came."""
RunningOnCancel = Literal["finish", "stop"]
OPEN: tuple[GroupState, ...] = ("running", "canceling")
MOST_MEMBERS = 10_000
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGroup:
    """``total`` members, of which at most ``at_once`` are under way at a time.

    ``asked`` is what was asked for, as its kind reads it. ``running_on_cancel`` says what is to become of sessions that
    have begun when somebody cancels it. Times are epoch seconds.
    """

    id: str
    kind: GroupKind
    state: GroupState
    project_id: str | None
    project: str
    trigger_id: str | None
    trigger_ref: str | None
    call: str
    total: int
    at_once: int
    started_by: str
    created_at: float
    asked: dict[str, Any] = field(default_factory=dict)
    requester: str | None = None
    came_by: CameBy | None = None
    running_on_cancel: RunningOnCancel = "finish"
    reason: str | None = None
    finished_at: float | None = None

    @property
    def behind(self) -> Requester:
        """Who stands behind its sessions."""
        return Requester(person=self.requester, came_by=self.came_by or "unknown")

    @property
    def resource(self) -> SessionGroupResource:
        """What somebody who does something to it needs to be allowed."""
        return SessionGroupResource(id=self.id, project_id=self.project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of a group, at a place that counts from 0: ``name`` is what people call it, ``what`` its kind reads.

    Its sessions have the group's id and this position; ``session_id`` is the first of them. ``reason`` says why it was
    left out.
    """

    group_id: str
    position: int
    name: str
    what: dict[str, Any] = field(default_factory=dict)
    state: MemberState = "waiting"
    session_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """How many members are in each state, how many have sessions that have not ended, how their sessions ended.

    Of a session that was tried again only the last try counts.
    """

    members: Mapping[MemberState, int] = field(default_factory=dict)
    under_way: int = 0
    sessions: Mapping[Status, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Members whose turn has not come."""
        return self.members.get("waiting", 0)

    @property
    def over(self) -> int:
        """Members of which nothing is to come any more."""
        return sum(self.members.values()) - self.waiting - self.under_way

    @property
    def failures(self) -> int:
        """Sessions that ended neither with success nor by somebody's wish."""
        return sum(self.sessions.get(status, 0) for status in TERMINAL - {"completed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGroupResource(Resource):
    """Sessions that were asked for at once."""

    kind: ClassVar[str] = "session_group"


@change_content("session_groups", "created", "updated", "deleted")
class SessionGroupChange:
    """What changes of groups carry; ``trigger`` is ``project/name``."""

    kind: GroupKind
    state: GroupState
    project: str
    trigger: str | None

    @classmethod
    def of(cls, group: SessionGroup) -> SessionGroupChange:
        """Return what a change of ``group`` carries."""
        return cls(kind=group.kind, state=group.state, project=group.project, trigger=group.trigger_ref)


def check_group(total: int, at_once: int, what: str) -> None:
    """Raise Invalid (``group_invalid``) for a group of nothing or too much; ``what`` names its members, "ticks"."""
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise Invalid(
            f"So many run at once: at least 1, at most {MOST_AT_ONCE}.", code="group_invalid", field="at_once"
        )
    if total == 0:
        raise Invalid(f"There are no {what} to run: nothing was started.", code="group_empty")
    if total > MOST_MEMBERS:
        raise Invalid(
            f"These are more than {MOST_MEMBERS:,} {what}, the most that can be asked for at once: ask for fewer, one "
            "part after the other.",
            code="group_too_large",
        )


def state_at_end(state: GroupState, counts: GroupCounts) -> GroupState | None:
    """Return what a group in ``state`` becomes now that nothing of it is to come; None while something is."""
    if counts.waiting or counts.under_way:
        return None
    if state == "canceling":
        return "cancelled"
    return "failed" if counts.failures else "completed"
