"""What every `ports.Launcher` must do, with real runners and kernels, on a database and a project of its own.

A later implementation (another machine, Dask) plugs in with one test module: a class ``Test…(LauncherContract)`` and a
fixture ``make_place``, a function that takes settings and returns its `Place`, stopped and killed at the end of the
test. ``test_local_launcher.py`` is the first. All that a test knows of an implementation is the port and its `Place`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from eventually import eventually

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.compose import Services, build_services
from notebook_automation.domain.access import Caller
from notebook_automation.domain.attempts import LAST_STEPS, AttemptNews
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.engine.reaper import Reaper
from notebook_automation.ports import Launcher
from notebook_automation.services.endings import LostSessions
from notebook_automation.services.retention import Retention
from notebook_automation.settings import Settings
from notebook_automation.store import sessions

ANA = Caller(kind="user", login="ana")
RUN = "open('ran', 'a').write('ran ')"
"""A cell that leaves a file behind; the folder is the session's own copy, the artifact tells how often it ran."""


class Place(Protocol):
    """Where a launcher runs attempts, as the suite needs to know it."""

    launcher: Launcher

    async def kill(self) -> None:
        """Kill what runs the attempts, at once and without a warning: kill -9, a machine without power."""

    def processes(self) -> Sequence[int]:
        """Return the processes that the launcher has started and that are still there, with all below them."""


MakePlace = Callable[[Settings], Place]


@dataclass
class Bench:
    """A launcher at work: what was queued for it, and the news it gave. ``services`` is a server that does not lead."""

    services: Services
    project: Project
    place: Place
    reaper: Reaper
    news: list[AttemptNews] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    """The status in the table when each piece of news came."""

    @property
    def launcher(self) -> Launcher:
        return self.place.launcher

    @classmethod
    async def start(cls, folder: Path, make_place: MakePlace, **changed: Any) -> Bench:
        root = folder / "root"
        (root / "sales").mkdir(parents=True)
        given = {"lease": 3.0, "cancel_grace": 1.0, "max_sessions": 2, "start_tries": 2, "run_engine": False}
        # Started plain: what is kept warm has tests of its own.
        given.update(use_fork_server=False, warm_runners=0, warm_kernels=0)
        settings = Settings(data_dir=str(folder / "data"), root_dir=str(root), **{**given, **changed})
        services = build_services(settings, api_url="")
        await services.start()
        project = await services.projects.at_folder(ANA, "sales")
        blobs = FileBlobs(folder / "data" / "blobs")
        retention = Retention(services.database, blobs, settings)
        reaper = Reaper(LostSessions(services.database, settings), retention, blobs, settings)
        bench = cls(services, project, make_place(settings), reaper)
        await reaper.start()
        await bench.launcher.start(bench.notified)
        return bench

    async def stop(self) -> None:
        await self.launcher.stop()
        await self.reaper.stop()
        await self.services.stop()

    def notified(self, news: Sequence[AttemptNews]) -> None:
        for one in news:
            status = self.services.database.read_now(lambda tx, one=one: sessions.statuses(tx, [one.session_id]))
            self.news.append(one)
            self.statuses.append(status[one.session_id])

    async def queue(self, *cells: str) -> str:
        """Queue a session that runs ``cells``; return its id. The launcher is not told."""
        name = f"call{len(list((Path(self.services.settings.root_dir) / 'sales').iterdir()))}.ipynb"
        (Path(self.services.settings.root_dir) / "sales" / name).write_text(json.dumps(_notebook(cells)))
        return (await self.services.sessions.start(ANA, self.project, name)).session.id

    async def launch(self, *cells: str) -> str:
        session_id = await self.queue(*cells)
        self.launcher.launch([session_id])
        return session_id

    async def session(self, session_id: str) -> Session:
        return (await self.services.sessions.get(ANA, session_id)).session

    async def ended(self, session_id: str) -> Session:
        """Return the session once it has ended and its last step was notified."""

        async def both() -> Session | None:
            session = await self.session(session_id)
            told = any(one.step in LAST_STEPS for one in self.of(session_id))
            return session if told and session.status in TERMINAL else None

        found = await eventually(both, lambda: f"the end of {session_id}; there is {self.news}")
        assert found is not None
        return found

    async def in_cell(self, session_id: str, number: int) -> None:
        async def there() -> bool:
            return (await self.session(session_id)).current_cell == number

        await eventually(there, f"cell {number} of {session_id}")

    async def cancel(self, session_id: str) -> None:
        await self.services.sessions.cancel(ANA, session_id)
        self.launcher.cancel(session_id)

    def of(self, session_id: str) -> list[AttemptNews]:
        return [one for one in self.news if one.session_id == session_id]

    def steps(self, session_id: str) -> list[str]:
        return [one.step for one in self.of(session_id)]

    async def ran(self, session_id: str) -> str:
        """Return what the sessions' cell `RUN` has written."""
        found, _ = await self.services.artifacts.listed(ANA, limit=50, cursor=None, session=session_id)
        (artifact,) = [one for one in found if one.name == "ran"]
        return (await self.services.artifacts.content(ANA, artifact.id))[1].read_text()


StartBench = Callable[..., Awaitable[Bench]]


class LauncherContract:
    """The promises of `ports.Launcher`, one test each."""

    @pytest.fixture
    async def start(self, tmp_path: Path, make_place: MakePlace) -> AsyncIterator[StartBench]:
        """Starts a bench with settings of a test's own."""
        started: list[Bench] = []

        async def start_one(**settings: Any) -> Bench:
            started.append(await Bench.start(tmp_path / str(len(started)), make_place, **settings))
            return started[-1]

        yield start_one
        for bench in started:
            await bench.stop()

    async def test_a_queued_session_runs_to_its_end_and_the_news_say_so(self, start: StartBench) -> None:
        bench = await start()
        session_id = await bench.launch(RUN)
        assert (await bench.ended(session_id)).status == "completed"
        assert bench.steps(session_id) == ["claimed", "begun", "ended"]
        assert {one.attempt for one in bench.news} == {1}
        assert [one.reason for one in bench.news] == [None, None, None]
        # The table is the truth, and was true before each step was told.
        assert bench.statuses[0] in ("scheduled", "running")
        assert bench.statuses[1] in ("running", "completed")
        assert bench.statuses[2] == "completed"

    async def test_told_twice_it_runs_once_and_untold_it_runs_as_well(self, start: StartBench) -> None:
        bench = await start(max_sessions=1, supervisor_poll=0.2)
        told = await bench.launch(RUN)
        bench.launcher.launch([told, told])
        await eventually(lambda: "begun" in bench.steps(told))
        untold = await bench.queue(RUN)
        bench.launcher.launch([told])
        bench.launcher.launch(["ses_nobody_knows"])
        for session_id in (told, untold):
            assert (await bench.ended(session_id)).status == "completed"
            assert await bench.ran(session_id) == "ran "
        bench.launcher.launch([told, untold])
        after = await bench.launch(RUN)
        await bench.ended(after)
        steps = [(one.session_id, one.step) for one in bench.news]
        # One place: each had ended before the next was claimed, the oldest first.
        assert steps == [(one, step) for one in (told, untold, after) for step in ("claimed", "begun", "ended")]

    async def test_cancel_stops_a_running_session_and_a_waiting_one(self, start: StartBench) -> None:
        bench = await start(max_sessions=1)
        running = await bench.launch(RUN, "while True: pass")
        waiting = await bench.launch(RUN)
        await bench.in_cell(running, 2)
        await bench.cancel(waiting)
        await bench.cancel(running)
        bench.launcher.cancel(running)
        bench.launcher.cancel("ses_nobody_knows")
        assert (await bench.ended(running)).status == "cancelled"
        assert bench.steps(running) == ["claimed", "begun", "ended"]
        assert (await bench.session(waiting)).status == "cancelled"
        assert bench.steps(waiting) == []

    async def test_a_session_whose_runners_cannot_begin_fails_with_the_reason(self, start: StartBench) -> None:
        bench = await start(start_tries=2)
        await bench.services.projects.set_variable(ANA, bench.project, "password", "canary", secret=True)
        key = Path(bench.services.settings.data_dir) / "secret.key"
        right = key.read_bytes()
        key.unlink()
        session_id = await bench.launch(RUN)
        await eventually(lambda: bench.steps(session_id).count("not_started") == 2)
        session = await bench.session(session_id)
        assert (session.status, bench.statuses[-1]) == ("failed", "failed")
        assert bench.steps(session_id) == ["claimed", "not_started"] * 2
        assert session.reason is not None
        assert "A secret cannot be read" in session.reason
        assert bench.news[-1].reason == session.reason
        key.write_bytes(right)
        assert (await bench.ended(await bench.launch(RUN))).status == "completed"

    async def test_a_killed_place_is_lost_and_the_next_sessions_run(self, start: StartBench) -> None:
        bench = await start(max_sessions=1)
        lost = await bench.launch(RUN, "while True: pass")
        waiting = await bench.launch(RUN)
        await bench.in_cell(lost, 2)
        processes = bench.place.processes()
        await bench.place.kill()
        session = await bench.ended(lost)
        assert session.status == "abandoned"
        assert bench.steps(lost) == ["claimed", "begun", "lost"]
        assert bench.of(lost)[-1].reason
        assert (await bench.ended(waiting)).status == "completed"
        assert bench.steps(waiting) == ["claimed", "begun", "ended"]
        assert await bench.ran(lost) == "ran "
        await eventually(lambda: not set(processes) & set(bench.place.processes()))

    async def test_stop_leaves_no_process_and_what_waits_waits_for_the_next_start(self, start: StartBench) -> None:
        bench = await start(max_sessions=1)
        running = await bench.launch(RUN, "while True: pass")
        waiting = await bench.launch(RUN)
        await bench.in_cell(running, 2)
        processes = bench.place.processes()
        assert processes
        await bench.launcher.stop()
        assert bench.steps(running)[-1] in LAST_STEPS
        assert (await bench.session(running)).status == "abandoned"
        assert (await bench.session(waiting)).status == "requested"
        assert [pid for pid in processes if pid in bench.place.processes()] == []
        await bench.launcher.stop()
        await bench.launcher.start(bench.notified)
        assert (await bench.ended(waiting)).status == "completed"


def _notebook(cells: Sequence[str]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [
            {"cell_type": "code", "id": f"c{number}", "source": source, "metadata": {}, "outputs": [],
             "execution_count": None}
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
