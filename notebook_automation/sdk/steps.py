"""`na.step`: a call whose result is recorded before the notebook goes on, so that it is not done again."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from .errors import Invalid
from .step_calls import Call, RecordedCall, begin_call, current_key
from .step_retries import ONCE, Retry

NAME_LENGTH = 200


class Step:
    """A function whose calls are steps. It is called, awaited and used as a method as the function itself is."""

    def __init__(self, function: Callable[..., Any], name: str, retry: Retry, *, at_most_once: bool) -> None:
        self._set(function, name, retry, at_most_once)

    def _set(self, function: Callable[..., Any], name: str, retry: Retry, at_most_once: bool) -> None:
        update_wrapper(self, function)
        self.function, self.name, self.retry, self.at_most_once = function, name, retry, at_most_once
        self._is_async = inspect.iscoroutinefunction(function)
        if self._is_async and hasattr(inspect, "markcoroutinefunction"):
            inspect.markcoroutinefunction(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # IPython leaves such frames out: an error of the function is shown by the notebook's own lines.
        __tracebackhide__ = True
        if self._is_async:
            return self._awaited(args, kwargs)
        call = self._begin(args, kwargs)
        if call.recorded:
            return call.result()
        while True:
            call.begin_try()
            try:
                with call.running():
                    value = self.function(*args, **kwargs)
                break
            except Exception as error:
                pause = self._pause(call, error)
                if pause is None:
                    raise
            time.sleep(pause)
        return call.done(value)

    async def _awaited(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        call = self._begin(args, kwargs)
        if call.recorded:
            return call.result()
        while True:
            call.begin_try()
            try:
                with call.running():
                    value = await self.function(*args, **kwargs)
                break
            except Exception as error:
                pause = self._pause(call, error)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        return call.done(value)

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        call = begin_call(self.name, args, kwargs)
        if self.at_most_once and isinstance(call, RecordedCall):
            call.only_once()
        return call

    def _pause(self, call: Call, error: Exception) -> float | None:
        """Return the seconds to wait before the next try; None, and record the error, where there is none."""
        call.tries += 1
        delay = self.retry.delay_after(call.tries, error)
        if delay is None:
            call.failed(error)
        return delay

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else partial(self, instance)

    def __repr__(self) -> str:
        return f"<step {self.name!r} of {self.function!r}>"

    def __getstate__(self) -> tuple[Callable[..., Any], str, Retry, bool]:
        return self.function, self.name, self.retry, self.at_most_once

    def __setstate__(self, state: tuple[Callable[..., Any], str, Retry, bool]) -> None:
        self._set(*state)


def step(
    name: Any = None,
    function: Callable[..., Any] | None = None,
    /,
    *args: Any,
    retry: Retry | None = None,
    at_most_once: bool = False,
    **kwargs: Any,
) -> Any:
    """Call ``function`` and record in a durable session what it returns, before the notebook goes on.

    ``na.step("charge", charge, order)``, or as a decorator: ``@na.step``, ``@na.step("charge", retry=na.Retry(5))``; an
    ``async def`` function is awaited. When the cell runs again after a crash or a wait, a step that is recorded as done
    is not run again: it returns a copy of its result (the first time, too). One that raised after all its tries raises
    the same again, and runs again only where the session is resumed. One that was cut off runs again, with the same
    `na.idempotency_key`; with ``at_most_once`` it raises StepUncertain instead, for a person to look.

    Steps are found again by their order in the cell and by their arguments (in threads and tasks by name and
    arguments): StepMismatch says where these differ. What a step calls as a step is recorded as a part of it.
    Outside a durable session it runs, with its tries, and nothing is recorded.

    Raises Invalid for a call that says nothing that can be done, StepMismatch, StepUncertain, and StepNotRecorded where
    the result cannot be pickled or written.
    """
    __tracebackhide__ = True
    if function is None and callable(name):
        name, function, is_decorator = None, name, True
    else:
        is_decorator = function is None
    if at_most_once and retry is not None and retry.max_attempts > 1:
        raise Invalid("at_most_once and retry do not go together: a retry does the same again.")
    if retry is not None and not isinstance(retry, Retry):
        raise Invalid(f"retry is an na.Retry(max_attempts=…, base_delay=…), not {retry!r}.")
    make = partial(_made, name=name, retry=retry or ONCE, at_most_once=at_most_once)
    if not is_decorator:
        return make(function)(*args, **kwargs)
    if kwargs:
        raise Invalid(f"A step has no option {', '.join(sorted(kwargs))}: it has retry and at_most_once.")
    return make if function is None else make(function)


activity = step
"""Its other name."""


def _made(function: Any, *, name: Any, retry: Retry, at_most_once: bool) -> Step:
    if not callable(function):
        raise Invalid(f"A step runs a function: na.step('name', function, argument), not {function!r}.")
    name = getattr(function, "__name__", None) if name is None else name
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise Invalid(f"A step's name is text of 1 to {NAME_LENGTH} printable characters, not {name!r}.")
    return Step(function, name, retry, at_most_once=at_most_once)


def idempotency_key() -> str:
    """Return a key that is the same whenever this very step runs again, and that no other step has.

    Pass it to a system that does nothing twice for the same key (payments, messages). Raises Invalid outside a step.
    """
    return current_key()
