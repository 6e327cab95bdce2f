"""What the rules of a trigger make of an event: enforcements, and sessions to run."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from notebook_automation.domain import schedules
from notebook_automation.domain.collecting import Collecting, Held, key_of
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.events import Event
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.policies import validated_priority
from notebook_automation.domain.requesters import Requester
from notebook_automation.domain.rule_sets import rules_of
from notebook_automation.domain.rules import ENFORCEMENT_ID, Enforcement, Rule, Verdict, decide
from notebook_automation.domain.sessions import Origin, Session, requested_session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Filters

from .mapped_parameters import MappedParameters

_ASKED_FOR = Verdict(status="processed", matched=True)
_NOT_ASKED_FOR = Verdict(
    status="processed", matched=False, reason="The trigger was run by hand: what was asked for runs, and no other rule."
)


_NOT_AGAIN = Verdict(
    status="processed", matched=False, reason="It was done again for other rules: what this one ran needs no other run."
)


@dataclass(frozen=True, slots=True)
class Repetition:
    """What somebody lets happen later or anew: each event alone, for the ``rules`` with these refs; None: for all."""

    rules: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class RuledTrigger:
    """A trigger with its rules, as they meet an event; ``config`` is the trigger's snapshot that history keeps."""

    trigger: Trigger
    rules: tuple[Rule, ...]
    config: dict[str, Any]


def ruled(trigger: Trigger, stored: Sequence[Rule]) -> RuledTrigger:
    """Return ``trigger`` with its rules, under the ids of those that are ``stored``."""
    config = {"trigger": _snapshot(trigger)}
    ids = {rule.ref: rule.id for rule in stored}
    rules = tuple(
        replace(rule, id=ids[rule.ref], config=None if rule.config is None else {**config, **rule.config})
        for rule in rules_of(trigger)
        if rule.ref in ids
    )
    return RuledTrigger(trigger, rules, config)


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why sessions are made: ``behind`` the event it is who set it off, ``given`` are parameters over all others.

    ``by_hand``: somebody wants it now, so that nothing is collected. ``priority``: instead of the trigger's.
    """

    event: Event
    ruled: RuledTrigger
    started_by: str
    behind: Requester
    given: Mapping[str, Any]
    by_hand: bool
    priority: int | None


class Matching:
    """Evaluates rules with ``filters``; decides, and stores nothing."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._mapped = MappedParameters(filters)

    def occurrence(
        self, event: Event, ruled: RuledTrigger, *, started_by: str, behind: Requester,
        parameters: Mapping[str, Any] | None = None, asked_for: Collection[str] | None = None,
        again: Repetition | None = None, priority: int | None = None,
    ) -> Occurrence:  # fmt: skip
        """Return ``event`` with what the trigger's rules make of it.

        ``behind`` it is who set it off. ``parameters`` are those of a manual start, laid over all others. Of a person's
        "run now" ``asked_for`` are the refs of the rules that run, whatever their conditions say; ``priority`` takes
        the place of the trigger's. ``again`` is there for what somebody lets happen later, or anew. Raises Invalid
        (``priority_invalid``).
        """
        cause = _Cause(
            event, ruled, started_by, behind, parameters or {},
            by_hand=asked_for is not None or again is not None,
            priority=None if priority is None else validated_priority(priority),
        )  # fmt: skip
        enforcements: list[Enforcement] = []
        sessions: list[Session] = []
        held: list[Held] = []
        if asked_for is None:
            verdicts = self._verdicts(event, ruled)
            if again is not None and again.rules is not None:
                pairs = zip(ruled.rules, verdicts, strict=True)
                verdicts = [verdict if rule.ref in again.rules else _NOT_AGAIN for rule, verdict in pairs]
        else:
            verdicts = [_ASKED_FOR if rule.ref in asked_for else _NOT_ASKED_FOR for rule in ruled.rules]
        for rule, verdict in zip(ruled.rules, verdicts, strict=True):
            enforcement = _enforcement(event, ruled, rule, verdict)
            if verdict.matched:
                session = self._session(cause, rule, enforcement.id)
                sessions.append(session)
                enforcement = replace(enforcement, session_id=session.id)
                if rule.collect is not None and not cause.by_hand:
                    held.append(self._held(event, rule, rule.collect, session.id))
            enforcements.append(enforcement)
        return Occurrence(
            event=event, enforcements=tuple(enforcements), sessions=tuple(sessions), requester=behind.person,
            held=tuple(held),
        )  # fmt: skip

    def _verdicts(self, event: Event, ruled: RuledTrigger) -> list[Verdict]:
        """Return what each rule's conditions come to; all are looked at in one go, which reads the event once."""
        trigger, rules = ruled.trigger, ruled.rules
        wanted = trigger.event_type
        if wanted is not None and trigger.type != "event" and wanted.lower() != event.type.lower():
            reason = f"The event is {event.type!r}, the trigger listens to {wanted!r}."
            return [Verdict(status="processed", matched=False, reason=reason)] * len(rules)
        texts = [text for rule in rules if rule.enabled for text in rule.conditions]
        variables = {"data": event.data, "event_type": event.type}
        answers = iter(self._filters.match_many(texts, variables) if texts else ())
        return [
            decide(rule, [(one.matched, one.error) for one in islice(answers, len(rule.conditions))])
            if rule.enabled
            else decide(rule, [])
            for rule in rules
        ]

    def _session(self, cause: _Cause, rule: Rule, enforcement_id: str) -> Session:
        trigger, event = cause.ruled.trigger, cause.event
        failure: str | None = None
        parameters: dict[str, Any] = {}
        # What is collected is mapped when it is whole.
        if rule.collect is None or cause.by_hand:
            try:
                parameters = self._mapped.of(rule, event, cause.given)
            except Invalid as error:
                # The rule did match, so somebody waits for this run: it is shown as failed rather than not at all.
                failure = f"The parameters could not be made from the event: {error.message}"
        options = trigger.session_options
        if cause.priority is not None:
            options = replace(options, priority=cause.priority)
        session = requested_session(
            project_id=trigger.project_id, project=trigger.project, call=rule.call, started_by=cause.started_by,
            parameters=parameters, options=options,
            origin=Origin(
                trigger_id=trigger.id, trigger_ref=trigger.ref, event_id=event.id, enforcement_id=enforcement_id,
                config=rule.config or cause.ruled.config,
            ),
            behind=cause.behind,
        )  # fmt: skip
        if failure is None:
            return session
        return replace(session, status="failed", reason=failure, finished_at=session.created_at)

    def _held(self, event: Event, rule: Rule, collecting: Collecting, session_id: str) -> Held:
        """Return how the session that ``rule`` made for ``event`` is to be held back."""
        key: Any = None
        if collecting.key is not None:
            # Nothing is lost where it has no value: events without a key are collected together.
            with contextlib.suppress(Invalid):
                key = self._filters.evaluate_value(collecting.key, {"data": event.data, "event_type": event.type})
        size = len(json.dumps(event.data, default=str))
        return Held(session_id=session_id, rule_id=rule.id, key=key_of(key), collecting=collecting, size=size)


def _enforcement(event: Event, ruled: RuledTrigger, rule: Rule, verdict: Verdict) -> Enforcement:
    return Enforcement(
        id=ENFORCEMENT_ID.new(),
        event_id=event.id,
        rule_id=rule.id,
        rule_ref=rule.ref,
        trigger_ref=ruled.trigger.ref,
        created_at=event.received_at,
        status=verdict.status,
        matched=verdict.matched,
        condition=rule.condition,
        conditions=rule.conditions,
        reason=verdict.reason,
        config=rule.config or ruled.config,
    )


def _snapshot(trigger: Trigger) -> dict[str, Any]:
    """Return the definition of a trigger as events and sessions keep it."""
    kept = ("name", "type", "call", "event_type", "filter", "parameters", "mapping", "report", "keep", "is_sync",
            "is_durable",
            "warm", "skip_tags", "time_limit", "sync_time", "collect")  # fmt: skip
    definition = {name: value for name, value in asdict(trigger).items() if name in kept}
    definition["schedule"] = None if trigger.schedule is None else schedules.to_dict(trigger.schedule)
    definition |= {name: None if one is None else one.to_dict() for name, one in trigger.sources.items()}
    definition["retry"] = None if trigger.retry is None else trigger.retry.to_dict()
    if trigger.api_call is not None:
        definition["api_call"] = trigger.api_call.to_dict()
    # Of variables of the project it has the names alone.
    definition |= {name: one for name in ("kernel_name", "env", "memory") if (one := getattr(trigger, name))}
    if trigger.policy is not None:
        definition["policy"] = trigger.policy.to_dict()
    definition["signature"] = None if trigger.signature is None else trigger.signature.to_dict()
    return definition
