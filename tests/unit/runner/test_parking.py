"""A session is parked when it has waited a while and can go on; else it keeps its kernel, and says why, once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventually import eventually

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.runner.parking import ParkingWatch

SESSION = Session(
    id="ses_1", project_id="prj_1", project="p", call="a.ipynb", status="waiting", created_at=1.0, started_by="me"
)


def wait_of(number: int = 1, *, seconds: float | None = 10.0) -> Wait:
    return Wait(
        id=f"wai_{number}", session_id="ses_1", cell_index=0, piece=0, nth=0, kind="signal", question={"name": "go"},
        created_at=1.0, wake_at=None if seconds is None else time.time() + seconds,
    )  # fmt: skip


class Attempt:
    """A session whose kernel is a process that sleeps."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.wait: Wait | None = wait_of()
        self.kept: str | None = ""
        self.rehearsed = ""
        self.rehearsals = 0
        self.answered = False
        self.states: list[str] = []
        self.lines: list[str] = []
        self.looks = 0
        self.broken = False
        self.let_park = asyncio.Event()
        self.let_park.set()

    async def open_wait(self) -> Wait | None:
        self.looks += 1
        if self.broken:
            raise Unavailable("No database.", code="database_unavailable")
        return self.wait

    def why_kept(self) -> str | None:
        return self.kept

    async def rehearse(self) -> str:
        self.rehearsals += 1
        return self.rehearsed

    def kernel_pid(self) -> int | None:
        return self.pid

    async def park(self, wait: Wait) -> Session | None:
        await eventually(lambda: state_of(self.pid) == "T", "the kernel stands still")
        self.states.append(state_of(self.pid))
        await self.let_park.wait()
        return None if self.answered else SESSION

    def log(self, text: str) -> None:
        self.lines.append(text)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def attempt() -> Iterator[Attempt]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as kernel:
        yield Attempt(kernel.pid)
        kernel.kill()


async def watched(attempt: Attempt, until: str) -> list[Session]:
    """Watch until what ``until`` says has happened; return the sessions that were parked."""
    parked: list[Session] = []

    async def note(session: Session) -> None:
        parked.append(session)

    watch = ParkingWatch(attempt, 0.01, note)
    watch.start()
    begun = attempt.looks
    here = {
        "parked": lambda: parked,
        "said": lambda: attempt.lines and attempt.looks > begun + 8,
        "tried": lambda: attempt.states,
    }
    await eventually(lambda: bool(here[until]() if until in here else attempt.looks > begun + 4), until)
    await watch.stop()
    return parked


async def test_its_kernel_stands_still_when_it_is_parked(attempt: Attempt) -> None:
    assert await watched(attempt, "parked") == [SESSION]
    assert attempt.states == ["T"]
    assert state_of(attempt.pid) == "T"
    assert attempt.rehearsals == 0


async def test_what_is_answered_in_the_last_moment_goes_on(attempt: Attempt) -> None:
    attempt.answered = True
    assert await watched(attempt, "tried") == []
    await eventually(lambda: state_of(attempt.pid) == "S", "the kernel goes on")


@pytest.mark.parametrize("hindrance", ["kept", "rehearsed"])
async def test_what_could_not_go_on_keeps_its_kernel_and_says_why(attempt: Attempt, hindrance: str) -> None:
    setattr(attempt, hindrance, "`conn` is an open transaction")
    attempt.wait = wait_of(seconds=None)
    assert await watched(attempt, "said") == []
    assert attempt.lines == [
        "It keeps its kernel while it waits for signal go: `conn` is an open transaction."
    ]  # fmt: skip
    assert attempt.rehearsals == (1 if hindrance == "rehearsed" else 0)


async def test_a_long_wait_is_rehearsed_once(attempt: Attempt) -> None:
    attempt.wait = wait_of(seconds=None)
    assert await watched(attempt, "parked") == [SESSION]
    assert attempt.rehearsals == 1


async def test_what_is_not_saved_yet_and_a_database_that_is_away_only_delay_it(attempt: Attempt) -> None:
    attempt.kept = None
    assert await watched(attempt, "looks") == []
    attempt.kept, attempt.broken = "", True
    assert await watched(attempt, "looks") == []
    attempt.broken = False
    assert await watched(attempt, "parked") == [SESSION]


async def test_nothing_is_parked_where_that_is_turned_off(attempt: Attempt) -> None:
    async def note(session: Session) -> None:
        raise AssertionError(session)

    watch = ParkingWatch(attempt, 0.0, note)
    watch.start()
    assert attempt.looks == 0
    await watch.stop()


async def test_what_is_being_parked_is_parked_before_anything_else_happens(attempt: Attempt) -> None:
    parked: list[Session] = []

    async def note(session: Session) -> None:
        parked.append(session)

    attempt.let_park.clear()
    watch = ParkingWatch(attempt, 0.01, note)
    watch.start()
    await eventually(lambda: attempt.states, "it is about to be parked")
    stopping = asyncio.create_task(watch.stop())
    await asyncio.wait([stopping], timeout=0.01)
    attempt.let_park.set()
    await stopping
    assert parked == [SESSION]
    assert state_of(attempt.pid) == "T"
