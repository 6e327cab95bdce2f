"""Triggers and the rules made with them, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from notebook_automation.domain import schedules
from notebook_automation.domain.api_calls import parse_api_call
from notebook_automation.domain.collecting import parse_collecting
from notebook_automation.domain.freshness import parse_freshness
from notebook_automation.domain.notifications import parse_notify
from notebook_automation.domain.policies import parse_policy
from notebook_automation.domain.retries import parse_retry
from notebook_automation.domain.rules import Rule
from notebook_automation.domain.signature_presets import parse_signature
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.domain.tasks import TaskType
from notebook_automation.domain.trigger_rules import parse_rules
from notebook_automation.domain.trigger_sources import parsed_sources
from notebook_automation.domain.triggers import Trigger

from . import places, policy_definitions
from .rows import from_row, to_row
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.projects import projects
from .tables.triggers import rules, triggers
from .tags import tagged

_SORTED: SortColumns = {
    "name": by_text(triggers.c.name),
    "project": by_text(projects.c.name),
    "type": by_text(triggers.c.type),
    # What is off does not fire.
    "next_fire": case((triggers.c.enabled, triggers.c.next_fire), else_=None),
}


def add(tx: Connection, trigger: Trigger) -> None:
    """Insert ``trigger``; raises IntegrityError where its name is taken in the project."""
    add_many(tx, [trigger])


def add_many(tx: Connection, added: Sequence[Trigger]) -> None:
    """Insert triggers at once; raises IntegrityError where a name is taken in the project."""
    if added:
        tx.execute(insert(triggers), [_row(one) for one in added])


def change(tx: Connection, trigger: Trigger) -> None:
    """Write every settable field of ``trigger`` over the stored one of its id; its counters stay."""
    change_many(tx, [trigger])


def change_many(tx: Connection, changed: Sequence[Trigger]) -> None:
    """Do what ``change`` does to several at once."""
    rows = [{**_row(one), "of": one.id} for one in changed]
    for row in rows:
        for kept in ("id", "success_count", "failure_count", "created_at"):
            del row[kept]
    if rows:
        ids = [one.id for one in changed]
        before = policy_definitions.now(tx, ids)
        tx.execute(update(triggers).where(triggers.c.id == bindparam("of")), rows)
        places.definitions_changed(tx, before, ids)


def remove(tx: Connection, trigger_id: str) -> None:
    """Delete a trigger with its rules; what it made keeps its ref."""
    remove_many(tx, [trigger_id])


def remove_many(tx: Connection, trigger_ids: Collection[str]) -> None:
    """Do what ``remove`` does to several at once."""
    for some in _portions(trigger_ids):
        before = policy_definitions.now(tx, some)
        tx.execute(delete(triggers).where(triggers.c.id.in_(some)))
        # What waited under its policy waits no more.
        places.definitions_changed(tx, before, some)


def get(tx: Connection, key: str, *, lock: bool = False) -> Trigger | None:
    """Return the trigger with this id or ``project/name``; with ``lock`` nobody else changes it until the commit."""
    project, separator, name = key.rpartition("/")
    condition = (projects.c.name == project) & (triggers.c.name == name) if separator else triggers.c.id == key
    query = _query().where(condition)
    row = tx.execute(query.with_for_update(of=triggers) if lock else query).first()
    return None if row is None else _trigger(row)


def many(tx: Connection, trigger_ids: Collection[str]) -> list[Trigger]:
    """Return those triggers of these ids that are there."""
    found: list[Trigger] = []
    for some in _portions(trigger_ids):
        found += [_trigger(row) for row in tx.execute(_query().where(triggers.c.id.in_(some)))]
    return found


def by_slug(tx: Connection, slug: str) -> Trigger | None:
    """Return the webhook trigger with this slug."""
    row = tx.execute(_query().where(triggers.c.slug == slug)).first()
    return None if row is None else _trigger(row)


def listening(tx: Connection, project_id: str, event_type: str) -> list[Trigger]:
    """Return a project's enabled triggers for the occurrence of the named event."""
    query = _query().where(
        triggers.c.type == "event",
        triggers.c.event_type == event_type,
        triggers.c.project_id == project_id,
        triggers.c.enabled,
    )
    return [_trigger(row) for row in tx.execute(query)]


def scheduled(tx: Connection) -> list[Trigger]:
    """Return every enabled schedule trigger."""
    return of_type(tx, "schedule")


def with_calendar_files(tx: Connection) -> list[Trigger]:
    """Return every enabled schedule trigger whose calendar names a file."""
    text = type_coerce(triggers.c.schedule, Text)
    query = _query().where(triggers.c.type == "schedule", triggers.c.enabled, text.contains(".ics"))
    return [_trigger(row) for row in tx.execute(query)]


def of_type(tx: Connection, type: str) -> list[Trigger]:
    """Return every enabled trigger of this type."""
    query = _query().where(triggers.c.type == type, triggers.c.enabled)
    return [_trigger(row) for row in tx.execute(query)]


def warm(tx: Connection) -> list[Trigger]:
    """Return every enabled trigger whose handler is kept ready, the one changed last first.

    Durable sessions run their set-up themselves.
    """
    query = _query().where(triggers.c.warm, triggers.c.enabled, triggers.c.is_durable.is_(False))
    query = query.order_by(triggers.c.updated_at.desc())
    return [_trigger(row) for row in tx.execute(query)]


def of_project(tx: Connection, project_id: str) -> list[Trigger]:
    """Return all triggers of a project by name."""
    query = _query().where(triggers.c.project_id == project_id).order_by(triggers.c.name)
    return [_trigger(row) for row in tx.execute(query)]


def listed(
    tx: Connection, *, limit: int, cursor: str | None, project_id: str | None = None, type: str | None = None,
    enabled: bool | None = None, text: str | None = None, tag: str | None = None,
    task_type: TaskType | Literal["any"] | None = None, sorting: Sorting = NEWEST_FIRST,
) -> tuple[list[Trigger], str | None]:  # fmt: skip
    """Return a page of triggers; ``text`` is looked for in names, titles and calls.

    With ``task_type`` only those that are tasks: see `domain.tasks.is_task`.
    """
    query = _query()
    if project_id is not None:
        query = query.where(triggers.c.project_id == project_id)
    if type is not None:
        query = query.where(triggers.c.type == type)
    if enabled is not None:
        query = query.where(triggers.c.enabled == enabled)
    if task_type is not None:
        query = query.where(_tasks(task_type))
    if tag is not None:
        query = query.where(tagged(triggers.c.tags, tag))
    if text:
        texts = (triggers.c.name, triggers.c.title, triggers.c.call)
        query = query.where(or_(*(one.icontains(text, autoescape=True) for one in texts)))
    return sorted_page(tx, query, triggers.c.id, _trigger, limit=limit, cursor=cursor, sorting=sorting, columns=_SORTED)


def _tasks(task_type: TaskType | Literal["any"]) -> ColumnElement[bool]:
    calls_api = triggers.c.api_call_kind.is_not(None)
    if task_type == "any":
        return or_(calls_api, triggers.c.type == "schedule")
    if task_type == "cron":
        return and_(triggers.c.type == "schedule", triggers.c.api_call_kind.is_(None))
    return triggers.c.api_call_kind == task_type


def set_ticks(tx: Connection, ticks: Mapping[str, tuple[float, float | None]]) -> None:
    """Record by trigger id up to when ticks are accounted for, and when the next is due (epoch seconds)."""
    if ticks:
        statement = update(triggers).where(triggers.c.id == bindparam("trigger_id"))
        values: dict[str, Any] = {"last_tick": bindparam("last"), "next_fire": bindparam("following")}
        rows = [{"trigger_id": key, "last": last, "following": following} for key, (last, following) in ticks.items()]
        tx.execute(statement.values(values), rows)


def count_result(tx: Connection, trigger_id: str, *, success: bool) -> None:
    """Add one to the trigger's counter of successes or failures."""
    column = triggers.c.success_count if success else triggers.c.failure_count
    tx.execute(update(triggers).where(triggers.c.id == trigger_id).values({column: column + 1}))


def set_rules(tx: Connection, trigger_id: str, wanted: Sequence[Rule]) -> None:
    """Make ``wanted`` the rules of a trigger. A rule of the same ref keeps its id, so that history stays linked."""
    set_rules_of_many(tx, {trigger_id: wanted})


def set_rules_of_many(tx: Connection, wanted: Mapping[str, Sequence[Rule]]) -> None:
    """Do what ``set_rules`` does to several triggers, by id, at once."""
    stored = rules_of_many(tx, wanted)
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for trigger_id, its in wanted.items():
        found = {rule.ref: rule for rule in stored[trigger_id]}
        for rule in its:
            old = found.pop(rule.ref, None)
            row = to_row(rule, rules)
            if old is None:
                added.append(row)
            else:
                del row["id"]
                changed.append({**row, "of": old.id})
        gone += [{"of": rule.id} for rule in found.values()]
    one = rules.c.id == bindparam("of")
    for statement, rows in (
        (delete(rules).where(one), gone),
        (update(rules).where(one), changed),
        (insert(rules), added),
    ):
        if rows:
            tx.execute(statement, rows)


def rules_of(tx: Connection, trigger_id: str) -> list[Rule]:
    """Return a trigger's rules."""
    rows = tx.execute(select(rules).where(rules.c.trigger_id == trigger_id).order_by(rules.c.id))
    return [from_row(Rule, row, rules, conditions=tuple(row.conditions)) for row in rows]


def rules_of_many(tx: Connection, trigger_ids: Collection[str]) -> dict[str, list[Rule]]:
    """Return rules by trigger id."""
    found: dict[str, list[Rule]] = {trigger_id: [] for trigger_id in trigger_ids}
    for some in _portions(trigger_ids):
        for row in tx.execute(select(rules).where(rules.c.trigger_id.in_(some)).order_by(rules.c.id)):
            found[row.trigger_id].append(from_row(Rule, row, rules, conditions=tuple(row.conditions)))
    return found


def _portions(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    return (ordered[start : start + 500] for start in range(0, len(ordered), 500))


def _query() -> Select[Any]:
    return select(triggers, projects.c.name.label("project")).join(projects, projects.c.id == triggers.c.project_id)


def _row(trigger: Trigger) -> dict[str, Any]:
    row = to_row(trigger, triggers)
    row["schedule"] = None if trigger.schedule is None else schedules.to_stored(trigger.schedule)
    row["source"] = {name: one.to_dict() for name, one in trigger.sources.items() if one is not None} or None
    row["api_call"] = None if trigger.api_call is None else trigger.api_call.to_dict()
    row["api_call_kind"] = None if trigger.api_call is None else trigger.api_call.kind
    row["retry"] = None if trigger.retry is None else trigger.retry.to_dict()
    row["policy"] = None if trigger.policy is None else trigger.policy.to_dict()
    row["signature"] = None if trigger.signature is None else trigger.signature.to_dict()
    row["collect"] = None if trigger.collect is None else trigger.collect.to_dict()
    row["freshness"] = None if trigger.freshness is None else trigger.freshness.to_dict()
    row["rules"] = [rule.to_dict() for rule in trigger.rules] or None
    row["notify"] = None if trigger.notify is None else [one.to_dict() for one in trigger.notify]
    return row


def _trigger(row: Row[Any]) -> Trigger:
    schedule = None if row.schedule is None else schedules.from_dict(row.schedule)
    api_call = None if row.api_call is None else parse_api_call(row.api_call)
    retry = None if row.retry is None else parse_retry(row.retry)
    policy = None if row.policy is None else parse_policy(row.policy)
    signature = None if row.signature is None else parse_signature(row.signature)
    collect = None if row.collect is None else parse_collecting(row.collect)
    freshness = None if row.freshness is None else parse_freshness(row.freshness)
    return from_row(
        Trigger, row, triggers, freshness=freshness,
        schedule=schedule, api_call=api_call, retry=retry, policy=policy, signature=signature,
        priority=row.priority or 0, project=row.project, tags=tuple(row.tags or ()),
        skip_tags=tuple(row.skip_tags or ()), env=row.env or {},
        rules=parse_rules(row.rules or ()), collect=collect,
        notify=None if row.notify is None else parse_notify(row.notify),
        **parsed_sources(row.source or {}),
    )  # fmt: skip
