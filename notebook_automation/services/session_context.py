"""What the code of a session may know of it, as its runner leaves it beside the notebook."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from notebook_automation.domain.events import Event
from notebook_automation.domain.times import rfc3339

from .attempts import AcquiredSession


def context_of(acquired: AcquiredSession) -> dict[str, Any]:
    """Return what the code of a session reads of itself, as ``GET sessions/{id}/context`` gives it."""
    session, event = acquired.session, acquired.event
    shown = asdict(session)
    for hidden in (
        "owner",
        "lease_until",
        "config",
        "enforcement_id",
        "snapshot_id",
        "keep",
        "trigger_ref",
        "request_key",
        "request_digest",
    ):
        del shown[hidden]
    shown["trigger"] = session.trigger_ref
    for name in ("created_at", "started_at", "finished_at"):
        shown[name] = rfc3339(shown[name])
    return {
        "session": {**shown, "duration": None, "artifact_count": 0},
        "event": None if event is None else _event(event),
        **({"events": [_event(one) for one in acquired.collected]} if acquired.collected else {}),
        "parameters": session.parameters,
        "variables": acquired.variables,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "trigger_id": event.trigger_id,
        "trigger": event.trigger_ref,
        "project_id": event.project_id,
        "data": event.data,
        "dedupe_key": event.dedupe_key,
        "received_at": rfc3339(event.received_at),
    }
