"""What the rules of a trigger make of an event: enforcements, and sessions to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from notebook_automation.domain import schedules
from notebook_automation.domain.credentials import credentials_of, may_read, named_in, secret_texts
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.events import Event
from notebook_automation.domain.masking import MASK, SHORTEST, Masker
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.requesters import Requester
from notebook_automation.domain.rules import ENFORCEMENT_ID, Enforcement, Rule, Verdict, decide
from notebook_automation.domain.sessions import Origin, Session, requested_session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Filters
from notebook_automation.store.events import Occurrence


def rules_for(trigger: Trigger, rule_id: str) -> list[Rule]:
    """Return the rule that a trigger's own ``call`` is; none where it calls nothing."""
    if trigger.call is None:
        return []
    return [
        Rule(
            id=rule_id,
            trigger_id=trigger.id,
            ref=trigger.ref,
            call=trigger.call,
            conditions=() if trigger.filter is None else (trigger.filter,),
            enabled=trigger.enabled,
        )
    ]


@dataclass(frozen=True, slots=True)
class RuledTrigger:
    """A trigger with its rules, as they meet an event; ``config`` is the snapshot of both that history keeps."""

    trigger: Trigger
    rules: tuple[Rule, ...]
    config: dict[str, Any]


def ruled(trigger: Trigger, rules: Sequence[Rule]) -> RuledTrigger:
    """Return ``trigger`` with its rules."""
    return RuledTrigger(trigger, tuple(rules), {"trigger": _snapshot(trigger)})


class Matching:
    """Evaluates rules with ``filters``; decides, and stores nothing."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters

    def occurrence(
        self, event: Event, ruled: RuledTrigger, *, started_by: str, behind: Requester,
        parameters: Mapping[str, Any] | None = None, unconditional: bool = False,
    ) -> Occurrence:  # fmt: skip
        """Return ``event`` with what the trigger's rules make of it.

        ``behind`` it is who set it off. ``parameters`` are those of a manual start, laid over all others.
        ``unconditional`` (a person's "run now") skips conditions.
        """
        trigger = ruled.trigger
        enforcements: list[Enforcement] = []
        sessions: list[Session] = []
        for rule in ruled.rules:
            verdict = (
                Verdict(status="processed", matched=True) if unconditional else self._verdict(rule, event, trigger)
            )
            enforcement_id = ENFORCEMENT_ID.new()
            session = None
            if verdict.matched:
                session = self._session(event, ruled, rule, enforcement_id, started_by, behind, parameters or {})
                sessions.append(session)
            enforcements.append(
                Enforcement(
                    id=enforcement_id,
                    event_id=event.id,
                    rule_id=rule.id,
                    rule_ref=rule.ref,
                    trigger_ref=trigger.ref,
                    created_at=event.received_at,
                    status=verdict.status,
                    matched=verdict.matched,
                    condition=rule.condition,
                    conditions=rule.conditions,
                    reason=verdict.reason,
                    session_id=None if session is None else session.id,
                    config=ruled.config,
                )
            )
        return Occurrence(
            event=event, enforcements=tuple(enforcements), sessions=tuple(sessions), requester=behind.person
        )

    def _verdict(self, rule: Rule, event: Event, trigger: Trigger) -> Verdict:
        wanted = trigger.event_type
        if wanted is not None and trigger.type != "event" and wanted.lower() != event.type.lower():
            reason = f"The event is {event.type!r}, the trigger listens to {wanted!r}."
            return Verdict(status="processed", matched=False, reason=reason)
        if not rule.conditions:
            return decide(rule, [])
        answers = self._filters.match_many(rule.conditions, {"data": event.data, "event_type": event.type})
        return decide(rule, [(answer.matched, answer.error) for answer in answers])

    def _session(
        self, event: Event, ruled: RuledTrigger, rule: Rule, enforcement_id: str, started_by: str,
        behind: Requester, parameters: Mapping[str, Any],
    ) -> Session:  # fmt: skip
        trigger = ruled.trigger
        failure: str | None = None
        layered: dict[str, Any] = {}
        try:
            variables = {"data": event.data, "event_type": event.type}
            # "Run now" without data leaves nothing to map from: what is set on the trigger and in the notebook counts.
            started_with_nothing = event.source == "manual" and event.data is None
            wanted = {} if started_with_nothing else trigger.mapping
            secrets = secret_texts(credentials_of(event.data)) if wanted else []
            mapped = {
                name: self._mapped(text, variables, secrets) for name, text in wanted.items() if name not in parameters
            }
            layered = merged(None, trigger.parameters, mapped, parameters)
        except Invalid as error:
            # The rule did match, so somebody waits for this run: it is shown as failed rather than not at all.
            failure = f"The parameters could not be made from the event: {error.message}"
        session = requested_session(
            project_id=trigger.project_id, project=trigger.project, call=rule.call, started_by=started_by,
            parameters=layered, options=trigger.session_options,
            origin=Origin(
                trigger_id=trigger.id, trigger_ref=trigger.ref, event_id=event.id, enforcement_id=enforcement_id,
                config=ruled.config,
            ),
            behind=behind,
        )  # fmt: skip
        if failure is None:
            return session
        return replace(session, status="failed", reason=failure, finished_at=session.created_at)

    def _mapped(self, text: str, variables: Mapping[str, Any], secrets: Sequence[str]) -> Any:
        value = self._filters.evaluate_value(text, variables)
        if not secrets or not may_read(self._filters.fields(text)):
            # What comes from elsewhere stays, even if it looks like a credential.
            return value
        # Parameters are stored and shown.
        part = isinstance(value, str) and len(value) >= SHORTEST and any(value in secret for secret in secrets)
        return MASK if part and named_in(text) else Masker(secrets).value(value)


def _snapshot(trigger: Trigger) -> dict[str, Any]:
    """Return the definition of a trigger as events and sessions keep it."""
    kept = ("name", "type", "call", "event_type", "filter", "parameters", "mapping", "report", "keep", "is_sync",
            "is_durable",
            "warm", "time_limit")  # fmt: skip
    definition = {name: value for name, value in asdict(trigger).items() if name in kept}
    definition["schedule"] = None if trigger.schedule is None else schedules.to_dict(trigger.schedule)
    definition["retry"] = None if trigger.retry is None else trigger.retry.to_dict()
    if trigger.policy is not None:
        definition["policy"] = trigger.policy.to_dict()
    definition["signature"] = None if trigger.signature is None else trigger.signature.to_dict()
    return definition
