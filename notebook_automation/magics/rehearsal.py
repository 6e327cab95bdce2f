"""Trying a trigger in the open kernel: is the sample let through, and what would the handler answer?"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.display import display

from notebook_automation.sdk import context, outcomes
from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.records import Record, record

from .markup import Html, Shown, card, code, joined, table, tag, values_text
from .registration import kind

_DELIVERY_FIELDS = frozenset({"method", "headers", "body"})
_EVENT_FIELDS = {"type", "event_type", "id", "source", "trigger", "received_at", "seq"}


def rehearse_handler(shell: Any, said: argparse.Namespace, source: str) -> None:
    """Run the handler's text here for the sample, if the trigger would let it through, and show its answer."""
    __tracebackhide__ = True
    event = sample(said.test, kind(said), said.name, said.event_type)
    if not _let_through(event, said.filter, said.event_type):
        return
    run_for(shell, source, event, {**said.parameters, **mapped(event, said.mapping)})
    if said.sync and not any(entry.get("http") for entry in outcomes.take_remembered()):
        _say("The handler gave no answer: a caller would get 502. Call na.respond(…).")


def rehearse_notebook(said: argparse.Namespace) -> None:
    """Check the sample against the filter and make it this notebook's event: the cells can then be run by hand."""
    event = sample(said.test, kind(said), said.name, said.event_type)
    if _let_through(event, said.filter, said.event_type):
        context.rehearse(event, {**said.parameters, **mapped(event, said.mapping)})
        _say("na.event and na.params are set: run the cells of the notebook to see what they do.")


def run_for(shell: Any, source: str, event: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Run ``source`` here with ``event`` as `na.event` and ``parameters`` as variables; both stay afterwards."""
    __tracebackhide__ = True
    context.rehearse(event, parameters)
    outcomes.take_remembered()
    if parameters:
        _say(f"With {values_text(parameters)}")
        shell.push(dict(parameters), interactive=False)
    run_here(shell, source)


def mapped(event: Record, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that a trigger's ``mapping`` makes of an event: the server evaluates it, as in a session.

    Raises Refused (``filter_invalid``, ``mapping_failed``), NotConnected.
    """
    if not mapping:
        return {}
    asked = {"mapping": dict(mapping), "data": event.get("data"), "event_type": event["type"]}
    return dict(connect().post("events/explain", asked)["parameters"])


def run_here(shell: Any, source: str) -> None:
    """Run ``source`` as a cell of this kernel, inside the cell that asks for it; its error becomes that cell's."""
    __tracebackhide__ = True
    with _quiet(shell):
        waits = shell.should_run_async(source, transformed_cell=shell.transform_cell(source))
        result = _run_async(shell, source) if waits else shell.run_cell(source)
    result.raise_error()


def sample(name: str, trigger_type: str, trigger_name: str, event_type: str | None = None) -> Record:
    """Return the event that ``name`` stands for: a recorded one (`evt_…`), or a JSON file.

    The file holds an event (`type` and `data`), its `data` only, or for a webhook the JSON body only; where it says
    no type, the event is of ``event_type``. Raises UsageError when it cannot be read.
    """
    if name.startswith("evt_"):
        event: Record = connect().get(path_of("events", name))
        return event
    try:
        content = json.loads(Path(name).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read ({error.strerror}): --test takes a JSON file or an event's id."
        ) from None
    except ValueError as error:
        raise UsageError(f"{name} is no JSON: {error}.") from None
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
        "url": "",
        "path": "",
        "query": {},
        **data,
        "method": str(data.get("method") or method).upper(),
        "headers": {name.lower(): value for name, value in given_headers.items()},
        "body": {"text": text, "form": None, "bytes": None, **body, "json": content},
        "json": content,
    }


def _let_through(event: Record, text: str | None, event_type: str | None) -> bool:
    """Show how the sample meets the trigger's condition, and return whether it does."""
    if event_type and str(event["type"]).lower() != event_type.lower():
        _say(f"It would not run: the event's type is {event['type']!r}, the trigger listens to {event_type!r}.")
        return False
    if not text:
        return True
    told = connect().post("events/explain", {"filter": text, "data": event.get("data"), "event_type": event["type"]})
    display(explanation(told))  # type: ignore[no-untyped-call]
    return bool(told["matched"])


def explanation(told: Mapping[str, Any]) -> Shown:
    """Return a filter's verdict clause by clause, with the values that it saw."""
    verdict = "The filter lets it through." if told["matched"] else "The filter stops it: it would not run."
    if told.get("error"):
        verdict = f"The filter has an error, so it would not run: {told['error']}"
    rows = [
        (code(clause["text"]), _clause_result(clause), code(_values(clause))) for clause in told.get("clauses") or []
    ]
    shown = table(("Clause", "Result", "Saw"), rows, empty="")
    return Shown(
        joined((tag("b", verdict), Html(shown._repr_html_()) if rows else "")),
        f"{verdict}\n{shown!r}".rstrip(),
    )


def _clause_result(clause: Mapping[str, Any]) -> str:
    if clause.get("error"):
        return f"error: {clause['error']}"
    return "not needed" if clause.get("result") is None else str(clause["result"]).lower()


def _values(clause: Mapping[str, Any]) -> str:
    seen = clause.get("values") or {}
    return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in seen.items())


def _say(text: str) -> None:
    display(card("Test", text, []))  # type: ignore[no-untyped-call]


@contextmanager
def _quiet(shell: Any) -> Iterator[None]:
    """Leave showing an error to the cell around, which shows it once and is marked as failed."""
    names = ("showtraceback", "showsyntaxerror", "showindentationerror")
    before = {name: shell.__dict__.get(name) for name in names}
    for name in names:
        setattr(shell, name, lambda *args, **kwargs: None)
    try:
        yield
    finally:
        for name, own in before.items():
            if own is None:
                delattr(shell, name)
            else:
                setattr(shell, name, own)


def _run_async(shell: Any, source: str) -> Any:
    """Run a text with `await` in it: this thread's loop is busy with the cell around, so another thread has one."""
    results: list[Any] = []

    async def run() -> None:
        results.append(await shell.run_cell_async(source, transformed_cell=shell.transform_cell(source)))

    surroundings = contextvars.copy_context()
    thread = threading.Thread(target=surroundings.run, args=(asyncio.run, run()))
    thread.start()
    thread.join()
    return results[0]
