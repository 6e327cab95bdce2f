"""Sweeps, as the API takes them and shows their results."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from notebook_automation.domain.session_groups import MOST_AT_ONCE, MemberState
from notebook_automation.domain.sessions import Status

from .paging import Page
from .sessions import SessionBody


class SweepBody(SessionBody, kw_only=True, forbid_unknown_fields=True):
    """What to run, as for one session, once for each combination of the values of the parameters in `sweep`.

    With `zip` their first values go together, then their second ones, and so on. `at_once` run side by side.
    """

    sweep: dict[str, list[Any]]
    zip: bool = False
    at_once: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 2


class SweepResult(Struct, kw_only=True):
    """What came of one combination: `status` is its session's, null where it has none; `state` says why.

    Of a session that was tried again, the last try is shown.
    """

    position: int
    name: str
    parameters: dict[str, Any]
    state: MemberState
    status: Status | None
    result: Any
    session: str | None
    reason: str | None


class SweepResultPage(Page[SweepResult]):
    """A part of the results; `next_cursor` is the `after` of the next part."""
