"""Sessions, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.policies import HIGHEST_PRIORITY, PlaceStatus
from notebook_automation.domain.session_log import CellStatus, LogKind
from notebook_automation.domain.sessions import OnParentEnd, Status

from .environments import Environment, Memory
from .events import Event
from .paging import SORT, Order, Page, Paging

Report = Annotated[
    str,
    Meta(
        pattern="^(html|pdf|no-code)(,(html|pdf|no-code)){0,2}$",
        description="What is made of the executed notebook: `html`, `pdf` or `html,pdf`; with `,no-code` without code.",
    ),
]
Seconds = Annotated[float, Meta(gt=0, le=10_000_000, description="Seconds.")]
Priority = Annotated[
    int, Meta(ge=0, le=HIGHEST_PRIORITY, description="From 0, the usual: each step counts as a minute of waiting.")
]


class CellError(Struct, kw_only=True):
    """Why a session failed: the exception, its traceback (ANSI lines), the cell.

    `cell_number` counts as the log and the progress do: code cells that run, from 1.
    """

    ename: str
    evalue: str
    traceback: list[str]
    cell_index: int | None
    cell_id: str | None
    cell_source: str | None
    cell_number: int | None


class Progress(Struct, kw_only=True):
    """How far a session says it is: `value` from 0 to 1."""

    value: float
    message: str


class Place(Struct, kw_only=True):
    """Where a session is under the policy of a trigger, `project/name`; `group` are the values that it is counted by.

    `waiting`: number `position` in the queue, sorted by `queue_at`; `due_at` is when the first of a limit per period
    may begin. `taken`: it is counted, since `taken_at`. `ahead`: it queues up later. `refused`: it was not let in.
    `left`: not counted any more.
    """

    policy: str
    group: dict[str, Any]
    status: PlaceStatus
    position: int | None
    queue_at: str
    taken_at: str | None
    due_at: str | None


class SessionSummary(Struct, kw_only=True):
    """A session in short, as its trigger shows it."""

    id: str
    status: Status
    reason: str | None
    call: str
    project: str
    trigger: str | None
    started_by: str
    attempt: int
    current_cell: int | None
    total_cells: int | None
    progress: Progress | None
    error: CellError | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    duration: float | None


class Session(Struct, kw_only=True):
    """One run. Times are RFC 3339 in UTC, `duration` and `time_limit` seconds.

    `is_durable`: it goes on from its last finished cell after a crash (`attempt` counts from 1), and waits without a
    process. `places` is where it is under the policies that limit it: in lists only of those that wait for their turn.
    `waiting_for` says what it waits for, `wake_at` when it goes on by itself at the latest. Where its trigger
    tries again what failed, `try_number` counts from 1 up to `max_tries`, `retry_of` is the try before it and
    `retried_by` the one after it. `group_id` is the group of sessions that it was asked for with. `file_saved_at` says
    which version of the called file ran: when it was saved. `parent_id` is the session whose code started it, `root_id`
    the topmost session of that tree (null: it is that itself); `on_parent_end` says what becomes of it when its parent
    has ended, however that ends. There where one session is asked for: `file_saved_again`, whether the file is another
    one now, and `unended_children`, how many have not ended of all that it started, and these started.
    """

    id: str
    status: Status
    reason: str | None
    call: str
    project_id: str | None
    project: str
    trigger_id: str | None
    trigger: str | None
    event_id: str | None
    correlation_id: Annotated[str | None, Meta(description="The request that led to it.")]
    parent_id: str | None
    root_id: str | None
    on_parent_end: OnParentEnd | None
    unended_children: int | None
    retry_of: str | None
    retried_by: str | None
    group_id: str | None
    try_number: int
    max_tries: int | None
    forked_from: str | None
    started_by: str
    parameters: dict[str, Any]
    result: Any
    attempt: int
    is_durable: bool
    priority: int
    places: list[Place]
    waiting_for: str | None
    wake_at: str | None
    current_cell: int | None
    total_cells: int | None
    progress: Progress | None
    error: CellError | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    duration: float | None
    kernel_name: str | None
    time_limit: float | None
    report: str | None
    keep: str | None
    tags: list[str]
    skip_tags: list[str]
    env: Environment
    memory: int | None
    acknowledged_by: str | None
    file_saved_at: str | None
    file_saved_again: bool | None
    artifact_count: int


class SessionPage(Page[Session]):
    """A page of sessions."""


class SessionQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which sessions; `since` and `until` (RFC 3339) bound when they were made."""

    status: Annotated[str, Meta(description="One or several statuses, separated by commas.")] | None = None
    project: str | None = None
    trigger: str | None = None
    call: str | None = None
    parent: Annotated[str, Meta(description="Only what this session has started.")] | None = None
    root: Annotated[str, Meta(description="Only the tree below this session, which nobody started.")] | None = None
    group: Annotated[str, Meta(description="The id of a group of sessions.")] | None = None
    since: str | None = None
    until: str | None = None
    sort: Annotated[Literal["created", "name", "status", "duration"], SORT] = "created"
    order: Order = "desc"
    tag: Annotated[str, Meta(max_length=50)] | None = None
    unseen: Annotated[bool, Meta(description="Without those that somebody has acknowledged.")] = False


class ChildQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which part of the list; `order` is that of their starts."""

    order: Order = "asc"


class CancelQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What else is cancelled."""

    children: Annotated[
        bool, Meta(description="Also all that it started, and what these have; they start no others any more.")
    ] = False


class SessionCountQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which sessions to count; `since` is RFC 3339."""

    project: str | None = None
    trigger: str | None = None
    since: str | None = None


class SessionCounts(Struct, kw_only=True):
    """How many sessions there are by status; a status that none is in is absent."""

    statuses: dict[Status, int]


class SessionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to run: `call` in `project`, or with its path under the Jupyter root; or `notebook` by that path."""

    call: str | None = None
    project: str | None = None
    notebook: str | None = None
    parameters: dict[str, Any] = {}
    report: Report | None = None
    keep: str | None = None
    time_limit: Seconds | None = None
    kernel_name: str | None = None
    env: Environment = {}
    memory: Memory | None = None
    tags: list[str] = []
    skip_tags: Annotated[list[str], Meta(description="Cells with one of these tags are not run.")] = []
    on_parent_end: Annotated[
        OnParentEnd,
        Meta(
            description="Where the code of a session starts it: whether it goes on or is cancelled when that has ended."
        ),
    ] = "keep"
    is_durable: Annotated[
        bool, Meta(description="It goes on from its last finished cell after a crash, and waits without a process.")
    ] = False
    priority: Priority = 0


class AcknowledgeBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether the session's failure has been seen."""

    seen: bool = True


class RetryBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which files to run: the `same` as before, or the `current` ones, as they are in the project now."""

    files: Literal["same", "current"] = "same"


class LogQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Entries after the number `after`, oldest first."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class LogEntry(Struct, kw_only=True):
    """One line of a session's execution log."""

    seq: int
    at: str
    kind: LogKind
    text: str
    data: dict[str, Any] | None


class LogPage(Page[LogEntry]):
    """A part of a log; `next_cursor` is the `after` of the next part."""


class Cell(Struct, kw_only=True):
    """One code cell of the timeline; `source_head` is its first line."""

    index: int
    id: str
    source_head: str
    status: CellStatus
    started_at: str | None
    finished_at: str | None
    execution_count: int | None


class CellPage(Page[Cell]):
    """All cells of a session."""


class Response(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the caller of a sync webhook gets: one of `json`, `body` (text) and `body_base64`."""

    status: Annotated[int, Meta(ge=200, le=599)] = 200
    headers: dict[str, str] = {}
    json: Any = UNSET
    body: str | UnsetType = UNSET
    body_base64: str | UnsetType = UNSET


class OutcomeBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A value that the session hands out; the first with `more` false answers a sync webhook, as `http` says.

    With `more` and `http` it is a part of a streamed answer: `status` and `headers` of the first count, each `json` is
    a line, a part has at most 256 KiB. The next without `more` ends it.
    """

    value: Any = None
    more: bool = False
    http: Response | None = None


class Outcome(Struct, kw_only=True):
    """A value that a session has handed out."""

    seq: int
    at: str
    value: Any
    more: bool
    http: dict[str, Any] | None


class OutcomePage(Page[Outcome]):
    """All outcomes of a session."""


class ProgressBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How far the session is: `value` from 0 to 1."""

    value: Annotated[float, Meta(ge=0, le=1)]
    message: Annotated[str, Meta(max_length=10_000)] = ""


class Context(Struct, kw_only=True):
    """What the code of a session may know; `events` are there where it has collected some, `event` the last of them."""

    session: Session
    event: Event | None
    events: list[Event]
    parameters: dict[str, Any]
    variables: dict[str, str]
