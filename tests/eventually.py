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
_PAUSE = 0.02


async def eventually(
    condition: Callable[[], T | Awaitable[T]],
    what: str | Callable[[], object] = "",
    *,
    seconds: float = PATIENCE,
    pause: float = _PAUSE,
) -> T:
    """Ask until the answer is true, and return it; ``condition`` may be a coroutine function.

    ``what`` describes what was waited for, or is called for what there is instead. AssertionError after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer: Any = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer  # type: ignore[no-any-return]
        _check(deadline, condition, what)
        await asyncio.sleep(pause)


def wait_until(
    condition: Callable[[], T],
    what: str | Callable[[], object] = "",
    *,
    seconds: float = PATIENCE,
    pause: float = _PAUSE,
) -> T:
    """The same for tests without an event loop."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        _check(deadline, condition, what)
        time.sleep(pause)
    return answer


def _check(deadline: float, condition: Callable[[], object], what: str | Callable[[], object]) -> None:
    if time.monotonic() > deadline:
        said = what() if callable(what) else what
        raise AssertionError(f"It did not come about: {said or _source(condition)}")


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
