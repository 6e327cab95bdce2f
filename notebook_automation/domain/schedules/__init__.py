"""When triggers fire: values and pure decisions; the clock is always an argument."""

from notebook_automation.domain.schedules.calendars import IfOff
from notebook_automation.domain.schedules.intervals import length_text
from notebook_automation.domain.schedules.missed_ticks import FIRE_LIMIT, MISSED_LIMIT, CatchUp, catch_up
from notebook_automation.domain.schedules.schedule import (
    CatchUpRule,
    Schedule,
    describe,
    from_dict,
    parse,
    to_dict,
    to_stored,
)
from notebook_automation.domain.schedules.ticks import (
    jittered,
    missed,
    next_fire,
    next_fires,
    tick_key,
    ticks,
)

__all__ = [
    "FIRE_LIMIT",
    "MISSED_LIMIT",
    "CatchUp",
    "CatchUpRule",
    "IfOff",
    "Schedule",
    "catch_up",
    "describe",
    "from_dict",
    "jittered",
    "length_text",
    "missed",
    "next_fire",
    "next_fires",
    "parse",
    "tick_key",
    "ticks",
    "to_dict",
    "to_stored",
]
