"""Scheduled tasks: triggers and their sessions, in the shape of tasks and executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from notebook_automation.domain.access import Caller
from notebook_automation.domain.calls import split_call
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.projects import Project
from notebook_automation.domain.request_keys import RequestKey
from notebook_automation.domain.schedules import Schedule
from notebook_automation.domain.session_log import LogEntry
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.domain.tasks import (
    ExecutionStatus,
    TaskType,
    fields_for,
    is_execution,
    is_task,
    name_for_task,
    session_statuses,
    task_type_of,
)

from .events import Events
from .projects import Projects
from .sessions import Sessions
from .trigger_views import TriggerView, TriggerViews
from .triggers import Triggers

_LOG_LINES = 1000
_MOST_OF_A_NAME = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a task; ``log`` is its beginning, where one execution is asked for. ``repeated``: it was there."""

    session: Session
    log: list[LogEntry] | None = None
    repeated: bool = False


class Tasks:
    """The service of tasks: who may do what to a task is who may do it to its trigger."""

    def __init__(
        self, projects: Projects, triggers: Triggers, views: TriggerViews, events: Events, sessions: Sessions
    ) -> None:
        self._projects = projects
        self._triggers = triggers
        self._views = views
        self._events = events
        self._sessions = sessions

    async def create(
        self, caller: Caller, name: str, task_type: str, config: Mapping[str, Any], fields: Mapping[str, Any],
        project: str | None = None,
    ) -> TriggerView:  # fmt: skip
        """Register a task; ``fields`` are those of its trigger beside. Several may have one name.

        ``project`` is an id or a name; without it, it is that of the called file, and the Jupyter root's for an API.
        Raises Invalid (``task_invalid``, ``trigger_invalid``, …), NotFound.
        """
        wanted = name_for_task(name)
        made = fields_for(task_type, config)
        owner, made = await self._placed(caller, project, made)
        for number in range(1, _MOST_OF_A_NAME):
            free = wanted if number == 1 else f"{wanted}-{number}"
            given = {**fields, **made, "name": free, "title": None if free == name else name}
            try:
                view, _ = await self._triggers.save(caller, owner, given, replace_existing=False)
            except Conflict as error:
                if error.code != "trigger_exists":
                    raise
                continue
            return view
        raise Conflict(f"There are too many tasks of the name {name!r}: take another.", code="trigger_exists")

    async def get(self, caller: Caller, task_id: str) -> TriggerView:
        """Return a task; raises NotFound (``task_not_found``)."""
        try:
            view = await self._views.get(caller, task_id)
        except NotFound:
            raise _no_task(task_id) from None
        caller.require("read", view.trigger.resource)
        if not is_task(view.trigger):
            raise _no_task(task_id)
        return view

    async def page(
        self, caller: Caller, *, limit: int, cursor: str | None, task_type: TaskType | None = None,
        enabled: bool | None = None, project: str | None = None, text: str | None = None,
        sorting: Sorting = NEWEST_FIRST,
    ) -> tuple[list[TriggerView], str | None]:  # fmt: skip
        """Return a page of tasks."""
        return await self._views.listed(
            caller, limit=limit, cursor=cursor, project=project, enabled=enabled, text=text,
            task_type=task_type or "any", sorting=sorting,
        )  # fmt: skip

    async def change(
        self, caller: Caller, task_id: str, fields: Mapping[str, Any], *, name: str | None = None,
        task_type: str | None = None, config: Mapping[str, Any] | None = None,
    ) -> TriggerView:  # fmt: skip
        """Change what is named of a task; a ``config`` takes the place of the old one, a schedule keeps its options.

        Raises NotFound, Invalid (``task_invalid``, …).
        """
        old = (await self.get(caller, task_id)).trigger
        changed = dict(fields)
        if config is not None or (task_type is not None and task_type != task_type_of(old)):
            changed |= fields_for(task_type or task_type_of(old), config or {})
        if name is not None:
            name_for_task(name)
            changed["title"] = None if name == old.name else name
        if "schedule" in changed:
            changed["type"] = _type_with(changed["schedule"], old.type)
            changed["schedule"] = _with_options(changed["schedule"], old.schedule)
        return await self._triggers.change(caller, task_id, changed)

    async def remove(self, caller: Caller, task_id: str) -> None:
        """Delete a task; its executions stay, as sessions. Raises NotFound."""
        await self._triggers.remove(caller, (await self.get(caller, task_id)).trigger.id)

    async def execute(
        self, caller: Caller, task_id: str, input_data: Mapping[str, Any], request: RequestKey | None = None
    ) -> Execution:
        """Run a task now; ``input_data`` are parameters over its own.

        Raises NotFound, Invalid (``parameter_unknown``, …), Conflict (``trigger_calls_nothing``), RequestKeyReused.
        """
        task = (await self.get(caller, task_id)).trigger
        receipt = await self._events.fire(caller, task.id, parameters=input_data, request=request)
        session = (await self._sessions.get(caller, receipt.session_ids[0])).session
        return Execution(session=session, log=[], repeated=receipt.repeated)

    async def executions(
        self, caller: Caller, task_id: str, *, limit: int, cursor: str | None, status: ExecutionStatus | None = None
    ) -> tuple[list[Execution], str | None]:
        """Return a page of a task's executions, newest first."""
        task = (await self.get(caller, task_id)).trigger
        found, more = await self._sessions.listed(
            caller, limit=limit, cursor=cursor, project=task.project_id, trigger=task.id,
            statuses=() if status is None else session_statuses(status),
        )  # fmt: skip
        return [Execution(session=view.session) for view in found], more

    async def execution(self, caller: Caller, execution_id: str) -> Execution:
        """Return an execution with its log; raises NotFound (``execution_not_found``)."""
        try:
            session = (await self._sessions.get(caller, execution_id)).session
        except NotFound:
            raise _no_execution(execution_id) from None
        if not is_execution(session):
            raise _no_execution(execution_id)
        log = await self._sessions.log(caller, execution_id, after=0, limit=_LOG_LINES)
        return Execution(session=session, log=log)

    async def _placed(
        self, caller: Caller, project: str | None, made: dict[str, Any]
    ) -> tuple[Project, dict[str, Any]]:
        """Return the project of a new task, and its fields, with the call as it is in that project."""
        if project is not None:
            return await self._projects.get(caller, project), made
        if made["call"] is None:
            return await self._projects.at_folder(caller, ""), made
        file, colon, name = split_call(made["call"])
        owner, relative = await self._projects.of_notebook(caller, str(PurePosixPath(file)))
        return owner, {**made, "call": f"{relative}{colon}{name}"}


def _with_options(schedule: Schedule | None, before: Schedule | None) -> Schedule | None:
    """Return a new schedule with what a task has no field for, as it was before."""
    if schedule is None or before is None:
        return schedule
    calendar = before.calendar
    if calendar is not None and calendar.if_off == "next" and schedule.every:
        # A length of time has no next working day.
        calendar = None
    return replace(schedule, jitter=before.jitter, catch_up=before.catch_up, calendar=calendar)


def _type_with(schedule: Any, before: str) -> str:
    """Return the type of the trigger of a task that gets this schedule."""
    if schedule is not None:
        return "schedule"
    return "manual" if before == "schedule" else before


def _no_task(task_id: str) -> NotFound:
    return NotFound(
        f"There is no task {task_id!r}: triggers with a schedule, and those that call an API, are tasks.",
        code="task_not_found",
    )


def _no_execution(execution_id: str) -> NotFound:
    return NotFound(f"There is no execution {execution_id!r} of a task.", code="execution_not_found")
