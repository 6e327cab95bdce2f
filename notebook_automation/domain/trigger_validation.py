"""Which triggers are valid: fields that contradict each other are refused with words."""

from __future__ import annotations

from typing import get_args

from .calls import parse_call
from .errors import Invalid
from .parameters import validate_parameter_name
from .projects import validate_name
from .responses import LONGEST_WAIT
from .trigger_sources import validate_sources
from .triggers import RUNNABLE_TYPES, Trigger, TriggerType

LARGEST_BODY = 100 * 1024 * 1024
"""Bytes: a delivery is held in memory while it is read, so that there is an end to what a trigger may allow."""


def validate_trigger(trigger: Trigger) -> Trigger:
    """Return ``trigger`` if its fields say something that can be done.

    The filter and mapping texts are checked by the filter adapter, the call against the files by the service.
    Raises Invalid (``trigger_invalid``, ``name_invalid``, ``call_invalid``, ``parameter_name_invalid``, …).
    """
    validate_name(trigger.name, "trigger's name")
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
        raise Invalid(
            "An event trigger needs event_type: the name of the event to listen to.",
            code="trigger_invalid",
            field="event_type",
        )
    if trigger.title is not None and not (0 < len(trigger.title.strip()) <= 200 and trigger.title.isprintable()):
        raise Invalid("A title is a text in one line, at most 200 characters.", code="trigger_invalid", field="title")
    if trigger.api_call is not None:
        _validate_api_call(trigger)
    validate_sources(trigger.type, trigger.sources)
    if trigger.is_sync and trigger.type != "webhook":
        raise Invalid("Only a webhook can be answered: is_sync belongs to type webhook.", code="trigger_invalid")
    if trigger.is_sync and (trigger.collect or any(rule.collect for rule in trigger.rules)):
        raise Invalid(
            "Who waits for an answer cannot wait until events are collected: is_sync and collect do not go together.",
            code="trigger_invalid",
            field="collect",
        )
    if trigger.signature is not None and trigger.type != "webhook":
        raise Invalid("Only a webhook is signed: signature belongs to type webhook.", code="trigger_invalid")
    if trigger.max_body is not None:
        _validate_max_body(trigger)
    if trigger.sync_time is not None:
        _validate_sync_time(trigger)
    if trigger.warm and (trigger.call is None or parse_call(trigger.call).name is None):
        raise Invalid(
            "Only a handler can be kept warm: warm belongs to a trigger that calls report.ipynb:handler.",
            code="trigger_invalid",
        )
    trigger.session_options.validate()
    for name in (*trigger.parameters, *trigger.mapping):
        validate_parameter_name(name)
    for call in trigger.calls:
        _validate_length(parse_call(call).path)
    return trigger


def _validate_api_call(trigger: Trigger) -> None:
    if trigger.call is not None:
        raise Invalid(
            "A trigger runs a file or calls an API: say call or api_call, or let a rule run the other one.",
            code="trigger_invalid",
            field="api_call",
        )
    for name in ("is_sync", "is_durable"):
        if getattr(trigger, name):
            raise Invalid(
                f"{name} belongs to a trigger that runs a notebook, not to one that calls an API.",
                code="trigger_invalid",
                field=name,
            )


def _validate_max_body(trigger: Trigger) -> None:
    if trigger.type != "webhook":
        raise Invalid("Only a webhook gets a body: max_body belongs to type webhook.", code="trigger_invalid")
    if not 1 <= (trigger.max_body or 0) <= LARGEST_BODY:
        largest = LARGEST_BODY // 2**20
        raise Invalid(
            f"max_body has to be from 1 byte to {largest} MiB, such as 25MB.", code="trigger_invalid", field="max_body"
        )


def _validate_sync_time(trigger: Trigger) -> None:
    if trigger.type != "webhook":
        raise Invalid(
            "Only the caller of a webhook waits: sync_time belongs to type webhook.",
            code="trigger_invalid",
            field="sync_time",
        )
    # Written so that NaN is refused, too.
    if not 0 < (trigger.sync_time or 0) <= LONGEST_WAIT:
        raise Invalid(
            f"sync_time has to be more than 0 and at most {LONGEST_WAIT:.0f} seconds.",
            code="trigger_invalid",
            field="sync_time",
        )


def _validate_length(path: str) -> None:
    if len(path.encode()) > 4000 or any(len(part.encode()) > 255 for part in path.split("/")):
        raise Invalid(f"{path!r:.60} is too long: no file can have this name.", code="call_invalid")
