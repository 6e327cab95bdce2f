"""Groups of sessions, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from notebook_automation.domain.session_groups import GroupKind, GroupState, MemberState, RunningOnCancel
from notebook_automation.domain.sessions import Status

from .paging import Page, Paging


class SessionGroup(Struct, kw_only=True):
    """Sessions that were asked for at once: `total` members, of which at most `at_once` are under way at a time.

    `asked` is what was asked for. Of `waiting` members the turn has not come, `over` are those of which nothing is to
    come any more; of these `skipped` had nothing to do when their turn came, and `cancelled` never had one. `sessions`
    counts their sessions by status: of one that was tried again the last try. The group is `failed` where something of
    it failed.
    """

    id: str
    kind: GroupKind
    state: GroupState
    reason: str | None
    project_id: str | None
    project: str
    trigger_id: str | None
    trigger: str | None
    call: str
    asked: dict[str, Any]
    total: int
    at_once: int
    waiting: int
    under_way: int
    over: int
    skipped: int
    cancelled: int
    sessions: dict[Status, int]
    started_by: str
    created_at: str
    finished_at: str | None


class SessionGroupPage(Page[SessionGroup]):
    """A page of groups."""


class SessionGroupQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which groups; `open` are those that are not over."""

    kind: GroupKind | None = None
    project: str | None = None
    trigger: str | None = None
    open: bool = False


class MemberQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Members after the position `after`, in order."""

    after: Annotated[int, Meta(ge=0, description="`next_cursor` of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class MemberSession(Struct, kw_only=True):
    """A session of a member."""

    id: str
    status: Status
    call: str


class SessionGroupMember(Struct, kw_only=True):
    """A member of a group at its place, counted from 0; `name` is what it is for: a time, or the parameters.

    `reason` says why it was left out. Of a session that was tried again, the last try is shown.
    """

    position: int
    name: str
    what: dict[str, Any]
    state: MemberState
    reason: str | None
    sessions: list[MemberSession]


class SessionGroupMemberPage(Page[SessionGroupMember]):
    """A part of a group; `next_cursor` is the `after` of the next part."""


class CancelGroupBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to become of sessions that run: they may `finish`, or are asked to `stop`."""

    running: RunningOnCancel = "finish"
