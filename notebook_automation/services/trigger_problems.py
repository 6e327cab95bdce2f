"""Whether a trigger could run what it calls, as its files, kernels and connections are now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from notebook_automation.domain.calls import Call, parse_call
from notebook_automation.domain.errors import AutomationError, Invalid, NotFound
from notebook_automation.domain.lookalikes import lookalike
from notebook_automation.domain.notebooks import NotebookFacts
from notebook_automation.domain.parameters import Parameter, merged
from notebook_automation.domain.projects import Project
from notebook_automation.domain.session_options import NOT_DURABLE
from notebook_automation.domain.trigger_hints import (
    Notice,
    hidden_credentials,
    never_matches,
    without_effect,
    works_differently,
)
from notebook_automation.domain.trigger_rules import TriggerRule
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Kernels

from .calendar_files import days_of
from .paths import is_folder
from .project_files import file_with, files_of
from .projects import Projects

_COMPARED = 200
"""Files with which a name that is gone is compared: of more, only those of the very same name."""

Content = tuple[str, int]
"""A file's SHA-256 and its size in bytes."""


@dataclass(slots=True)
class Findings:
    """``problems`` stop a run if all stays as it is, ``hints`` do not; ``parameters`` are the called notebook's."""

    parameters: list[Parameter] | None = None
    problems: list[Notice] = field(default_factory=list)
    hints: list[Notice] = field(default_factory=list)


class TriggerProblems:
    """Looks at triggers; nothing of what it finds is stored. Blocks: for a thread.

    One looks at all triggers of a list: what it has seen of a project's files is not looked for twice.
    """

    def __init__(self, projects: Projects, kernels: Kernels) -> None:
        self._projects = projects
        self._kernels = kernels
        self._files: dict[tuple[str, str], list[str]] = {}

    def of(
        self, trigger: Trigger, project: Project, connections: Collection[str], content: Content | None = None
    ) -> Findings:
        """Return what there is to know of ``trigger``.

        ``connections`` are the names of its project's; ``content`` is that of the called file when it ran last.
        """
        found = Findings(hints=[*without_effect(trigger), *works_differently(trigger), *hidden_credentials(trigger)])
        if (never := never_matches(trigger)) is not None:
            found.problems.append(never)
        if trigger.connection is not None and trigger.connection not in connections:
            found.problems.append(
                Notice(
                    "connection_not_found",
                    f"Project {project.name!r} has no connection {trigger.connection!r}: add it to the manifest, or "
                    "name another.",
                )
            )
        if trigger.kernel_name is not None:
            found.problems += self._no_kernel(trigger.kernel_name, "The trigger", "the trigger")
        try:
            days_of(trigger, project, self._projects)
        except Invalid as error:
            found.problems.append(Notice(error.code, f"{error.message} The days off read from it last count."))
        if trigger.call is not None:
            self._look_at_call(found, trigger, trigger.call, project, content)
        for rule in trigger.rules:
            self._look_at_rule(found, trigger, rule, project)
        if trigger.type == "webhook" and not trigger.enabled:
            found.hints.append(
                Notice("webhook_disabled", "It is switched off: until it is switched on, its URL answers 404.")
            )
        if trigger.schedule is not None and trigger.enabled and trigger.next_fire is None:
            found.hints.append(Notice("never_fires", "This schedule will not fire again: its time has passed."))
        return found

    def _look_at_rule(self, found: Findings, trigger: Trigger, rule: TriggerRule, project: Project) -> None:
        """Add what is wrong with what ``rule`` calls; what would be a call for the trigger's own is none here."""
        if not rule.enabled:
            return
        its = Findings()
        given = replace(trigger, call=rule.call, parameters=rule.parameters, mapping=rule.mapping)
        self._look_at_call(its, given, rule.call, project, None)
        for notices, own in ((found.problems, its.problems), (found.hints, its.hints)):
            notices += [Notice(one.code, f"Rule {rule.name!r}: {one.message}") for one in own]

    def _look_at_call(
        self, found: Findings, trigger: Trigger, text: str, project: Project, content: Content | None
    ) -> None:
        call = parse_call(text)
        try:
            facts = self._projects.facts(project, text)
        except NotFound:
            found.problems.append(self._gone(call, project, content))
            return
        except AutomationError as error:
            found.problems.append(Notice(error.code, error.message))
            return
        if facts is None:
            self._look_at_function(found, call, project)
            return
        found.problems += self._wrong_in_notebook(call, facts)
        if trigger.kernel_name is None and facts.kernel_name:
            found.problems += self._no_kernel(facts.kernel_name, call.path, "the notebook and save it")
        if trigger.is_durable and trigger.kernel_name is None and not facts.can_be_durable:
            message = NOT_DURABLE.format(path=call.path, language=facts.language)
            found.problems.append(Notice("not_durable", message))
        found.parameters = None if facts.parameters is None else list(facts.parameters)
        _look_at_parameters(found, trigger, call, facts)

    def _gone(self, call: Call, project: Project, content: Content | None) -> Notice:
        folder = self._projects.folder(project)
        if not is_folder(folder):
            return Notice("call_not_found", f"The project's folder {folder} is not there any more.")
        suffix = PurePosixPath(call.path).suffix
        key = (project.id, suffix)
        if key not in self._files:
            self._files[key] = files_of(folder, suffix)
        there = self._files[key]
        if len(there) > _COMPARED and content is None:
            name = PurePosixPath(call.path).name
            there = [path for path in there if PurePosixPath(path).name == name]
        now = (file_with(content, folder, there) if content else None) or lookalike(call.path, there)
        sentence = f"There is no {call.path!r} in {folder}."
        if now is None:
            return Notice("call_not_found", f"{sentence} Put it back, or let the trigger call another file.")
        suggestion = str(Call(path=now, name=call.name))
        return Notice("call_not_found", f"{sentence} Is it {now!r} now? Then let the trigger call that.", suggestion)

    def _look_at_function(self, found: Findings, call: Call, project: Project) -> None:
        names = self._projects.names_in(project, str(call))
        if names is not None and call.name not in names:
            found.problems.append(
                Notice("function_not_found", f"{call.path} has no function {call.name!r}: was it renamed?")
            )

    def _wrong_in_notebook(self, call: Call, facts: NotebookFacts) -> list[Notice]:
        wrong = []
        if call.name is not None and call.name not in facts.handlers:
            now = lookalike(call.name, facts.handlers)
            has = f" It has: {', '.join(facts.handlers)}." if facts.handlers else ""
            wrong.append(
                Notice(
                    "handler_not_saved",
                    f"The saved {call.path} has no %%trigger cell {call.name!r}: if it is new, save the notebook, so "
                    f"that the next run finds it; if it was renamed, run its cell to register it.{has}",
                    None if now is None else str(Call(path=call.path, name=now)),
                )
            )
        return wrong

    def _no_kernel(self, wanted: str, who: str, where: str) -> list[Notice]:
        installed = self._kernels.names()
        if wanted.lower() in installed:
            return []
        return [
            Notice(
                "kernel_not_found",
                f"{who} wants the kernel {wanted!r}, which is not installed here. Install it, or choose another for "
                f"{where}: {', '.join(sorted(installed)) or 'there is none'}.",
            )
        ]


def _look_at_parameters(found: Findings, trigger: Trigger, call: Call, facts: NotebookFacts) -> None:
    given = {**dict.fromkeys(trigger.mapping), **trigger.parameters}
    if not given:
        return
    if not facts.has_parameters_cell:
        found.hints.append(
            Notice(
                "no_parameters_cell",
                f"{call.path} has no cell tagged 'parameters': the values are set in a cell put first.",
            )
        )
        return
    try:
        merged(found.parameters, given)
    except Invalid as error:
        found.problems.append(Notice(error.code, error.message))
