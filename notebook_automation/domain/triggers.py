"""What can happen: a trigger, what it calls, and how it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from .calls import parse_call
from .errors import Invalid
from .parameters import checked_parameter_name
from .projects import checked_name
from .retention import parse_retention
from .schedules import Schedule

TriggerType = Literal["webhook", "schedule", "connection", "event", "file", "entity", "session", "manual"]
RUNNABLE_TYPES = ("webhook", "schedule", "event", "manual", "connection")
"""Types that this version can fire; the others are part of the model and refused with a clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger as it is stored.

    ``call`` may be None (it only records events). ``parameters`` are JSON values by name, ``mapping`` CEL texts by
    name. ``time_limit`` is seconds. ``slug`` is the unguessable part of a webhook's URL. ``last_tick`` is the epoch
    time up to which a schedule's ticks are accounted for, ``next_fire`` the epoch time of the next one.
    """

    id: str
    project_id: str
    project: str
    name: str
    type: TriggerType
    created_at: float
    updated_at: float
    enabled: bool = True
    call: str | None = None
    event_type: str | None = None
    filter: str | None = None
    schedule: Schedule | None = None
    connection: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    report: str | None = None
    keep: str | None = None
    is_sync: bool = False
    is_durable: bool = False
    time_limit: float | None = None
    slug: str | None = None
    last_tick: float | None = None
    next_fire: float | None = None
    success_count: int = 0
    failure_count: int = 0

    @property
    def ref(self) -> str:
        """``project/name``, by which people address it and history remembers it."""
        return f"{self.project}/{self.name}"


def checked(trigger: Trigger) -> Trigger:
    """Return ``trigger`` if its fields say something that can be done.

    The filter and mapping texts are checked by the filter adapter, the call against the files by the service.
    Raises Invalid (``trigger_invalid``, ``name_invalid``, ``call_invalid``, ``parameter_name_invalid``, …).
    """
    checked_name(trigger.name, "trigger's name")
    if trigger.type not in get_args(TriggerType):
        raise Invalid(
            f"There is no trigger type {trigger.type!r}: use one of {', '.join(RUNNABLE_TYPES)}.",
            code="trigger_invalid",
        )
    if trigger.type not in RUNNABLE_TYPES:
        raise Invalid(
            f"Triggers of type {trigger.type!r} cannot be registered in this version: use one of "
            f"{', '.join(RUNNABLE_TYPES)}.",
            code="trigger_invalid",
        )
    if (trigger.type == "schedule") != (trigger.schedule is not None):
        raise Invalid(
            "A schedule trigger needs cron, every or at, and no other type takes them.",
            code="trigger_invalid",
        )
    if trigger.type == "event" and not trigger.event_type:
        raise Invalid("An event trigger needs event_type: the name of the event to listen to.", code="trigger_invalid")
    if trigger.is_sync and trigger.type != "webhook":
        raise Invalid("Only a webhook can be answered: is_sync belongs to type webhook.", code="trigger_invalid")
    if trigger.report not in (None, "html"):
        raise Invalid(f"There is no report {trigger.report!r}: use html.", code="trigger_invalid")
    if trigger.time_limit is not None and not trigger.time_limit > 0:
        raise Invalid("time_limit is seconds, more than 0.", code="trigger_invalid")
    for name in (*trigger.parameters, *trigger.mapping):
        checked_parameter_name(name)
    if trigger.call is not None:
        parse_call(trigger.call)
    if trigger.keep is not None:
        parse_retention(trigger.keep)
    return trigger
