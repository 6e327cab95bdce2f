"""Scheduled tasks and their executions, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.sessions import Status
from notebook_automation.domain.tasks import ExecutionStatus, TaskType

from .api_calls import Body, Headers, Method, Timeout, Url
from .paging import SORT, Order, Page, Paging
from .sessions import LogEntry, Seconds
from .triggers import RetryPolicy, RetryPolicyBody

Schedule = Annotated[
    str, Meta(max_length=200, description="Cron (`0 9 * * *`), `@daily`, `@every 5m`, `every 5 minutes`, or a date.")
]
Name = Annotated[str, Meta(max_length=200)]


class TaskConfig(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a task does: `api_call` and `webhook` send a request to `url`, `cron` runs `call`.

    `call` is `report.ipynb`, `report.ipynb:handler` or `program.py:function`: in the task's project, or by its path
    under the Jupyter root where the body names no project.
    """

    url: Url | None = None
    method: Method | None = None
    headers: Headers | None = None
    body: Body = None
    timeout: Timeout | None = None
    call: str | None = None
    parameters: dict[str, Any] | None = None
    time_limit: Annotated[Seconds, Meta(description="Seconds that an execution may take.")] | None = None


class Task(Struct, kw_only=True):
    """A task: the trigger `trigger` (project/name) with the same id.

    `run_count` counts executions that ended, without those that somebody cancelled.
    """

    id: str
    name: str
    trigger: str
    project: str
    task_type: TaskType
    schedule: str | None
    timezone: str | None
    enabled: bool
    config: TaskConfig
    retry_policy: RetryPolicy | None
    run_count: int
    success_count: int
    failure_count: int
    last_run_at: str | None
    next_run_at: str | None
    problems: list[str]
    created_at: str
    updated_at: str


class TaskPage(Page[Task]):
    """A page of tasks."""


class TaskQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which tasks; `q` is looked for in names and calls."""

    enabled: bool | None = None
    task_type: TaskType | None = None
    project: str | None = None
    q: Annotated[str, Meta(max_length=200)] | None = None
    sort: Annotated[Literal["created", "name", "project", "next_fire"], SORT] = "created"
    order: Order = "desc"


class TaskBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A new task. Without a `schedule` it runs only when somebody asks for it."""

    name: Name
    task_type: TaskType
    config: TaskConfig
    schedule: Schedule | None = None
    timezone: str | None = None
    enabled: bool = True
    retry_policy: RetryPolicyBody | None = None
    project: Annotated[str, Meta(description="A name or id. If missing: of the called file, or the root's.")] | None = (
        None
    )


class TaskChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to change; a `config` takes the place of the whole old one, a `timezone` belongs to the schedule given."""

    name: Name | UnsetType = UNSET
    task_type: TaskType | UnsetType = UNSET
    config: TaskConfig | UnsetType = UNSET
    schedule: Schedule | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    retry_policy: RetryPolicyBody | UnsetType | None = UNSET


class Execution(Struct, kw_only=True):
    """One run of a task: the session with the same id, whose own status is `session_status`.

    `output_data` is its result: of a call of an API, the request and the answer. `logs` is there when one execution is
    asked for. `attempt` counts tries, from 1.
    """

    id: str
    task_id: str | None
    task: str | None
    status: ExecutionStatus
    session_status: Status
    attempt: int
    started_at: str | None
    finished_at: str | None
    duration_ms: int | None
    input_data: dict[str, Any]
    output_data: Any
    error_message: str | None
    created_at: str
    logs: list[LogEntry] | UnsetType = UNSET


class ExecutionPage(Page[Execution]):
    """A page of executions."""


class ExecutionQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which executions."""

    status: ExecutionStatus | None = None


class ExecutionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an execution is given: parameters over those of the task."""

    input_data: dict[str, Any] = {}
