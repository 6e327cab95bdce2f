"""What a called function is given, and the place where it runs: its event, the session, what a start gave."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from . import location
from .context import current

EVENT, SESSION_ID = "event", "session_id"


def arguments(function: Callable[..., Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and named arguments with which this session calls ``function``.

    ``event`` and ``session_id`` are what they are called; any other name is given the parameter of that name. The
    first place takes the event whatever its name, unless a parameter has it. Raises TypeError naming what is missing.
    """
    run = current()
    given = {**run.params, EVENT: run.event, SESSION_ID: location.session_id()}
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return [run.event], {}
    return _bound(signature.parameters, given, run.event)


def _bound(
    takes: Mapping[str, inspect.Parameter], given: Mapping[str, Any], event: Any
) -> tuple[list[Any], dict[str, Any]]:
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    by_place = True
    for position, (name, parameter) in enumerate(takes.items()):
        if parameter.kind is parameter.VAR_POSITIONAL:
            args += [event] if position == 0 else []
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update({key: given[key] for key in given if key not in takes and key not in (EVENT, SESSION_ID)})
        elif name in given or _takes_event(position, parameter, event):
            value = given.get(name, event)
            by_place = by_place and parameter.kind is not parameter.KEYWORD_ONLY
            if by_place:
                args.append(value)
            else:
                kwargs[name] = value
        elif parameter.default is parameter.empty:
            raise TypeError(f"The function wants {name!r}, which this start does not give: give it as a parameter.")
        else:
            by_place = False
    return args, kwargs


def _takes_event(position: int, parameter: inspect.Parameter, event: Any) -> bool:
    if position > 0 or parameter.kind is parameter.KEYWORD_ONLY:
        return False
    return bool(event) or parameter.default is parameter.empty


class outside_the_loop:
    """``with outside_the_loop():`` a function may use ``asyncio.run``: the kernel's loop, which runs the cell, waits.

    asyncio allows one running loop in a thread, and a kernel runs every cell within its own.
    """

    def __enter__(self) -> None:
        self._loop = asyncio._get_running_loop()
        self._task = None if self._loop is None else asyncio.current_task(self._loop)
        if self._loop is not None and self._task is not None:
            asyncio.tasks._leave_task(self._loop, self._task)
        asyncio._set_running_loop(None)

    def __exit__(self, *error: object) -> None:
        asyncio._set_running_loop(self._loop)
        if self._loop is not None:
            if self._task is not None:
                asyncio.tasks._enter_task(self._loop, self._task)
            asyncio.set_event_loop(self._loop)  # asyncio.run leaves none
