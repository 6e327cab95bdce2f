"""Scheduled tasks: the shape in which triggers, and their sessions as executions, are also shown and taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from .errors import Invalid
from .sessions import TERMINAL, TRANSITIONS, Session, Status
from .triggers import Trigger

TaskType = Literal["webhook", "cron", "api_call"]
ExecutionStatus = Literal["pending", "running", "success", "failed"]

_PENDING: frozenset[Status] = frozenset({"requested", "scheduling", "scheduled"})
_CALLING = ("url", "method", "headers", "body", "timeout")
_RUNNING = ("call",)
_BOTH = ("parameters", "time_limit")


def is_task(trigger: Trigger) -> bool:
    """Return whether a trigger is shown as a task: those with a schedule, and those that call an API."""
    return trigger.type == "schedule" or trigger.api_call is not None


def task_type_of(trigger: Trigger) -> TaskType:
    """Return of which type a task is: ``cron`` runs a notebook or a program."""
    return "cron" if trigger.api_call is None else trigger.api_call.kind


def is_execution(session: Session) -> bool:
    """Return whether a session is one of a task, by the definition that made it."""
    definition = session.config.get("trigger")
    return isinstance(definition, Mapping) and (
        definition.get("type") == "schedule" or definition.get("api_call") is not None
    )


def execution_status(status: Status) -> ExecutionStatus:
    """Return what a session's status is as that of an execution."""
    if status in _PENDING:
        return "pending"
    if status not in TERMINAL:
        return "running"
    return "success" if status == "completed" else "failed"


def session_statuses(status: ExecutionStatus) -> frozenset[Status]:
    """Return which statuses of sessions are this one of executions."""
    return frozenset(one for one in TRANSITIONS if execution_status(one) == status)


def name_for_task(name: str) -> str:
    """Return the name of the trigger that is the task ``name``. Raises Invalid (``trigger_invalid``)."""
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Invalid("A task needs a name in one line, at most 200 characters.", code="trigger_invalid", field="name")
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return cleaned[:90].rstrip("-.") or "task"


def config_of(trigger: Trigger) -> dict[str, Any]:
    """Return what a task does, by its type; what is empty is left out."""
    call = trigger.api_call
    own = {"call": trigger.call} if call is None else {name: getattr(call, name) for name in _CALLING}
    shared = {"parameters": trigger.parameters, "time_limit": trigger.time_limit}
    return {name: value for name, value in {**own, **shared}.items() if value not in (None, {})}


def fields_for(task_type: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the trigger of a task that does what ``config`` says. Raises Invalid (``task_invalid``)."""
    if task_type not in get_args(TaskType):
        raise Invalid(f"A task_type is one of {', '.join(get_args(TaskType))}.", code="task_invalid", field="task_type")
    given = {name: value for name, value in config.items() if value is not None}
    own = _RUNNING if task_type == "cron" else _CALLING
    unknown = sorted(set(given) - {*own, *_BOTH})
    if unknown:
        raise Invalid(
            f"The config of a {task_type} task has no {', '.join(unknown)}: it has {', '.join((*own, *_BOTH))}.",
            code="task_invalid", field="config",
        )  # fmt: skip
    needed = own[0]
    if needed not in given:
        example = "report.ipynb" if task_type == "cron" else "https://api.example.com/report"
        raise Invalid(
            f"A task of type {task_type} needs config.{needed}, such as {example}.", code="task_invalid", field="config"
        )
    fields: dict[str, Any] = {"parameters": given.get("parameters", {}), "time_limit": given.get("time_limit")}
    if task_type == "cron":
        return {**fields, "call": given["call"], "api_call": None}
    sent = {name: given[name] for name in _CALLING if name in given}
    return {**fields, "call": None, "api_call": {**sent, "kind": task_type}}
