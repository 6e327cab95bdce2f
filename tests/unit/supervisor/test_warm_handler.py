"""One handler that is kept ready: what it offers, when it is tried again, and when it is given back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.triggers import Trigger
from notebook_automation.supervisor import warm_handler
from notebook_automation.supervisor.warm_handler import RETRY_SECONDS, STARTING, WarmHandler

TRIGGER = Trigger(
    id="trg_x", project_id="prj_x", project="sales", name="orders", type="manual", call="a.ipynb:handle",
    created_at=1.0, updated_at=1.0,
)  # fmt: skip
ONE: Any = "a set-up"
OTHER: Any = "another set-up"


@pytest.fixture
def retired() -> list[Any]:
    return []


@pytest.fixture
def handler(retired: list[Any]) -> WarmHandler:
    return WarmHandler(TRIGGER, Path("/sales"), used_at=1.0, retire=retired.append)


class Clock:
    """The time of the monotonic clock, as the test sets it."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_the_set_up_before_is_retired_when_the_next_one_is_ready(handler: WarmHandler, retired: list[Any]) -> None:
    assert (handler.setup, handler.reason, handler.trouble) == (None, STARTING, "")
    handler.succeed(ONE)
    assert (handler.setup, retired) == (ONE, [])
    handler.succeed(OTHER)
    assert (handler.setup, retired) == (OTHER, [ONE])
    handler.drop("a file has changed")
    assert (handler.setup, handler.trouble, retired) == (None, "a file has changed", [ONE, OTHER])


def test_each_further_failure_is_waited_for_twice_as_long(
    handler: WarmHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(warm_handler, "time", clock)
    assert handler.is_due(clock.now)
    for seconds in (RETRY_SECONDS, 2 * RETRY_SECONDS, 4 * RETRY_SECONDS):
        handler.fail("it uses await")
        assert not handler.is_due(clock.now + seconds - 1)
        assert handler.is_due(clock.now + seconds)
    handler.failed_with("snp_x")
    assert (handler.failed_on, handler.trouble) == ("snp_x", "it uses await")
    handler.succeed(ONE)
    assert handler.is_due(clock.now)
    assert handler.trouble == ""


def test_one_that_was_given_back_is_made_ready_at_its_next_event(handler: WarmHandler, retired: list[Any]) -> None:
    handler.succeed(ONE)
    assert not handler.use()
    handler.rest("no event has come for a while")
    assert (handler.resting, handler.setup, retired) == (True, None, [ONE])
    assert handler.use()
    assert not handler.resting
    assert handler.used_at > 1.0


def test_it_is_of_a_trigger_as_long_as_that_runs_the_same(handler: WarmHandler) -> None:
    assert handler.is_of(replace(TRIGGER, name="renamed"), Path("/sales"))
    assert not handler.is_of(replace(TRIGGER, parameters={"region": "apac"}), Path("/sales"))
    assert not handler.is_of(TRIGGER, Path("/moved"))


async def test_it_is_being_made_until_the_work_has_ended(handler: WarmHandler) -> None:
    finish = asyncio.Event()

    async def work() -> None:
        await finish.wait()
        handler.succeed(ONE)

    assert not handler.is_being_made
    handler.make(work())
    assert handler.is_being_made
    finish.set()
    task = handler.cancel()
    assert task is not None
    await asyncio.wait([task])
    assert not handler.is_being_made
