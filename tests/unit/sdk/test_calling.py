"""What a called function is given, and that it may run loops of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from notebook_automation.sdk import context
from notebook_automation.sdk.calling import arguments, outside_the_loop


@pytest.fixture(autouse=True)
def _session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    run = context.Context(
        event=context.as_event({"type": "post", "data": {"n": 5}}, ""),
        params=context.Params({"region": "emea", "limit": 3}),
        session=context.Nothing(""),
    )
    monkeypatch.setattr(context, "_current", run)


def called(function: Callable[..., Any]) -> Any:
    args, kwargs = arguments(function)
    return function(*args, **kwargs)


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (lambda: (), ()),
        (lambda event: (event.data.n,), (5,)),
        (lambda anything: (anything.data.n,), (5,)),
        (lambda event, session_id: (event.data.n, session_id), (5, "ses_1")),
        (lambda session_id: (session_id,), ("ses_1",)),
        (lambda region, limit: (region, limit), ("emea", 3)),
        (lambda event, limit: (event.data.n, limit), (5, 3)),
        (lambda event, nothing=7, limit=0: (nothing, limit), (7, 3)),
        (lambda event, *, limit: (limit,), (3,)),
        (lambda event=None: (event.data.n,), (5,)),
        (lambda *args: (len(args), args[0].data.n), (1, 5)),
        (lambda event, *args: (len(args),), (0,)),
        (lambda event, **more: tuple(sorted(more)), ("limit", "region")),
        (lambda event, limit, /: (limit,), (3,)),
        (lambda event, nothing=7, /, limit=0: (nothing, limit), (7, 3)),
    ],
)
def test_arguments(function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    assert called(function) == given


def test_what_nobody_gives_is_named() -> None:
    with pytest.raises(TypeError, match="wants 'customer'"):
        arguments(lambda event, customer: None)


def test_without_an_event_a_default_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    run = context.Context(event=context.Nothing("none"), params=context.Params({}), session=context.Nothing(""))
    monkeypatch.setattr(context, "_current", run)
    assert called(lambda size=10: size) == 10
    assert not called(lambda event: event)


async def test_asyncio_run_works_within_a_running_loop() -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    async def five() -> int:
        await asyncio.sleep(0)
        return 5

    async def failing() -> float:
        return await five() / 0

    with outside_the_loop():
        assert asyncio.run(five()) == 5
    with pytest.raises(ZeroDivisionError), outside_the_loop():
        asyncio.run(failing())
    assert (asyncio.get_running_loop(), asyncio.current_task()) == (loop, task)
    assert await five() == 5
