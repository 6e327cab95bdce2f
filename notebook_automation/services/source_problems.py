"""What is wrong with what a trigger waits for: triggers and files that are not there, circles."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from notebook_automation.domain.after import After
from notebook_automation.domain.calls import parse_call, split_call
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.lookalikes import lookalike
from notebook_automation.domain.projects import Project
from notebook_automation.domain.trigger_hints import Notice
from notebook_automation.domain.triggers import Trigger

from .projects import Projects


def source_problems(
    projects: Projects, trigger: Trigger, project: Project, siblings: Sequence[Trigger]
) -> list[Notice]:
    """Return why what a trigger waits for never comes; ``siblings`` are the triggers of its project. Blocks."""
    if trigger.after is None:
        return []
    names = [one.name for one in siblings]
    return [
        _nothing_called(source, names)
        for source in trigger.after.of
        if source not in names and not _is_file(projects, project, source)
    ]


def source_hints(trigger: Trigger, siblings: Sequence[Trigger]) -> list[Notice]:
    """Return what is worth a look of what a trigger waits for: that it goes round in a circle."""
    if trigger.after is None:
        return []
    others = [one for one in siblings if one.name != trigger.name]
    circle = circle_of(trigger, others)
    if circle is None:
        return []
    return [
        Notice(
            "after_circle",
            f"{' → '.join(circle)} run after each other, round and round, until so many sessions have followed each "
            "other as the setting chain_max says. Give one of them a filter that ends it.",
        )
    ]


def circle_of(trigger: Trigger, others: Sequence[Trigger]) -> list[str] | None:
    """Return the names of triggers that run after each other in a circle through ``trigger``; None: there is none."""
    followers = [one for one in (trigger, *others) if one.after is not None and one.enabled]
    paths: list[list[Trigger]] = [[trigger]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for one in followers:
            if one.after is None or not _follows(one.after, path[-1]):
                continue
            if one.name == trigger.name:
                return [*(each.name for each in path), trigger.name]
            if one.name not in seen:
                seen.add(one.name)
                paths.append([*path, one])
    return None


def _follows(after: After, trigger: Trigger) -> bool:
    names = {trigger.name}
    if trigger.call is not None:
        names |= {trigger.call, parse_call(trigger.call).path}
    return not names.isdisjoint(after.of)


def _is_file(projects: Projects, project: Project, source: str) -> bool:
    if not split_call(source)[0].lower().endswith((".ipynb", ".py")):
        return False
    try:
        projects.file(project, source if source.lower().endswith(".ipynb") or ":" in source else f"{source}:main")
    except AutomationError:
        return False
    return True


def _nothing_called(source: str, names: Collection[str]) -> Notice:
    now = lookalike(source, list(names))
    meant = f" Is it {now!r} now?" if now else ""
    return Notice(
        "after_not_found",
        f"It runs after {source!r}, and the project has neither a trigger nor a notebook of this name.{meant}",
    )
