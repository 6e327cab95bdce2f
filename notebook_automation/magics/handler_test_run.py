"""A test run: a handler in the open kernel, for a sample. Is the sample let through, what would the handler answer?"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from IPython.display import display

from notebook_automation.sdk import context, outcomes
from notebook_automation.sdk.client import connect
from notebook_automation.sdk.records import Record

from .definition import TriggerDefinition
from .explanations import explanation_table
from .markup import card, values_text
from .samples import sample_event

_sources: dict[str, str] = {}
"""The text of each handler whose cell ran in this kernel, by name."""


def remember_handler(name: str, source: str) -> None:
    """Keep the text of a handler whose cell runs now, for later test runs."""
    _sources[name] = source


def handler_source(name: str) -> str | None:
    """Return the text of the handler ``name`` if its cell ran in this kernel."""
    return _sources.get(name)


def try_handler(shell: Any, definition: TriggerDefinition, sample: str, source: str) -> None:
    """Run the handler's text here for ``sample``, if the trigger would let it through, and show its answer."""
    __tracebackhide__ = True
    event = sample_event(sample, definition.type, definition.name, definition.event_type)
    if not _passes(event, definition):
        return
    run_for(shell, source, event, {**definition.parameters, **mapped(event, definition.mapping)})
    if definition.is_sync and not any(entry.get("http") for entry in outcomes.take_remembered()):
        _say("The handler gave no answer: a caller would get 502. Call na.respond(…).")


def try_notebook(definition: TriggerDefinition, sample: str) -> None:
    """Make ``sample`` this notebook's event, if the trigger would let it through: the cells can be run by hand."""
    event = sample_event(sample, definition.type, definition.name, definition.event_type)
    if _passes(event, definition):
        context.simulate(event, {**definition.parameters, **mapped(event, definition.mapping)})
        _say("na.event and na.params are set: run the cells of the notebook to see what they do.")


def run_for(shell: Any, source: str, event: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Run ``source`` here with ``event`` as `na.event` and ``parameters`` as variables; both stay afterwards."""
    __tracebackhide__ = True
    context.simulate(event, parameters)
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
    request = {"mapping": dict(mapping), "data": event.get("data"), "event_type": event["type"]}
    return dict(connect().post("events/explain", request)["parameters"])


def run_here(shell: Any, source: str) -> None:
    """Run ``source`` as a cell of this kernel, inside the cell that asks for it; its error becomes that cell's."""
    __tracebackhide__ = True
    with _without_tracebacks(shell):
        waits = shell.should_run_async(source, transformed_cell=shell.transform_cell(source))
        result = _run_async(shell, source) if waits else shell.run_cell(source)
    result.raise_error()


def _passes(event: Record, definition: TriggerDefinition) -> bool:
    """Show how the sample meets the trigger's condition, and return whether it does."""
    wanted = definition.event_type
    if wanted and str(event["type"]).lower() != wanted.lower():
        _say(f"It would not run: the event's type is {event['type']!r}, the trigger listens to {wanted!r}.")
        return False
    if not definition.filter:
        return True
    question = {"filter": definition.filter, "data": event.get("data"), "event_type": event["type"]}
    explanation = connect().post("events/explain", question)
    display(explanation_table(explanation))  # type: ignore[no-untyped-call]
    return bool(explanation["matched"])


def _say(text: str) -> None:
    display(card("Test", text, []))  # type: ignore[no-untyped-call]


@contextmanager
def _without_tracebacks(shell: Any) -> Iterator[None]:
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
