"""What can happen: a trigger, and what it calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .access import Resource
from .after import After
from .api_calls import ApiCall
from .calls import parse_call
from .changes import change_content
from .collecting import Collecting
from .freshness import Freshness
from .ids import IdPrefix
from .notifications import NotifyRule
from .policies import Policy
from .retries import RetryPolicy
from .schedules import Schedule
from .session_options import SessionOptions
from .signatures import Signature
from .trigger_rules import TriggerRule
from .trigger_sources import SOURCES, Source
from .watched_artifact import WatchedArtifact
from .watched_files import WatchedFiles

TRIGGER_ID = IdPrefix("trg")
TriggerType = Literal["webhook", "schedule", "connection", "event", "file", "entity", "session", "artifact", "manual"]
RUNNABLE_TYPES = ("webhook", "schedule", "event", "session", "file", "artifact", "manual", "connection")
"""Types that this version can fire; the others are part of the model and refused with a clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger as it is stored.

    ``skip_tags``: its cells with one of these tags are not run. ``kernel_name`` is another kernelspec than the
    notebook's, ``env`` what is set for its kernels (see `parse_environment`), ``memory`` the bytes that they may hold.
    ``title`` is how people call it, where that is not its name.
    ``call`` may be None (it only records events); ``api_call`` is what it sends instead of running a file.
    ``parameters`` are JSON values by name, ``mapping`` CEL texts by
    name. ``time_limit`` is seconds, ``max_body`` bytes: the largest delivery that a webhook takes (None: as set).
    ``sync_time`` are the seconds that the caller of a sync webhook waits for its answer (None: as set).
    ``signature`` is what its deliveries have to carry (None: anybody who knows the URL may send).
    ``policy`` limits how many of its sessions run; ``priority`` is from 0, and lets them overtake others.
    ``warm`` keeps a handler's set-up run and ready. ``slug`` is the unguessable part of a webhook's URL. ``last_tick``
    is the epoch time up to which a schedule's ticks are accounted for, ``next_fire`` the epoch time of the next one.
    ``changed_by`` is the person who last said what it is. ``rules`` are those beside its own call,
    ``collect`` says for how long the events of that are collected for one session. ``freshness`` is how old
    its last success may become. ``notify`` is who hears of what; None: as its project says.
    """

    id: str
    project_id: str
    project: str
    name: str
    type: TriggerType
    created_at: float
    updated_at: float
    title: str | None = None
    enabled: bool = True
    call: str | None = None
    api_call: ApiCall | None = None
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
    kernel_name: str | None = None
    env: dict[str, Any] = field(default_factory=dict)
    memory: int | None = None
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
    freshness: Freshness | None = None
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
    def own_call(self) -> str | None:
        """What its own rule runs: a file of the project, or an API; see `domain.api_calls.is_api_call`."""
        return self.call if self.api_call is None else self.api_call.call

    @property
    def calls(self) -> tuple[str, ...]:
        """All files that it may run: its own call first, then those of its rules."""
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
            priority=self.priority, skip_tags=self.skip_tags, kernel_name=self.kernel_name, env=self.env,
            memory=self.memory,
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
