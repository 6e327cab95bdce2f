"""A session (one run of an action): its statuses, and which may follow which."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, TypedDict

from .access import Resource
from .changes import change_content
from .correlation import served
from .errors import Conflict
from .ids import IdPrefix
from .policies import PRIORITY_STEP
from .requesters import CameBy, Requester
from .session_options import SessionOptions

SESSION_ID = IdPrefix("ses")

Status = Literal[
    "requested",
    "scheduling",
    "scheduled",
    "running",
    "waiting",
    "completed",
    "failed",
    "canceling",
    "cancelled",
    "timeout",
    "abandoned",
]

OnParentEnd = Literal["keep", "cancel"]
"""What becomes of a session once the one that started it has ended, however: it goes on, or is cancelled."""

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # requested: committed, nobody has taken it. scheduling: held back by a policy or waiting for a place.
    # scheduled: claimed by a supervisor, its runner is being started.
    "requested": frozenset({"scheduling", "scheduled", "cancelled", "failed"}),
    "scheduling": frozenset({"requested", "scheduled", "cancelled", "failed"}),
    "scheduled": frozenset({"running", "requested", "canceling", "cancelled", "failed", "abandoned"}),
    # From running to requested: a durable session goes on after its runner or kernel was lost.
    "running": frozenset(
        {"requested", "waiting", "completed", "failed", "canceling", "cancelled", "timeout", "abandoned"}
    ),
    "waiting": frozenset(
        {"requested", "scheduling", "running", "canceling", "cancelled", "timeout", "failed", "abandoned"}
    ),
    "canceling": frozenset({"cancelled", "completed", "failed", "timeout", "abandoned"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "timeout": frozenset(),
    "abandoned": frozenset(),
}
TERMINAL: frozenset[Status] = frozenset(status for status, following in TRANSITIONS.items() if not following)
QUEUED: frozenset[Status] = frozenset({"requested", "scheduling"})
CLAIMED: frozenset[Status] = frozenset({"scheduled", "running", "canceling"})
"""Statuses in which a supervisor or runner has the session, by a lease."""


def check_transition(now: Status, then: Status) -> None:
    """Raise Conflict (``session_state``) unless a session in ``now`` may become ``then``."""
    if then not in TRANSITIONS[now]:
        raise Conflict(f"A session that is {now} cannot become {then}.", code="session_state", status=now)


def after_cancel(now: Status) -> Status:
    """Return what a session in ``now`` becomes when somebody asks it to stop.

    Where no process has claimed it, it ends at once; else its runner is asked to stop. Terminal states
    stay as they are.
    """
    if now in TERMINAL or now == "canceling":
        return now
    return "canceling" if now in CLAIMED else "cancelled"


class SessionProgress(TypedDict):
    """How far a session is by its own report: ``value`` from 0 to 1."""

    value: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """Why a session failed: the exception, its traceback (ANSI lines) and the cell it came from.

    ``cell_index`` is the cell's place in the notebook that ran, from 0; ``cell_number`` counts as the log does: code
    cells that run, from 1.
    """

    ename: str
    evalue: str
    traceback: list[str] = field(default_factory=list)
    cell_index: int | None = None
    cell_id: str | None = None
    cell_source: str | None = None
    cell_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run, as it is stored. Times are epoch seconds, ``time_limit`` is seconds.

    ``acknowledged_by`` is who has seen its failure. ``config`` is the snapshot of what made it. ``owner`` is
    who has claimed it, until ``lease_until`` by the database's clock; every write of a runner names (owner,
    attempt). ``request_key`` is unique per caller: a start that is asked for with it again, with the same
    ``request_digest``, is this session.

    ``is_durable``: it goes on from its last checkpoint. ``acquired_at`` is when the attempt that has it began,
    ``crashes`` how often it was lost since its last checkpoint was made, ``ran_before`` the seconds that its earlier
    attempts ran. ``forked_from`` is the session whose checkpoints it began with. ``wake_at`` is when it goes on by
    itself, while no process has it. ``tries`` is how many sessions its trigger's retries had made for the same cause
    before it, ``retried_by`` the one that they made after it. ``requester`` is the person behind it, if one is known,
    ``came_by`` how it was set off at first. One with a ``priority`` is claimed as if it had come at ``queue_at``.
    ``correlation_id`` is the request that led to it, ``traceparent`` what its spans hang on.
    ``group_id`` and ``group_position`` say for which member of which group of sessions it was made.
    ``parent_id`` is the session whose code started it, ``root_id`` the topmost of that tree (None where it has no
    parent). One with a ``stop_reason`` is being cancelled together with what it has started.
    """

    id: str
    project_id: str | None
    project: str
    call: str
    status: Status
    created_at: float
    started_by: str
    reason: str | None = None
    trigger_id: str | None = None
    trigger_ref: str | None = None
    event_id: str | None = None
    enforcement_id: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    on_parent_end: OnParentEnd | None = None
    stop_reason: str | None = None
    retry_of: str | None = None
    snapshot_id: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    error: CellError | None = None
    attempt: int = 1
    owner: str | None = None
    lease_until: float | None = None
    current_cell: int | None = None
    total_cells: int | None = None
    progress: SessionProgress | None = None
    kernel_name: str | None = None
    time_limit: float | None = None
    report: str | None = None
    keep: str | None = None
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    env: dict[str, Any] = field(default_factory=dict)
    memory: int | None = None
    acknowledged_by: str | None = None
    request_key: str | None = None
    request_digest: str | None = None
    file_saved_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    acquired_at: float | None = None
    is_durable: bool = False
    crashes: int = 0
    ran_before: float = 0.0
    forked_from: str | None = None
    wake_at: float | None = None
    tries: int = 0
    retried_by: str | None = None
    requester: str | None = None
    came_by: CameBy | None = None
    priority: int = 0
    queue_at: float | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    group_id: str | None = None
    group_position: int | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, none where the clock was set back meanwhile; None while it has not both."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, self.finished_at - self.started_at)

    @property
    def max_tries(self) -> int | None:
        """How often its trigger tries it, by the definition that made it; None where it is tried once."""
        definition = self.config.get("trigger")
        retry = definition.get("retry") if isinstance(definition, Mapping) else None
        return int(retry["max_attempts"]) if isinstance(retry, Mapping) else None

    @property
    def is_limited(self) -> bool:
        """Whether a policy limits it, by the definition that made it."""
        definition = self.config.get("trigger")
        return isinstance(definition, Mapping) and definition.get("policy") is not None

    @property
    def session_options(self) -> SessionOptions:
        """What was asked of this run."""
        return SessionOptions(
            report=self.report,
            keep=self.keep,
            time_limit=self.time_limit,
            kernel_name=self.kernel_name,
            tags=self.tags,
            skip_tags=self.skip_tags,
            env=self.env,
            memory=self.memory,
            is_durable=self.is_durable,
            priority=self.priority,
        )

    @property
    def behind(self) -> Requester:
        """Who stands behind it."""
        return Requester(person=self.requester, came_by=self.came_by or "unknown")

    @property
    def resource(self) -> SessionResource:
        """What somebody who does something to it needs to be allowed."""
        return SessionResource.named(self.id, self.project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResource(Resource):
    """A session: what is known of it, and what its own code may say of it."""

    kind: ClassVar[str] = "session"

    @classmethod
    def named(cls, session_id: str, project_id: str | None = None) -> SessionResource:
        """Return the resource that is the session with this id."""
        return cls(id=session_id, session_id=session_id, project_id=project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What led to a session: the event and the rule that made it, its trigger, the session that started or was retried.

    ``config`` is the snapshot of the definitions; ``snapshot_id`` the files to run, None for those of the moment.
    """

    trigger_id: str | None = None
    trigger_ref: str | None = None
    event_id: str | None = None
    enforcement_id: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    on_parent_end: OnParentEnd | None = None
    retry_of: str | None = None
    snapshot_id: str | None = None
    config: dict[str, Any] = field(default_factory=dict)


def child_of(session_id: str | None, on_parent_end: OnParentEnd) -> Origin:
    """Return what led to a session that the code of a session has started, or with None a person."""
    return Origin() if session_id is None else Origin(parent_id=session_id, on_parent_end=on_parent_end)


def requested_session(
    *, project_id: str | None, project: str, call: str, started_by: str, parameters: dict[str, Any],
    options: SessionOptions, origin: Origin, behind: Requester,
) -> Session:  # fmt: skip
    """Return a new session that waits to be claimed."""
    # Before the id, which has its own time: what was made at a time is not found among what came before it.
    now = time.time()
    return Session(
        id=SESSION_ID.new(),
        project_id=project_id,
        project=project,
        call=call,
        status="requested",
        created_at=now,
        started_by=started_by,
        parameters=parameters,
        report=options.report,
        keep=options.keep,
        time_limit=options.time_limit,
        kernel_name=options.kernel_name,
        tags=options.tags,
        skip_tags=options.skip_tags,
        env=options.env,
        memory=options.memory,
        is_durable=options.is_durable,
        priority=options.priority,
        queue_at=now - options.priority * PRIORITY_STEP if options.priority else None,
        trigger_id=origin.trigger_id,
        trigger_ref=origin.trigger_ref,
        event_id=origin.event_id,
        enforcement_id=origin.enforcement_id,
        parent_id=origin.parent_id,
        root_id=origin.root_id,
        on_parent_end=origin.on_parent_end,
        retry_of=origin.retry_of,
        snapshot_id=origin.snapshot_id,
        config=origin.config,
        requester=behind.person,
        came_by=behind.came_by,
        correlation_id=served().correlation_id,
        traceparent=served().traceparent,
    )


def retried_session(old: Session, started_by: str, behind: Requester, *, call_now: str | None = None) -> Session:
    """Return a new session that does what ``old`` did: with the same files, or ``call_now`` with those of now.

    Whoever wants it again is ``behind`` it, not who was behind the old one. It goes on whatever becomes of its parent.
    """
    origin = Origin(
        trigger_id=old.trigger_id,
        trigger_ref=old.trigger_ref,
        event_id=old.event_id,
        parent_id=old.parent_id,
        root_id=old.root_id,
        retry_of=old.id,
        snapshot_id=old.snapshot_id if call_now is None else None,
        config=old.config,
    )
    session = requested_session(
        project_id=old.project_id, project=old.project, call=call_now or old.call, started_by=started_by,
        parameters=old.parameters, options=old.session_options, origin=origin, behind=behind,
    )  # fmt: skip
    if session.correlation_id is None:
        # Nobody asked for it now: it belongs to the request that its first try belongs to.
        session = replace(session, correlation_id=old.correlation_id, traceparent=old.traceparent)
    return session if call_now is not None else replace(session, file_saved_at=old.file_saved_at)


@change_content("sessions", "created", "updated", "cell", "progress", "deleted")
class SessionChange:
    """What changes of sessions carry; ``trigger`` is ``project/name``, times are epoch seconds."""

    status: Status
    call: str
    project: str
    trigger: str | None
    current_cell: int | None
    total_cells: int | None
    progress: SessionProgress | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    @classmethod
    def of(cls, session: Session) -> SessionChange:
        """Return what a change of ``session`` carries."""
        return cls(
            status=session.status,
            call=session.call,
            project=session.project,
            trigger=session.trigger_ref,
            current_cell=session.current_cell,
            total_cells=session.total_cells,
            progress=session.progress,
            created_at=session.created_at,
            started_at=session.started_at,
            finished_at=session.finished_at,
        )


@change_content("sessions", "log")
class SessionLogChange:
    """So many ``entries`` were added to a session's log."""

    entries: int


@change_content("sessions", "outcome")
class SessionOutcomeChange:
    """A session has handed a value out: its number, and whether more is to come."""

    seq: int
    more: bool
