"""Events: received, matched and stored with the sessions they make, in one commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain import schedules
from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.api_calls import is_api_call
from notebook_automation.domain.challenges import ChallengeAnswer
from notebook_automation.domain.correlation import served
from notebook_automation.domain.deliveries import Delivery, read_delivery
from notebook_automation.domain.delivery_ids import delivery_key
from notebook_automation.domain.errors import Conflict, Invalid, NotFound, Unavailable
from notebook_automation.domain.events import EVENT_ID, MISSED, Event, Receipt, Source
from notebook_automation.domain.inbox import type_at_trigger
from notebook_automation.domain.missing import no_rule
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.projects import Project
from notebook_automation.domain.request_keys import RequestKey
from notebook_automation.domain.requesters import BY_WEBHOOK, Requester, by_schedule
from notebook_automation.domain.rule_sets import rule_ref
from notebook_automation.domain.rules import Rule
from notebook_automation.domain.traces import Span, intake_span
from notebook_automation.domain.triggers import Trigger
from notebook_automation.domain.verification import Unverified
from notebook_automation.ports import Filters
from notebook_automation.settings import Settings
from notebook_automation.store import events, inbox, triggers
from notebook_automation.store.database import Database

from . import notices
from .credentials import Credentials
from .event_history import ruled_trigger, stored_event
from .intake import EventIntake
from .listeners import Listeners
from .matching import Matching, RuledTrigger, ruled
from .projects import Projects
from .refusals import Refusals, WebhookOff
from .signed_deliveries import genuine, live_secrets
from .trigger_events import trigger_event

_LARGE = 128 * 1024
"""Bytes of a body from which on it is read in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a schedule comes to at one moment.

    ``fire`` are ticks to run, ``missed`` ticks to record in one event that runs nothing; ``cursor`` is up to when all
    is accounted for then, ``next_fire`` the next tick (both epoch seconds). ``late`` are those of ``fire`` whose time
    was long before.
    """

    trigger_id: str
    fire: tuple[datetime, ...]
    missed: tuple[datetime, ...]
    cursor: float
    next_fire: float | None
    late: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class _Webhook:
    ready: RuledTrigger
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"_Webhook({self.ready.trigger.ref!r})"


class Events:
    """The service of events. ``queued`` is called with the ids of sessions that wait to run, after their commit.

    ``ticked`` is called with how many ticks came late, and how many were missed; ``send_span``, if it is given, with
    how long each event took to be stored.
    """

    def __init__(
        self, database: Database, projects: Projects, filters: Filters, queued: Callable[[Sequence[str]], None],
        settings: Settings | None = None, ticked: Callable[[int, int], None] = lambda late, missed: None,
        send_span: Callable[[Span], None] | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._projects = projects
        self._filters = filters
        self._matching = Matching(filters)
        self._credentials = Credentials(projects.cipher)
        self.refusals = Refusals(database, self._credentials)
        self._queued = queued
        self._have_ticked = ticked
        self._send_span = send_span
        self._settings = settings or Settings()
        self._by_slug: dict[str, _Webhook] = {}
        self._generation = 0
        self._listeners = Listeners(filters, self._credentials, self._settings)
        self._intake = EventIntake(database, self._listeners, gone=self.forget_triggers, woken=queued)

    def forget_triggers(self) -> None:
        """Read triggers anew: some have changed."""
        self._by_slug.clear()
        self._generation += 1

    async def webhook(self, slug: str) -> Trigger:
        """Return the enabled webhook trigger with this slug; raises NotFound: WebhookOff for a disabled one."""
        return (await self._enabled_webhook(slug)).ready.trigger

    async def deliver(self, slug: str, delivery: Delivery, behind: Requester = BY_WEBHOOK) -> Receipt | ChallengeAnswer:
        """Record a webhook delivery and queue what its rules say; the receipt is given when all is on disk.

        ``behind`` it is whoever is known to have sent it. A sender that only asks whether somebody is there gets an
        answer, and nothing is recorded. Raises NotFound (``webhook_not_found``), Unverified, Invalid,
        UnsupportedMediaType, TooLarge, Unavailable.
        """
        webhook = await self._enabled_webhook(slug)
        # What is large takes a while to be read and matched: not in the event loop.
        if len(delivery.body) > _LARGE:
            made = await asyncio.to_thread(self._delivered, webhook, delivery, behind)
        else:
            made = self._delivered(webhook, delivery, behind)
        if isinstance(made, ChallengeAnswer):
            return made
        try:
            receipt = await self._accept(made)
        except NotFound:
            raise _no_webhook() from None
        if receipt.replayed:
            raise Unverified("delivery_replayed")
        return receipt

    def _delivered(self, webhook: _Webhook, delivery: Delivery, behind: Requester) -> Occurrence | ChallengeAnswer:
        ready = webhook.ready
        # Before anything is read of it: what is not genuine costs nothing more.
        sent = genuine(ready.trigger, webhook.secrets, delivery)
        if sent.answer is not None:
            return sent.answer
        data = read_delivery(sent.delivery)
        # The method in lower case is the event's type, as manifests write it: event_type == "post".
        event = self._event(ready, delivery.method.lower(), "webhook", data, delivery_key(data))
        event = event if sent.digest is None else replace(event, signed_digest=sent.digest)
        occurrence = self._matching.occurrence(event, ready, started_by=ready.trigger.ref, behind=behind)
        return self._credentials.hidden(occurrence)

    async def tick(self, ticks: Sequence[Tick]) -> None:
        """Record what schedules come to, each tick once and all in one commit. Raises Unavailable."""

        def work(tx: Connection) -> list[str]:
            by_id = {tick.trigger_id: tick for tick in ticks}
            rules = triggers.rules_of_many(tx, by_id)
            ready = [ruled(trigger, rules[trigger.id]) for trigger in triggers.many(tx, by_id)]
            made = [one for each in ready for one in self._ticked(each, by_id[each.trigger.id])]
            receipts, woken = self._listeners.accept(tx, made)
            for each in ready:
                self._tell(tx, each.trigger, by_id[each.trigger.id])
            triggers.set_ticks(
                tx, {one.trigger.id: (by_id[one.trigger.id].cursor, by_id[one.trigger.id].next_fire) for one in ready}
            )
            started = [queued for receipt in receipts if not receipt.repeated for queued in receipt.session_ids]
            return [*started, *woken]

        try:
            queued = await self._database.write(work)
        except IntegrityError as error:
            # Only where several servers share a database: a trigger was deleted, or ticked, in the same moment.
            raise Unavailable("A schedule was changed meanwhile. Try again.", code="trigger_changed") from error
        self._have_ticked(sum(len(tick.late) for tick in ticks), sum(len(tick.missed) for tick in ticks))
        if queued:
            self._queued(queued)

    def _tell(self, tx: Connection, trigger: Trigger, tick: Tick) -> None:
        if tick.missed:
            notices.ticks_missed(tx, trigger, [schedules.tick_key(one) for one in tick.missed], self._settings)
        if tick.late:
            notices.ticks_late(tx, trigger, [schedules.tick_key(one) for one in tick.late], self._settings)

    def _ticked(self, ready: RuledTrigger, tick: Tick) -> list[Occurrence]:
        occurrences: list[Occurrence] = []
        if tick.missed:
            keys = [schedules.tick_key(moment) for moment in tick.missed]
            data = {"count": len(keys), "first": keys[0], "last": keys[-1]}
            occurrences.append(Occurrence(event=self._event(ready, MISSED, "schedule", data)))
        for moment in tick.fire:
            key = schedules.tick_key(moment)
            event = self._event(ready, "tick", "schedule", {"scheduled_at": key}, key)
            behind = by_schedule(ready.trigger.changed_by)
            occurrences.append(self._matching.occurrence(event, ready, started_by=ready.trigger.ref, behind=behind))
        return occurrences

    async def fire(
        self, caller: Caller, key: str, *, data: Any = None, event_type: str | None = None,
        parameters: Mapping[str, Any] | None = None, rule: str | None = None, priority: int | None = None,
        request: RequestKey | None = None,
    ) -> Receipt:  # fmt: skip
        """Run a trigger now, by hand: its filter does not matter, ``parameters`` go over all others.

        What runs is its own call, or the ``rule`` of that name; ``priority`` takes the place of the trigger's. What was
        asked for before with the same key is not done again. Raises RequestKeyReused, NotFound (also
        ``rule_not_found``), Invalid (``parameter_unknown``, ``parameter_type``, ``priority_invalid``), Conflict
        (``trigger_calls_nothing``).
        """
        ready = await ruled_trigger(self._database, key)
        caller.require("run", ready.trigger.resource)
        asked_for = _asked_for(ready, rule)
        await self._check_parameters(ready.trigger, asked_for.call, parameters or {})
        event = self._event(ready, event_type or "manual", "manual", data)
        if request is not None:
            event = replace(event, dedupe_key=f"request:{caller.login}:{request.key}", request_digest=request.digest)
        occurrence = self._matching.occurrence(
            event, ready, started_by=caller.login, behind=caller.behind, parameters=parameters,
            asked_for={asked_for.ref}, priority=priority,
        )  # fmt: skip
        receipt = await self._accept(occurrence)
        if request is not None and receipt.repeated:
            before = await self._database.read(lambda tx: events.get(tx, receipt.event_id))
            request.check(None if before is None else before.request_digest)
        return receipt

    async def emit(self, caller: Caller, project: Project, type: str, data: Any) -> list[Receipt]:
        """Record the occurrence of the event ``type`` in a project; its triggers for that event run.

        Raises Invalid (``event_invalid``).
        """
        caller.require("run", project.resource)
        if not type.strip() or len(type) > 200 or not type.isprintable():
            raise Invalid("An event needs a type: a short name such as order_paid.", code="event_invalid")
        listening = await self._database.read(lambda tx: _listening(tx, project.id, type))
        if not listening:
            event = Event(
                id=EVENT_ID.new(), type=type, source="emit", project_id=project.id, received_at=time.time(), data=data,
                correlation_id=served().correlation_id, traceparent=served().traceparent,
            )  # fmt: skip
            return [await self._accept(Occurrence(event=event, requester=caller.behind.person))]
        occurrences = [
            replace(
                self._matching.occurrence(
                    self._event(ready, type, "emit", data), ready, started_by=caller.login, behind=caller.behind
                ),
                is_first=number == 0,
            )
            for number, ready in enumerate(listening)
        ]
        return list(await asyncio.gather(*(self._accept(occurrence) for occurrence in occurrences)))

    async def record(self, event: Event, behind: Requester) -> Receipt:
        """Store an event that meets no rule; the receipt is given when it is on disk. Raises Invalid, Unavailable."""
        return await self._accept(self._credentials.hidden(Occurrence(event=event, requester=behind.person)))

    async def replay(self, caller: Caller, event_id: str, trigger: str | None = None) -> Receipt:
        """Let a recorded event happen again, by its trigger as it is now, or by another ``trigger`` (id, project/name).

        Raises NotFound, Conflict (``event_refused``, ``trigger_gone``, ``trigger_needed``).
        """
        old = await stored_event(self._database, caller, event_id)
        if old.refusal is not None:
            raise Conflict(
                f"Event {event_id} was refused, and its body was not kept: let its sender send it again.",
                code="event_refused",
            )
        if old.trigger_id is None and trigger is None and old.trigger_ref is None:
            raise Conflict(
                f"Event {event_id} belongs to no trigger: name the one that is to get it.", code="trigger_needed"
            )
        if old.trigger_id is None and trigger is None:
            raise Conflict(
                f"Event {event_id} cannot be replayed: its trigger {old.trigger_ref or ''} is gone. Register one anew, "
                "and let the sender repeat it.",
                code="trigger_gone",
            )
        ready = await ruled_trigger(self._database, trigger or old.trigger_id or "")
        caller.require("run", ready.trigger.resource)
        opened, _ = self._credentials.opened(old)
        kind = type_at_trigger(old) if ready.trigger.type == "webhook" else old.type
        event = replace(self._event(ready, kind, "replay", opened.data), replay_of=old.id)
        occurrence = self._matching.occurrence(event, ready, started_by=caller.login, behind=caller.behind)
        receipt = await self._accept(occurrence if old.sealed is None else self._credentials.hidden(occurrence))
        if old.inbox_status == "failed":
            # From now on its status is what comes of this.
            await self._database.write(lambda tx: inbox.change(tx, old.id, inbox_status=None))
        return receipt

    async def _check_parameters(self, trigger: Trigger, call: str, parameters: Mapping[str, Any]) -> None:
        if is_api_call(call):
            merged(None, parameters)
            return
        project = await self._projects.get(SYSTEM, trigger.project_id)
        facts = await asyncio.to_thread(self._projects.facts, project, call)
        declared = None if facts is None or facts.parameters is None else list(facts.parameters)
        merged(declared, parameters)

    async def _enabled_webhook(self, slug: str) -> _Webhook:
        webhook = self._by_slug.get(slug)
        if webhook is None:
            generation = self._generation
            found = await self._database.read(lambda tx: self._find_by_slug(tx, slug))
            if found is None or found.ready.trigger.type != "webhook":
                raise _no_webhook()
            if not found.ready.trigger.enabled:
                raise WebhookOff(found.ready.trigger)
            webhook = found
            # What was read before a change must not be kept after it.
            if generation == self._generation:
                self._by_slug[slug] = webhook
        return webhook

    def _find_by_slug(self, tx: Connection, slug: str) -> _Webhook | None:
        trigger = triggers.by_slug(tx, slug)
        if trigger is None:
            return None
        secrets = live_secrets(tx, self._projects, trigger)
        return _Webhook(ruled(trigger, triggers.rules_of(tx, trigger.id)), secrets)

    def _event(self, ready: RuledTrigger, type: str, source: Source, data: Any, dedupe_key: str | None = None) -> Event:
        return trigger_event(ready, type, source, data, dedupe_key)

    async def _accept(self, occurrence: Occurrence) -> Receipt:
        began = time.time()
        receipt = await self._intake.accept(occurrence)
        if self._send_span is not None:
            self._send_span(intake_span(occurrence.event, began, time.time()))
        if receipt.session_ids and not receipt.repeated:
            self._queued(receipt.session_ids)
        return receipt


def _asked_for(ready: RuledTrigger, name: str | None) -> Rule:
    """Return the rule that somebody wants to run; raises NotFound, Conflict."""
    ref = rule_ref(ready.trigger, name)
    found = next((rule for rule in ready.rules if rule.ref == ref), None)
    if found is not None:
        return found
    if name is not None:
        raise no_rule(ready.trigger.ref, name)
    hint = "name one of its rules" if ready.rules else "give it a call, the notebook or program to run"
    raise Conflict(f"Trigger {ready.trigger.ref!r} calls nothing itself: {hint}.", code="trigger_calls_nothing")


def _no_webhook() -> NotFound:
    return NotFound("There is no such webhook.", code="webhook_not_found")


def _listening(tx: Connection, project_id: str, type: str) -> list[RuledTrigger]:
    return [ruled(trigger, triggers.rules_of(tx, trigger.id)) for trigger in triggers.listening(tx, project_id, type)]
