"""Chains of sessions that set each other off by triggers: how long one is, and the end of one that is too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.after import LOOP
from notebook_automation.domain.events import Source
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.requesters import NOBODY, Requester
from notebook_automation.domain.sessions import Session
from notebook_automation.store import session_log, sessions

from .matching import Matching, RuledTrigger
from .trigger_events import trigger_event

_ANCESTORS = 100


class Chains:
    """Makes the events by which a session sets off another; ``longest`` is how many may follow each other."""

    def __init__(self, matching: Matching, longest: int) -> None:
        self._matching = matching
        self._longest = longest

    def following(
        self, tx: Connection, ready: RuledTrigger, before: Sequence[Session], *, type: str, source: Source,
        data: dict[str, Any], key: str, behind: Requester = NOBODY,
    ) -> Occurrence:  # fmt: skip
        """Return an event that ``before`` (the last one last) have led to, with what the trigger's rules make of it.

        ``behind`` it is who is behind the last of them, where there is one. ``data`` gets the chain's ``depth``. Where
        the chain is too long nothing runs, and the last session's log says so.
        """
        depth = 1 + max((depth_of(tx, session) for session in before), default=0)
        data = {**data, "depth": depth}
        last = before[-1] if before else None
        if last is not None and depth > self._longest:
            session_log.write(
                tx, last.id, "stderr",
                f"{ready.trigger.ref} does not follow it: {self._longest} sessions have followed each other already "
                "(chain_max). Is there a circle of triggers that set each other off?",
            )  # fmt: skip
            return Occurrence(event=trigger_event(ready, LOOP, source, data, key))
        ready = _at_depth(ready, depth)
        event = trigger_event(ready, type, source, data, key)
        behind = behind if last is None else last.behind
        return self._matching.occurrence(event, ready, started_by=ready.trigger.ref, behind=behind)


def _at_depth(ready: RuledTrigger, depth: int) -> RuledTrigger:
    """Return ``ready`` so that what it makes knows how long its chain is."""
    rules = tuple(
        rule if rule.config is None else replace(rule, config={**rule.config, "depth": depth}) for rule in ready.rules
    )
    return replace(ready, config={**ready.config, "depth": depth}, rules=rules)


def depth_of(tx: Connection, session: Session) -> int:
    """Return how many sessions followed each other up to ``session``, or to the one whose code started it."""
    above: Session | None = session
    for _ in range(_ANCESTORS):
        if above is None:
            return 0
        if "depth" in above.config:
            return int(above.config["depth"])
        above = None if above.parent_id is None else sessions.get(tx, above.parent_id)
    return _ANCESTORS
