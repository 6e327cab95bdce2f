"""What a backfill does when the turn of its ticks comes: each happens as the schedule's own do, or is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.backfills import TickRecord, read_which, why_left_out
from notebook_automation.domain.events import Receipt
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.session_groups import Member, SessionGroup
from notebook_automation.store import ticks, triggers

from .group_progress import Started
from .listeners import Listeners
from .matching import Matching, Repetition, RuledTrigger, ruled
from .trigger_events import trigger_event


class BackfillTurns:
    """Lets ticks happen: one that came before only once more, and only the rules whose last run is to be done again."""

    def __init__(self, matching: Matching, listeners: Listeners) -> None:
        self._matching = matching
        self._listeners = listeners

    def start(self, tx: Connection, group: SessionGroup, members: Sequence[Member]) -> Sequence[Started]:
        """Record the ticks of ``members``, with the sessions that their trigger's rules make."""
        trigger = None if group.trigger_id is None else triggers.get(tx, group.trigger_id)
        if trigger is None or not trigger.enabled:
            gone = "Its trigger was deleted." if trigger is None else "Its trigger is switched off."
            return [Started(member=member, reason=gone) for member in members]
        ready = ruled(trigger, triggers.rules_of(tx, trigger.id))
        records = ticks.records(tx, trigger.id, [member.name for member in members])
        which = read_which(group.asked["which"])
        reasons = {one.position: why_left_out(records.get(one.name), which) for one in members}
        turns = [one for one in members if reasons[one.position] is None]
        made = [self._occurrence(ready, group, one, records.get(one.name)) for one in turns]
        receipts, _ = self._listeners.accept(tx, made)
        come = dict(zip((one.position for one in turns), receipts, strict=True))
        return [_started(one, come.get(one.position), reasons[one.position]) for one in members]

    def _occurrence(
        self, ready: RuledTrigger, group: SessionGroup, member: Member, before: TickRecord | None
    ) -> Occurrence:
        # A tick that never came takes its own key, by which the schedule's clock knows that it has come.
        key = member.name if before is None else f"{member.name} {group.id}"
        event = trigger_event(ready, "tick", "schedule", {"scheduled_at": member.name}, key)
        rules = None
        if before is not None:
            event = replace(event, replay_of=before.event_id)
            rules = before.rules_to_run(read_which(group.asked["which"]))
        occurrence = self._matching.occurrence(
            event, ready, started_by=group.started_by, behind=group.behind, again=Repetition(rules)
        )
        sessions = (replace(one, group_id=group.id, group_position=member.position) for one in occurrence.sessions)
        return replace(occurrence, sessions=tuple(sessions))


def _started(member: Member, receipt: Receipt | None, reason: str | None) -> Started:
    if receipt is None:
        return Started(member=member, reason=reason)
    if receipt.repeated:
        return Started(member=member, reason="It came by the schedule meanwhile.")
    if not receipt.session_ids:
        return Started(member=member, reason="No rule of its trigger ran anything for it.")
    return Started(member=member, session_ids=receipt.session_ids)
