"""Samples for a test run: a JSON file, as short as people write them, or a recorded event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.records import Record, record

_DELIVERY_FIELDS = frozenset({"method", "headers", "body"})
_EVENT_FIELDS = {"type", "event_type", "id", "source", "trigger", "received_at", "seq"}


def sample_event(name: str, trigger_type: str, trigger_name: str, event_type: str | None = None) -> Record:
    """Return the event that ``name`` stands for: a recorded one (`evt_…`), or a JSON file.

    The file holds an event (`type` and `data`), its `data` only, or for a webhook the JSON body only; where it says
    no type, the event is of ``event_type``. Raises UsageError where there is no such file, or it is not JSON.
    """
    if name.startswith("evt_"):
        event: Record = connect().get(path_of("events", name))
        return event
    try:
        content = json.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"The file {name} could not be opened ({error.strerror}): --test takes a JSON file or an event's id."
        ) from None
    except ValueError as error:
        raise UsageError(f"{name} is not JSON: {error}.") from None
    return event_of(content, trigger_type, trigger_name, event_type)


def event_of(content: Any, trigger_type: str, trigger_name: str, event_type: str | None = None) -> Record:
    """Return a whole event made of ``content``: an event, its data, or for a webhook a JSON body."""
    keys = _DELIVERY_FIELDS
    if isinstance(content, dict) and "data" in content and _EVENT_FIELDS & content.keys():
        event = {"id": "test", **content}
        # What is called an event has `data` in it, not a body: there `json` is what filters call data.json.
        keys = keys | {"json"}
        event["type"] = event.get("type") or event.get("event_type")
    else:
        event = {"id": "test", "type": None, "data": content}
    if trigger_type == "webhook":
        event["data"] = _delivery(event["data"], event_type or "POST", keys)
        event["type"] = event["type"] or event["data"]["method"].lower()
    event["type"] = event["type"] or event_type or trigger_type
    made: Record = record({"source": "manual", "trigger": trigger_name, **event})
    return made


def _delivery(data: Any, method: str, keys: frozenset[str]) -> dict[str, Any]:
    """Return webhook ``data`` in full, from as much of it as the sample says; with none of ``keys`` it is a body."""
    if not isinstance(data, dict) or not keys & data.keys():
        data = {"json": data}
    body = data.get("body") if isinstance(data.get("body"), dict) else {}
    content = data["json"] if "json" in data else body.get("json")
    text = json.dumps(content) if content is not None else None
    given_headers = data.get("headers") or ({"content-type": "application/json"} if content is not None else {})
    return {
        "raw_url": "",
        "url": {},
        "path": "",
        "query": {},
        "trailers": {},
        **data,
        "method": str(data.get("method") or method).upper(),
        "headers": {name.lower(): value for name, value in given_headers.items()},
        "body": {"kind": "json", "text": text, "form": None, "files": None, "bytes": None, **body, "json": content},
        "json": content,
    }
