"""An event of a trigger, as it is recorded with the trigger's definition."""

from __future__ import annotations

import time
from typing import Any

from notebook_automation.domain.correlation import served
from notebook_automation.domain.events import EVENT_ID, Event, Source

from .matching import RuledTrigger


def trigger_event(ready: RuledTrigger, type: str, source: Source, data: Any, dedupe_key: str | None = None) -> Event:
    """Return a new event of a trigger, which has come now: by the request that is served, if one is."""
    origin = served()
    return Event(
        id=EVENT_ID.new(),
        type=type,
        source=source,
        project_id=ready.trigger.project_id,
        trigger_id=ready.trigger.id,
        trigger_ref=ready.trigger.ref,
        received_at=time.time(),
        data=data,
        config=ready.config,
        dedupe_key=dedupe_key,
        correlation_id=origin.correlation_id,
        traceparent=origin.traceparent,
    )
