"""Backfills: the ticks of a schedule in a range of time, what became of each, and those that are to run after all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain import schedules
from notebook_automation.domain.access import Caller
from notebook_automation.domain.backfills import (
    Order,
    Plan,
    Range,
    RangeTick,
    chosen,
    range_ticks,
    read_range,
    read_which,
)
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.session_groups import GROUP_ID, Member, SessionGroup, check_group
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import ticks
from notebook_automation.store.database import Database

from .event_history import ruled_trigger
from .session_groups import GroupView, SessionGroups


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for, as they wrote it; ``since`` and ``until`` as `domain.backfills.read_range` takes them."""

    since: str
    until: str | None = None
    which: Sequence[str] = ()
    order: Order = "oldest"
    at_once: int = 1


class Backfills:
    """The service of backfills; ``clock`` is the time of day, in epoch seconds."""

    def __init__(
        self, database: Database, groups: SessionGroups, *, clock: Callable[[], float] = time.time
    ) -> None:  # fmt: skip
        self._database = database
        self._groups = groups
        self._clock = clock

    async def ticks(self, caller: Caller, key: str, since: str, until: str | None) -> tuple[Trigger, list[RangeTick]]:
        """Return a schedule trigger with its ticks in a range, oldest first, and what became of each.

        Raises NotFound, Conflict (``not_scheduled``), Invalid (``backfill_invalid``, ``group_too_large``).
        """
        trigger = (await ruled_trigger(self._database, key)).trigger
        caller.require("read", trigger.resource)
        now = self._now()
        return trigger, await self._ticks(trigger, _range(trigger, since, until, now), now)

    async def plan(self, caller: Caller, key: str, wish: Wish) -> tuple[Trigger, Plan]:
        """Return what a backfill would do, and do nothing. Raises what `start` raises, but for too few and too many."""
        ready = await ruled_trigger(self._database, key)
        trigger = ready.trigger
        caller.require("run", trigger.resource)
        now = self._now()
        wanted = _range(trigger, wish.since, wish.until, now)
        if not ready.rules:
            raise Conflict(
                f"Trigger {trigger.ref!r} calls nothing: give it a call, the notebook or program to run.",
                code="trigger_calls_nothing",
            )
        if not trigger.enabled:
            raise Conflict(
                f"Trigger {trigger.ref!r} is switched off, and so are its rules: switch it on first.",
                code="trigger_disabled",
            )
        which = read_which(wish.which)
        found = await self._ticks(trigger, wanted, now)
        asked = {
            "since": schedules.tick_key(wanted.since), "until": schedules.tick_key(wanted.until),
            "which": list(which), "order": wish.order,
        }  # fmt: skip
        return trigger, Plan(ticks=tuple(found), chosen=chosen(found, which, wish.order), asked=asked)

    async def start(self, caller: Caller, key: str, wish: Wish) -> GroupView:
        """Let the ticks that somebody asks for have their turns, ``at_once`` at a time; return the group that they are.

        Raises NotFound, Forbidden, Conflict (``not_scheduled``, ``trigger_disabled``, ``trigger_calls_nothing``),
        Invalid (``backfill_invalid``, ``group_invalid``, ``group_empty``, ``group_too_large``).
        """
        trigger, plan = await self.plan(caller, key, wish)
        check_group(len(plan.chosen), wish.at_once, "ticks")
        behind = caller.behind
        group = SessionGroup(
            id=GROUP_ID.new(), kind="backfill", state="running", project_id=trigger.project_id, project=trigger.project,
            trigger_id=trigger.id, trigger_ref=trigger.ref, call=trigger.own_call or "", total=len(plan.chosen),
            at_once=wish.at_once, started_by=caller.login, created_at=time.time(), asked=plan.asked,
            requester=behind.person, came_by=behind.came_by,
        )  # fmt: skip
        members = [
            Member(group_id=group.id, position=number, name=schedules.tick_key(tick.at), what={"was": tick.state})
            for number, tick in enumerate(plan.chosen)
        ]
        return await self._groups.add(group, members)

    async def _ticks(self, trigger: Trigger, wanted: Range, now: datetime) -> list[RangeTick]:
        schedule = trigger.schedule

        def work(tx: Connection) -> list[RangeTick]:
            # In this thread too: a long range takes a while.
            moments: Any = [] if schedule is None else range_ticks(schedule, wanted, trigger.id, now)
            keys = {schedules.tick_key(moment): moment for moment in moments}
            known, before_it = ticks.records(tx, trigger.id, keys), ticks.asked_for(tx, trigger.id)
            return [
                RangeTick(at=moment, record=known.get(key), is_asked_for=key in before_it)
                for key, moment in keys.items()
            ]

        return await self._database.read(work)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _range(trigger: Trigger, since: str, until: str | None, now: datetime) -> Range:
    if trigger.schedule is None:
        raise Conflict(
            f"Trigger {trigger.ref!r} has no schedule: only a schedule has times that can be run after all.",
            code="not_scheduled",
        )
    return read_range(trigger.schedule, since, until, now)
