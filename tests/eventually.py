"""How tests wait: until something of another task, thread or process holds. Nothing else in the tests sleeps."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds after which a wait fails: long, since a loaded machine may be late and a wait that succeeds is short."""
_PAUSES = 0.01, 0.1
"""Seconds of the first pauses and of the longest: asking costs processor time that what is waited for needs."""


async def eventually(
    condition: Callable[[], T | Awaitable[T]],
    what: str | Callable[[], object] = "",
    *,
    seconds: float = PATIENCE,
    pause: float | None = None,
) -> T:
    """Ask until the answer is true, and return it; ``condition`` may be a coroutine function.

    ``what`` describes what was waited for, or is called for what there is instead. Between two looks it pauses for an
    eighth of the time waited so far, or for ``pause`` seconds. AssertionError after ``seconds``.
    """
    began = time.monotonic()
    while True:
        answer: Any = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer  # type: ignore[no-any-return]
        _check(began + seconds, condition, what)
        await asyncio.sleep(_pause(began) if pause is None else pause)


def wait_until(
    condition: Callable[[], T],
    what: str | Callable[[], object] = "",
    *,
    seconds: float = PATIENCE,
    pause: float | None = None,
) -> T:
    """The same for tests without an event loop."""
    began = time.monotonic()
    while not (answer := condition()):
        _check(began + seconds, condition, what)
        time.sleep(_pause(began) if pause is None else pause)
    return answer


def _pause(began: float) -> float:
    shortest, longest = _PAUSES
    return min(longest, max(shortest, (time.monotonic() - began) / 8))


def _check(deadline: float, condition: Callable[[], object], what: str | Callable[[], object]) -> None:
    if time.monotonic() > deadline:
        said = what() if callable(what) else what
        raise AssertionError(f"It did not come about: {said or _source(condition)}")


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
