"""What can happen: a trigger, what it calls, and which definitions are valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, get_args

from . import schedules
from .access import Resource
from .after import After
from .calls import parse_call
from .changes import change_content
from .collecting import Collecting, parse_collecting
from .errors import Invalid
from .ids import IdPrefix
from .notifications import NotifyRule, parse_notify
from .parameters import validate_parameter_name
from .policies import Policy, parse_policy
from .projects import Project, validate_name
from .responses import LONGEST_WAIT
from .retries import RetryPolicy, parse_retry
from .schedules import Schedule
from .session_options import SessionOptions
from .signature_presets import NO_SIGNATURE, parse_signature
from .signatures import Signature
from .sizes import parse_size
from .tags import validated_skip_tags, validated_tags
from .trigger_fields import check_types
from .trigger_rules import TriggerRule, parse_rules
from .trigger_sources import SOURCES, Source, parsed_sources, validate_sources
from .watched_artifact import WatchedArtifact
from .watched_files import WatchedFiles

TRIGGER_ID = IdPrefix("trg")
TriggerType = Literal["webhook", "schedule", "connection", "event", "file", "entity", "session", "artifact", "manual"]
LARGEST_BODY = 100 * 1024 * 1024
"""Bytes: a delivery is held in memory while it is read, so that there is an end to what a trigger may allow."""
RUNNABLE_TYPES = ("webhook", "schedule", "event", "session", "file", "artifact", "manual", "connection")
"""Types that this version can fire; the others are part of the model and refused with a clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger as it is stored.

    ``skip_tags``: its cells with one of these tags are not run.
    ``call`` may be None (it only records events). ``parameters`` are JSON values by name, ``mapping`` CEL texts by
    name. ``time_limit`` is seconds, ``max_body`` bytes: the largest delivery that a webhook takes (None: as set).
    ``sync_time`` are the seconds that the caller of a sync webhook waits for its answer (None: as set).
    ``signature`` is what its deliveries have to carry (None: anybody who knows the URL may send).
    ``policy`` limits how many of its sessions run; ``priority`` is from 0, and lets them overtake others.
    ``warm`` keeps a handler's set-up run and ready. ``slug`` is the unguessable part of a webhook's URL. ``last_tick``
    is the epoch time up to which a schedule's ticks are accounted for, ``next_fire`` the epoch time of the next one.
    ``changed_by`` is the person who last said what it is. ``rules`` are those beside its own call,
    ``collect`` says for how long the events of that are collected for one session. ``notify`` is who hears of what;
    None: as its project says.
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
    after: After | None = None
    artifact: WatchedArtifact | None = None
    files: WatchedFiles | None = None
    connection: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    report: str | None = None
    keep: str | None = None
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    is_sync: bool = False
    is_durable: bool = False
    retry: RetryPolicy | None = None
    policy: Policy | None = None
    priority: int = 0
    warm: bool = False
    time_limit: float | None = None
    max_body: int | None = None
    sync_time: float | None = None
    signature: Signature | None = None
    rules: tuple[TriggerRule, ...] = ()
    collect: Collecting | None = None
    notify: tuple[NotifyRule, ...] | None = None
    slug: str | None = None
    last_tick: float | None = None
    next_fire: float | None = None
    success_count: int = 0
    failure_count: int = 0
    changed_by: str | None = None

    @property
    def ref(self) -> str:
        """``project/name``, by which people address it and history remembers it."""
        return f"{self.project}/{self.name}"

    @property
    def calls(self) -> tuple[str, ...]:
        """All that it may run: its own call first, then those of its rules."""
        own = () if self.call is None else (self.call,)
        return (*own, *(rule.call for rule in self.rules))

    @property
    def sources(self) -> dict[str, Source | None]:
        """What it waits for where its type has such a thing, by field."""
        return {name: getattr(self, name) for name in SOURCES}

    @property
    def session_options(self) -> SessionOptions:
        """What it asks of each run."""
        return SessionOptions(
            report=self.report, keep=self.keep, time_limit=self.time_limit, tags=self.tags, is_durable=self.is_durable,
            priority=self.priority, skip_tags=self.skip_tags,
        )  # fmt: skip

    @property
    def resource(self) -> TriggerResource:
        """What somebody who does something to it needs to be allowed."""
        return TriggerResource(id=self.id, project_id=self.project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResource(Resource):
    """A trigger with its rules."""

    kind: ClassVar[str] = "trigger"


@change_content("triggers", "created", "updated", "deleted")
class TriggerChange:
    """What changes of triggers carry; ``ref`` is ``project/name``."""

    ref: str
    type: TriggerType
    enabled: bool

    @classmethod
    def of(cls, trigger: Trigger) -> TriggerChange:
        """Return what a change of ``trigger`` carries."""
        return cls(ref=trigger.ref, type=trigger.type, enabled=trigger.enabled)


def runs_other_file(old: Trigger, new: Trigger) -> bool:
    """Return whether ``new``, put over ``old``, would take its name from another notebook or program."""
    if old.call is None or new.call is None:
        return False
    return parse_call(old.call).path != parse_call(new.call).path


SETTABLE = frozenset(
    {
        "name", "type", "enabled", "call", "event_type", "filter", "schedule", "connection", "parameters", "mapping",
        "report", "keep", "tags", "skip_tags", "is_sync", "is_durable", "time_limit",
        "retry", "policy", "priority", "warm", "max_body", "sync_time", "signature", "rules", "collect", "notify",
        *SOURCES,
    }
)  # fmt: skip
"""The fields that a person sets; the rest is the server's."""


def defined(project: Project, fields: Mapping[str, Any], now: float, *, old: Trigger | None = None) -> Trigger:
    """Return the trigger that ``fields`` define in ``project`` at ``now`` (epoch seconds), checked.

    What is not named gets its default. ``old`` is the trigger of that name: the new definition keeps its id, its URL
    and its history, and goes on with its schedule where that stays the same. A webhook that takes only what is signed
    goes on so until that is taken off in words: None, or the preset ``none``; rules stay until others, or none, are
    named. Raises Invalid.
    """
    name = str(fields.get("name", ""))
    blank = Trigger(
        id=old.id if old else TRIGGER_ID.new(),
        project_id=project.id,
        project=project.name,
        # A name that is missing or wrong is refused with the other fields.
        name=name or "x",
        type="manual",
        created_at=old.created_at if old else now,
        updated_at=now,
        slug=old.slug if old else None,
        signature=old.signature if old and fields.get("type") == "webhook" else None,
        rules=old.rules if old else (),
    )
    trigger = with_fields(blank, fields, now)
    if old is not None and trigger.schedule == old.schedule and trigger.enabled and old.enabled:
        return replace(trigger, last_tick=old.last_tick, next_fire=old.next_fire)
    return trigger


def with_fields(trigger: Trigger, fields: Mapping[str, Any], now: float) -> Trigger:
    """Return ``trigger`` with the settable ``fields`` changed at ``now`` (epoch seconds), checked.

    ``fields["schedule"]`` is None, a text like ``0 6 * * *`` or ``@every 1w``, or a mapping of cron, every, at,
    timezone, jitter, catch_up; ``fields["retry"]`` None, or a mapping as `parse_retry` takes it; ``fields["policy"]``
    None, or what `parse_policy` takes. A trigger whose schedule changes, or that is enabled again, starts from ``now``:
    what it missed before is nobody's wish.
    Raises Invalid.
    """
    unknown = set(fields) - SETTABLE
    if unknown:
        raise Invalid(
            f"A trigger has no {', '.join(sorted(unknown))}: its fields are {', '.join(sorted(SETTABLE))}.",
            code="trigger_invalid",
        )
    values = dict(fields)
    if "schedule" in values:
        values["schedule"] = _schedule(values["schedule"], trigger)
    check_types(values)
    if "rules" in values:
        values["rules"] = parse_rules(values["rules"])
    if "tags" in values:
        values["tags"] = validated_tags(values["tags"])
    if "skip_tags" in values:
        values["skip_tags"] = validated_skip_tags(values["skip_tags"])
    if values.get("max_body") is not None:
        values["max_body"] = parse_size(values["max_body"], "max_body")
    if isinstance(values.get("retry"), Mapping):
        values["retry"] = parse_retry(values["retry"])
    if isinstance(values.get("policy"), (Mapping, str, int)):
        values["policy"] = parse_policy(values["policy"])
    if isinstance(values.get("collect"), Mapping):
        values["collect"] = parse_collecting(values["collect"])
    if values.get("notify") is not None:
        values["notify"] = parse_notify(values["notify"])
    values.update(parsed_sources(values))
    if isinstance(values.get("signature"), Mapping):
        given = values["signature"]
        values["signature"] = None if given.get("preset") == NO_SIGNATURE else parse_signature(given)
    changed = validate_trigger(replace(trigger, **values, updated_at=now))
    if changed.schedule is None or not changed.enabled:
        return replace(changed, last_tick=None, next_fire=None)
    if changed.schedule != trigger.schedule or not trigger.enabled or trigger.last_tick is None:
        return replace(changed, last_tick=now, next_fire=_next_fire(changed, now))
    return changed


_SCHEDULE_FIELDS = ("cron", "every", "at", "timezone", "jitter", "catch_up", "calendar")


def _schedule(given: Any, trigger: Trigger) -> Schedule | None:
    # The grid of an interval stays where it was as long as the trigger lives.
    anchor = trigger.created_at
    if given is None:
        return None
    if isinstance(given, Schedule):
        return given if given.anchor is not None else replace(given, anchor=anchor)
    if not isinstance(given, (str, Mapping)):
        raise Invalid(
            f"schedule has to be a text such as 0 6 * * *, or a mapping, not {given!r:.60}.", code="schedule_invalid"
        )
    if isinstance(given, str):
        return Schedule.from_text(given, anchor=anchor)
    options = {key: value for key, value in given.items() if value is not None and key not in ("description", "anchor")}
    unknown = set(options) - set(_SCHEDULE_FIELDS)
    if unknown:
        raise Invalid(
            f"A schedule has no {', '.join(sorted(unknown))}: it has {', '.join(_SCHEDULE_FIELDS)}.",
            code="schedule_invalid",
        )
    return schedules.parse(**options, anchor=anchor)


def _next_fire(trigger: Trigger, after: float) -> float | None:
    if trigger.schedule is None:
        return None
    tick = schedules.next_fire(trigger.schedule, datetime.fromtimestamp(after, UTC))
    return None if tick is None else tick.timestamp()


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
