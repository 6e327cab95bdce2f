"""What this run is about: its event, its parameters, its session, its project's variables."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import location
from .records import Headers, MissingKey, MissingName, Nothing, Record, missing_sentence, record

NO_EVENT_HERE = "There is no event in an open notebook: run the %%trigger cell with --test FILE, or replay one."
NO_EVENT_IN_SESSION = "This session was started without an event."
NO_SESSION = "There is no session in an open notebook: a session is one run of a trigger or a notebook."


class Params(Mapping[str, Any]):
    """The parameters of this run by name, also as attributes; read-only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise MissingKey(self._sentence(name)) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise MissingName(self._sentence(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Params({self._values!r})"

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dict."""
        return dict(self._values)

    def _sentence(self, name: str) -> str:
        if not self._values:
            return f"This run was given no parameters, so no {name!r}: defaults are the parameters cell's variables."
        return missing_sentence(name, self._values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """``event`` and ``session`` are Records, or Nothing (false, with a reason); ``variables`` None: ask the server.

    ``events`` are all that this run is for: more than one where they were collected; ``event`` is the last of them.
    """

    event: Record | Nothing
    params: Params
    session: Record | Nothing
    variables: Record | None = None
    events: list[Record] = field(default_factory=list)


def current() -> Context:
    """Return what this run is about; read once in a session, changed by a test or a replay in an open notebook."""
    global _current
    if _current is None:
        _current = _of_session() if location.session_id() else _of_open_notebook()
    return _current


def simulate(event: Mapping[str, Any] | None, parameters: Mapping[str, Any] | None = None) -> None:
    """Make ``event`` and ``parameters`` those of this open notebook, as if it ran for them."""
    global _current
    shown = as_event(event, NO_EVENT_HERE)
    _current = replace(current(), event=shown, events=_listed(shown), params=Params(parameters or {}))


def reset() -> None:
    """Forget what was read, so that it is read again."""
    global _current
    _current = None


_current: Context | None = None


def _of_open_notebook() -> Context:
    return Context(event=Nothing(NO_EVENT_HERE), params=Params({}), session=Nothing(NO_SESSION))


def _of_session() -> Context:
    content = _from_file() or _from_server()
    event = _of_this_session(content.get("event"))
    collected = [_of_this_session(one) for one in content.get("events") or ()]
    return Context(
        event=event,
        events=[one for one in collected if isinstance(one, Record)] or _listed(event),
        params=Params(content.get("parameters") or {}),
        session=content["session"],
        variables=content.get("variables"),
    )


def _of_this_session(event: Mapping[str, Any] | None) -> Record | Nothing:
    return as_event(None if event is None else {**event, "session_id": location.session_id()}, NO_EVENT_IN_SESSION)


def _listed(event: Record | Nothing) -> list[Record]:
    return [event] if isinstance(event, Record) else []


def _from_file() -> Record | None:
    path = os.environ.get("NOTEBOOK_AUTOMATION_CONTEXT")
    if not path:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file, object_hook=Record)
    except FileNotFoundError:
        return None
    return content if isinstance(content, Record) else None


def _from_server() -> Record:
    # A session that has its file needs no HTTP to know what it is about.
    from .client import connect, path_of

    content: Record = connect().get(path_of("sessions", str(location.session_id()), "context"))
    return content


def as_event(value: Mapping[str, Any] | None, reason: str) -> Record | Nothing:
    """Return an event of the server's as `na.event` shows it; where there is none, what says so by ``reason``."""
    if value is None:
        return Nothing(reason)
    event: Record = record(dict(value))
    data = event.get("data")
    if isinstance(data, Record) and isinstance(data.get("headers"), Record):
        data["headers"] = Headers(data["headers"])
    return event
