"""`na.emit`: let an event happen, for the triggers that listen to its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .client import connect
from .errors import Invalid, Missing, Refused, for_people
from .notebook import project_name


@for_people
def emit(type: str, data: Mapping[str, Any] | None = None) -> Any:
    """Record an event called ``type`` with the JSON object ``data`` in this project.

    Returns the receipt with ``event_id`` and ``session_ids``: the sessions that it starts.
    """
    if not isinstance(type, str) or not type:
        raise Invalid("An event has a name: na.emit('order_received', {'id': 7}).", code="event_invalid")
    if data is not None and not isinstance(data, Mapping):
        raise Invalid("The data of an event is an object: na.emit('order_received', {'id': 7}).", code="event_invalid")
    project = project_name()
    try:
        return connect().post("events", {"type": type, "data": dict(data or {}), "project": project})
    except Refused as refused:
        if refused.code != "project_not_found":
            raise
        raise Missing(
            f"Nobody listens to {type!r}: nothing is registered in the project {project!r} yet. Register a trigger "
            f"first: %trigger NAME --event-type {type}",
            code="project_not_found",
        ) from None
