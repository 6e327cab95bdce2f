"""Filters that could not be decided for the newest event of their trigger, with the place of what went wrong."""

from __future__ import annotations

from sqlalchemy import Connection

from notebook_automation.domain.rules import UNDECIDED, Enforcement
from notebook_automation.domain.trigger_hints import Notice
from notebook_automation.domain.triggers import Trigger
from notebook_automation.domain.why import error_position
from notebook_automation.ports import Filters
from notebook_automation.store import events

from .credentials import Credentials, masked_explanation

_MOST = 10
"""Rules of which one answer tells."""


def filter_errors(tx: Connection, trigger: Trigger, filters: Filters, credentials: Credentials) -> list[Notice]:
    """Return what is wrong with the conditions of ``trigger`` as they are now, where its newest event met an error."""
    event = events.newest_of(tx, trigger.id)
    if event is None:
        return []
    failed = [one for one in events.enforcements_of(tx, event.id) if (one.reason or "").startswith(UNDECIDED)]
    if not failed:
        return []
    now = {text for text in (trigger.filter, *(text for rule in trigger.rules for text in rule.conditions)) if text}
    opened, secrets = credentials.opened(event)
    variables = {"data": opened.data, "event_type": event.type}

    def notice(one: Enforcement) -> Notice | None:
        # What was changed since is not held against it.
        texts = [text for text in one.conditions if text in now]
        explained = [masked_explanation(filters.explain(text, variables), secrets) for text in texts]
        at = error_position(texts, explained)
        if at is None:
            return None
        error = next(found.outcome.error for found in explained if found.outcome.error is not None)
        return Notice(
            "filter_error",
            f"The filter of {one.rule_ref} could not be decided for the newest event, so it ran nothing "
            f"(line {at.line}, column {at.column}): {error}",
        )

    return [found for one in failed[:_MOST] if (found := notice(one)) is not None]
