"""What the body of a request says of a trigger: where it lives, and which of its fields are set."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.projects import Project
from notebook_automation.domain.schedules import Schedule
from notebook_automation.domain.trigger_definitions import SETTABLE
from notebook_automation.domain.trigger_sources import SOURCES

from .models.environments import environment_of
from .models.rules import CollectingBody, RuleFields
from .models.trigger_sources import ScheduleBody
from .models.triggers import PolicyBody, SignatureBody, TriggerBody
from .routing import Request


def policy_fields(body: PolicyBody) -> dict[str, Any]:
    """Return the fields of a policy that ``body`` gives; what it is shown with besides is not read."""
    given: dict[str, Any] = msgspec.to_builtins(body)
    return {name: given[name] for name in given if name not in ("text", "written")}


def settable_fields(body: TriggerBody, zone: str) -> dict[str, Any]:
    """Return the fields of a trigger that ``body`` names, as the service takes them.

    A schedule that names no zone is in ``zone``, the server's.
    """
    fields: dict[str, Any] = {}
    for name in SETTABLE:
        value = getattr(body, name)
        if value is not msgspec.UNSET:
            fields[name] = value
    schedule = fields.get("schedule")
    if isinstance(schedule, str):
        fields["schedule"] = Schedule.from_text(schedule, zone_if_none=zone)
    elif isinstance(schedule, ScheduleBody):
        fields["schedule"] = _with_zone(schedule, zone)
    for name in SOURCES:
        if isinstance(value := fields.get(name), msgspec.Struct):
            fields[name] = _without_description(value)
    if isinstance(env := fields.get("env"), dict):
        fields["env"] = environment_of(env)
    if isinstance(policy := fields.get("policy"), PolicyBody):
        fields["policy"] = policy_fields(policy)
    if isinstance(signature := fields.get("signature"), SignatureBody):
        given = msgspec.to_builtins(signature)
        fields["signature"] = {name: given[name] for name in given if name not in ("title", "secrets_live")}
    for name in ("api_call", "retry", "collect", "freshness"):
        if isinstance(value := fields.get(name), msgspec.Struct):
            fields[name] = msgspec.to_builtins(value)
    if isinstance(rules := fields.get("rules"), list):
        fields["rules"] = [{"name": rule.name, **rule_fields(rule)} for rule in rules]
    if isinstance(notify := fields.get("notify"), list):
        fields["notify"] = rules_given(notify)
    return fields


def rule_fields(body: RuleFields) -> dict[str, Any]:
    """Return the fields of a rule that ``body`` names, as the service takes them."""
    given = {name: getattr(body, name) for name in RuleFields.__struct_fields__}
    fields = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    if isinstance(collect := fields.get("collect"), CollectingBody):
        fields["collect"] = msgspec.to_builtins(collect)
    return fields


def rules_given(notify: list[Any]) -> list[Any]:
    """Return who hears of what as the domain takes it."""
    return [one if isinstance(one, str) else msgspec.to_builtins(one) for one in notify]


def _without_description(body: msgspec.Struct) -> dict[str, Any]:
    """Return what was said in ``body``, as the domain reads it."""
    given: dict[str, Any] = msgspec.to_builtins(body)
    return {name: value for name, value in given.items() if value is not None and name != "description"}


def _with_zone(body: ScheduleBody, zone: str) -> dict[str, Any]:
    given: dict[str, Any] = msgspec.to_builtins(body)
    # What counts a length of time has none.
    is_length = body.every is not None or (body.cron or "").lstrip().startswith("@every")
    return given if is_length else {**given, "timezone": body.timezone or zone}


async def project_of(request: Request, body: TriggerBody, *, store: bool = True) -> tuple[Project, str | None]:
    """Return the project in which a trigger lives, and the path in it of the notebook that the body names."""
    projects = request.services.projects
    if body.notebook is not msgspec.UNSET:
        if not store:
            return await _unsaved_project(request, body.notebook)
        return await projects.of_notebook(request.caller, body.notebook)
    if body.project is not msgspec.UNSET:
        return await projects.get(request.caller, body.project), None
    if body.handler is not msgspec.UNSET:
        raise Invalid("A handler is a cell of a notebook: name the notebook, too.", code="trigger_invalid")
    raise Invalid("Say where the trigger lives: project, or notebook.", code="trigger_invalid", field="project")


async def _unsaved_project(request: Request, notebook: str) -> tuple[Project, str]:
    """Return the project of a notebook without making it."""
    projects = request.services.projects
    folder, relative = projects.locate(notebook)
    known = await projects.at(request.caller, folder)
    if known is None:
        name = await projects.name_at(request.caller, folder)
        known = Project(id="", name=name, path=str(projects.resolved(folder)), created_at=time.time())
    return known, relative


def fields_with_call(body: TriggerBody, relative: str | None, zone: str) -> dict[str, Any]:
    """Return ``settable_fields``, with a call of the notebook at ``relative`` in the project where it names none."""
    fields = settable_fields(body, zone)
    if relative is not None and fields.get("api_call") is None:
        fields.setdefault("call", call_of(relative, body))
    return fields


def call_of(relative: str | None, body: TriggerBody) -> str | None:
    """Return the call of the notebook at ``relative``, or of the handler in it that ``body`` names."""
    return f"{relative}:{body.handler}" if isinstance(body.handler, str) else relative
