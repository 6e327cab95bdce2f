"""Fires schedules: APScheduler wakes it, the schedule's own arithmetic says what is due."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from notebook_automation.domain import schedules
from notebook_automation.domain.changes import Change
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.triggers import Trigger
from notebook_automation.services.events import Events, Tick
from notebook_automation.store import triggers
from notebook_automation.store.database import Database

from .clock_watch import ClockWatch

_log = logging.getLogger(__name__)
_RETRY = 1.0
"""Seconds until a tick that could not be stored is tried again."""
_RETRY_BROKEN = 60.0
"""Seconds until a trigger whose schedule cannot be followed is tried again."""


class Scheduler:
    """Ticks for all enabled schedule triggers. ``grace`` is seconds: a tick that late still counts as on time."""

    def __init__(self, database: Database, events: Events, *, grace: float) -> None:
        self._database = database
        self._events = events
        self._grace = grace
        self._scheduler: AsyncIOScheduler | None = None
        self._due: set[str] = set()
        self._recording: asyncio.Task[None] | None = None
        self._clock = ClockWatch(self.check)

    async def start(self) -> None:
        """Take up every schedule where its last accounted tick left it: what was missed is decided now."""
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})
        self._scheduler.start()
        self._clock.start()
        await self.check()

    async def stop(self) -> None:
        """Tick no more; what is being recorded is finished."""
        await self._clock.stop()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        if self._recording is not None:
            await asyncio.gather(self._recording, return_exceptions=True)

    async def check(self) -> None:
        """Take up every schedule where its last accounted tick left it: the clock may have been set. Raises
        Unavailable."""
        for trigger in await self._database.read(triggers.scheduled):
            self._take_up(trigger)

    async def changed(self, change: Change) -> None:
        """Take up a trigger that was made, changed or deleted."""
        if self._scheduler is None or change.channel != "triggers":
            return
        try:
            trigger = await self._database.read(lambda tx: triggers.get(tx, change.entity))
        except Unavailable:
            self._wake_again({change.entity}, _RETRY)
            return
        if trigger is not None and trigger.enabled and trigger.schedule is not None:
            self._take_up(trigger)
        elif self._scheduler.get_job(change.entity) is not None:
            self._scheduler.remove_job(change.entity)

    def _take_up(self, trigger: Trigger) -> None:
        """Schedule a trigger's next tick; one whose schedule cannot be followed must not stop the others."""
        try:
            self._schedule_next(trigger)
        except Exception:  # noqa: BLE001 - see above
            _log.exception("Trigger %s cannot be fired by its schedule; tried again later.", trigger.id)
            self._wake_again({trigger.id}, _RETRY_BROKEN)

    def _schedule_next(self, trigger: Trigger) -> None:
        if self._scheduler is None or trigger.schedule is None:
            return
        last = datetime.fromtimestamp(trigger.last_tick or trigger.updated_at, UTC)
        now = datetime.fromtimestamp(time.time(), UTC)
        if last > now:
            # The clock was set back: its next tick is not that after a time which it has yet to reach.
            self._wake(trigger.id, now)
            return
        tick = schedules.next_fire(trigger.schedule, last)
        if tick is None:
            return
        at = schedules.jittered(trigger.schedule, trigger.id, tick)
        self._wake(trigger.id, at)

    def _wake(self, trigger_id: str, at: datetime) -> None:
        if self._scheduler is not None:
            self._scheduler.add_job(
                self._is_due, "date", run_date=at, args=[trigger_id], id=trigger_id, replace_existing=True
            )

    async def _is_due(self, trigger_id: str) -> None:
        # A thousand schedules may be due in the same second: they are recorded together.
        self._due.add(trigger_id)
        if self._recording is None or self._recording.done():
            self._recording = asyncio.create_task(self._record(), name="na-ticks")

    def _wake_again(self, trigger_ids: set[str], seconds: float) -> None:
        again = datetime.fromtimestamp(time.time() + seconds, UTC)
        for trigger_id in trigger_ids:
            self._wake(trigger_id, again)

    async def _record(self) -> None:
        while self._due:
            due, self._due = self._due, set()
            if not await self._recorded(due):
                # One of them has no next time that can be found: the others must not suffer for it.
                for trigger_id in due:
                    await self._recorded({trigger_id})

    async def _recorded(self, due: set[str]) -> bool:
        """Record what is due and schedule what follows; return False if it is to be tried one by one."""
        try:
            await self._record_all(due)
        except Unavailable as error:
            _log.warning("Ticks could not be stored and are tried again: %s", error)
            self._wake_again(due, _RETRY)
        except Exception:  # noqa: BLE001 - one broken trigger must not stop the clocks of the others
            if len(due) > 1:
                return False
            _log.exception("Trigger %s cannot be fired by its schedule; tried again later.", *due)
            self._wake_again(due, _RETRY_BROKEN)
        return True

    async def _record_all(self, due: set[str]) -> None:
        now = datetime.fromtimestamp(time.time(), UTC)
        decided = [self._decided(trigger, now) for trigger in await self._read(due)]
        ticks = [tick for tick in decided if tick is not None]
        if ticks:
            await self._events.tick(ticks)
        for trigger in await self._read({tick.trigger_id for tick in ticks}):
            self._take_up(trigger)

    async def _read(self, trigger_ids: set[str]) -> list[Trigger]:
        return await self._database.read(lambda tx: triggers.many(tx, trigger_ids))

    def _decided(self, trigger: Trigger, now: datetime) -> Tick | None:
        if trigger.schedule is None or not trigger.enabled:
            return None
        last = datetime.fromtimestamp(trigger.last_tick or trigger.updated_at, UTC)
        decision = schedules.catch_up(trigger.schedule, last, now, self._grace, trigger.id)
        if decision.missed:
            _log.warning("Trigger %s missed %d ticks.", trigger.ref, len(decision.missed))
        following = schedules.next_fire(trigger.schedule, decision.cursor)
        on_time_since = now - timedelta(seconds=self._grace + trigger.schedule.jitter)
        return Tick(
            trigger_id=trigger.id,
            fire=decision.fire,
            missed=decision.missed,
            cursor=decision.cursor.timestamp(),
            next_fire=None if following is None else following.timestamp(),
            late=tuple(one for one in decision.fire if one < on_time_since),
        )
