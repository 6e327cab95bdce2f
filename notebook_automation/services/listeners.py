"""Events reach the sessions that listen to them: stored, handed over and the sleepers woken in one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from notebook_automation.domain.events import Event, Receipt
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.waits import (
    Message,
    Subscription,
    Wait,
    event_key,
    listened_as,
    may_be_listened_to,
)
from notebook_automation.ports import Filters
from notebook_automation.settings import Settings
from notebook_automation.store import events, messages, session_log, subscriptions, waits

from . import notices
from .credentials import Credentials

_Name = tuple[str, str]
"""A project's id and the name of an event there."""


@dataclass(frozen=True, slots=True)
class _Listening:
    subscriptions: Sequence[Subscription]
    waits: Mapping[_Name, Sequence[Wait]]

    @property
    def session_ids(self) -> set[str]:
        """Who listens."""
        waiting = {wait.session_id for found in self.waits.values() for wait in found}
        return waiting | {one.session_id for one in self.subscriptions}


class Listeners:
    """Hands events to sessions: to subscriptions, by their filters, and to waits for an event by its name."""

    def __init__(self, filters: Filters, credentials: Credentials, settings: Settings | None = None) -> None:
        self._filters = filters
        self._credentials = credentials
        self._settings = settings or Settings()

    def accept(self, tx: Connection, occurrences: Sequence[Occurrence]) -> tuple[list[Receipt], list[str]]:
        """Store ``occurrences``, hand the new ones over; return their receipts, and the sessions that this has woken.

        Raises what `store.events.accept` raises.
        """
        receipts, woken = self._accepted(tx, occurrences)
        fresh = {receipt.event_id for receipt in receipts if not receipt.repeated}
        for one in occurrences:
            for session in one.sessions:
                # Of which no parameters could be made: nothing else ends it.
                if session.status == "failed" and one.event.id in fresh:
                    notices.session_ended(tx, session, self._settings, tried_again=False)
        return receipts, woken

    def _accepted(self, tx: Connection, occurrences: Sequence[Occurrence]) -> tuple[list[Receipt], list[str]]:
        if not subscriptions.anybody_listens(tx):
            return events.accept(tx, occurrences), []
        heard = [one for one in occurrences if may_be_listened_to(one.event)]
        listening = self._listening(tx, heard)
        held = waits.hold(tx, listening.session_ids)
        receipts = events.accept(tx, occurrences)
        known = {receipt.event_id for receipt in receipts if not receipt.repeated}
        fresh = [one for one in heard if one.event.id in known]
        new = [message for one in fresh for message in self._of_subscriptions(tx, one, listening.subscriptions)]
        new += _of_waits(fresh, listening.waits)
        kept = [message for message in new if message.session_id in held]
        return receipts, messages.deliver(tx, kept, partial(self.accepts, tx))

    def accepts(self, tx: Connection, wait: Wait, message: Message) -> bool:
        """Return whether ``wait`` takes ``message``: its own filter, where it has one, must match the event."""
        text = wait.question.get("filter")
        if text is None or message.event_id is None:
            return True
        event = events.get(tx, message.event_id)
        return event is not None and self._matches(tx, wait.session_id, text, event)

    def _listening(self, tx: Connection, heard: Sequence[Occurrence]) -> _Listening:
        triggers = {one.event.trigger_id for one in heard if one.event.trigger_id is not None}
        names = {pair for one in heard if (pair := _pair(one)) is not None}
        found = {pair: waits.open_by_keys(tx, [event_key(*pair)]) for pair in sorted(names)}
        return _Listening(subscriptions.to(tx, triggers, names), found)

    def _of_subscriptions(
        self, tx: Connection, occurrence: Occurrence, found: Collection[Subscription]
    ) -> list[Message]:
        event, pair, passes = occurrence.event, _pair(occurrence), None
        wanted = []
        for one in found:
            if one.trigger_id is not None:
                if one.trigger_id != event.trigger_id:
                    continue
                passes = self._passes(occurrence) if passes is None else passes
                if not passes:
                    continue
            elif pair != (one.project_id, one.event_type):
                continue
            if one.filter is None or self._matches(tx, one.session_id, one.filter, event):
                wanted.append(_message(one.session_id, one.id, occurrence))
        return wanted

    def _passes(self, occurrence: Occurrence) -> bool:
        """Return whether the event is one for its trigger: what its rules said, or, where it has none, its filter."""
        if occurrence.enforcements:
            return any(one.matched for one in occurrence.enforcements)
        event, trigger = occurrence.event, occurrence.event.config.get("trigger") or {}
        wanted, text = trigger.get("event_type"), trigger.get("filter")
        if wanted and trigger.get("type") != "event" and wanted.lower() != event.type.lower():
            return False
        return text is None or self._answer(text, event)[0]

    def _matches(self, tx: Connection, session_id: str, text: str, event: Event) -> bool:
        matched, error = self._answer(text, event)
        if error is not None:
            said = f"The filter {text!r} could not be decided for event {event.id}, which is left out: {error}"
            session_log.write(tx, session_id, "stderr", said)
        return matched

    def _answer(self, text: str, event: Event) -> tuple[bool, str | None]:
        opened, secrets = self._credentials.opened(event)
        [outcome] = self._filters.match_many([text], {"data": opened.data, "event_type": event.type})
        # What a filter stumbled over may be a credential.
        return outcome.matched, None if outcome.error is None else Masker(secrets).text(outcome.error)


def _of_waits(fresh: Sequence[Occurrence], found: Mapping[_Name, Sequence[Wait]]) -> list[Message]:
    """Return a message for each wait whose event has come: the first of them, if several came together."""
    first: dict[_Name, Occurrence] = {}
    for one in fresh:
        if (pair := _pair(one)) is not None:
            first.setdefault(pair, one)
    return [_message(wait.session_id, event_key(*pair), one) for pair, one in first.items() for wait in found[pair]]


def _pair(occurrence: Occurrence) -> _Name | None:
    """Return the project and the name by which an event is listened to, where it is not recorded already by another."""
    event = occurrence.event
    name = listened_as(event) if occurrence.is_first else None
    return None if name is None or event.project_id is None else (event.project_id, name)


def _message(session_id: str, key: str, occurrence: Occurrence) -> Message:
    event = occurrence.event
    sender = event.trigger_ref or event.source
    return Message(
        session_id=session_id,
        key=key,
        event_id=event.id,
        sender=sender,
        created_at=time.time(),
        requester=occurrence.requester,
    )
