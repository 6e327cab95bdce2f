"""What every `ports.Launcher` must do, with real runners and kernels, on a database and a project of its own.

A later implementation (another machine, Dask) plugs in with one test module: a class ``Test…(LauncherContract)`` and a
fixture ``make_place`` of module scope, a function that takes settings and returns its `Place`.
``test_local_launcher.py`` is the first. All that a test knows of an implementation is the port and its `Place`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from eventually import eventually

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.compose.builders import build_server
from notebook_automation.compose.server import Server
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


@dataclass(frozen=True)
class Notified:
    """A piece of news, and the status that the table had when it came."""

    news: AttemptNews
    status: str


@dataclass
class Bench:
    """A launcher at work with one place, and the news it gave. ``server`` does not lead."""

    server: Server
    project: Project
    place: Place
    reaper: Reaper
    notified: list[Notified] = field(default_factory=list)

    @property
    def launcher(self) -> Launcher:
        return self.place.launcher

    @classmethod
    async def start(cls, folder: Path, make_place: MakePlace) -> Bench:
        root = folder / "root"
        (root / "sales").mkdir(parents=True)
        settings = Settings(
            data_dir=str(folder / "data"), root_dir=str(root), run_engine=False, max_sessions=1, start_tries=2,
            lease=5.0, cancel_grace=1.0, supervisor_poll=0.2, runner_start=120.0,
        )  # fmt: skip
        server = build_server(settings, api_url="")
        await server.start()
        project = await server.services.projects.at_folder(ANA, "sales")
        blobs = FileBlobs(folder / "data" / "blobs")
        retention = Retention(server.database, blobs, settings)
        reaper = Reaper(LostSessions(server.database, settings), retention, blobs, settings)
        bench = cls(server, project, make_place(settings), reaper)
        await reaper.start()
        await bench.launcher.start(bench.notify)
        return bench

    async def stop(self) -> None:
        await self.launcher.stop()
        await self.reaper.stop()
        await self.server.stop()

    def notify(self, news: Sequence[AttemptNews]) -> None:
        for one in news:
            found = self.server.database.read_now(lambda tx, one=one: sessions.statuses(tx, [one.session_id]))
            self.notified.append(Notified(one, found[one.session_id]))

    async def queue(self, *cells: str) -> str:
        """Queue a session that runs ``cells``; return its id. The launcher is not told."""
        name = f"call{len(list((Path(self.server.services.settings.root_dir) / 'sales').iterdir()))}.ipynb"
        (Path(self.server.services.settings.root_dir) / "sales" / name).write_text(json.dumps(_notebook(cells)))
        return (await self.server.services.sessions.start(ANA, self.project, name)).session.id

    async def launch(self, *cells: str) -> str:
        session_id = await self.queue(*cells)
        self.launcher.launch([session_id])
        return session_id

    async def session(self, session_id: str) -> Session:
        return (await self.server.services.sessions.get(ANA, session_id)).session

    async def ended(self, session_id: str) -> Session:
        """Return the session once it has ended and its last step was notified."""

        async def both() -> Session | None:
            session = await self.session(session_id)
            is_over = any(step in LAST_STEPS for step in self.steps(session_id))
            return session if is_over and session.status in TERMINAL else None

        found = await eventually(both, lambda: f"the end of {session_id}; there is {self.notified}", seconds=120)
        assert found is not None
        return found

    async def in_cell(self, session_id: str, number: int) -> None:
        async def there() -> bool:
            return (await self.session(session_id)).current_cell == number

        await eventually(there, lambda: f"cell {number} of {session_id}; there is {self.notified}", seconds=120)

    async def cancel(self, session_id: str) -> None:
        await self.server.services.sessions.cancel(ANA, session_id)
        self.launcher.cancel(session_id)

    def of(self, *session_ids: str) -> list[AttemptNews]:
        """Return the news of these sessions, in the order in which they came."""
        return [one.news for one in self.notified if one.news.session_id in session_ids]

    def steps(self, session_id: str) -> list[str]:
        return [one.step for one in self.of(session_id)]

    def statuses(self, session_id: str) -> list[str]:
        """Return what the table said at each step."""
        return [one.status for one in self.notified if one.news.session_id == session_id]

    async def ran(self, session_id: str) -> str:
        """Return what the sessions' cell `RUN` has written."""
        found, _ = await self.server.services.artifacts.listed(ANA, limit=50, cursor=None, session=session_id)
        (artifact,) = [one for one in found if one.name == "ran"]
        return (await self.server.services.artifacts.content(ANA, artifact.id))[1].read_text()


@pytest.mark.asyncio(loop_scope="module")
class LauncherContract:
    """The promises of `ports.Launcher`. The tests share one launcher, and each leaves it at work."""

    async def test_a_queued_session_runs_to_its_end_and_the_news_say_so(self, bench: Bench) -> None:
        session_id = await bench.launch(RUN)
        assert (await bench.ended(session_id)).status == "completed"
        assert bench.steps(session_id) == ["claimed", "begun", "ended"]
        assert {(one.attempt, one.reason) for one in bench.of(session_id)} == {(1, None)}
        # The table is the truth, and had it before the news came.
        claimed, begun, ended = bench.statuses(session_id)
        assert claimed in ("scheduled", "running")
        assert begun in ("running", "completed")
        assert ended == "completed"

    async def test_launched_twice_it_runs_once_and_not_launched_it_runs_as_well(self, bench: Bench) -> None:
        launched = await bench.launch(RUN, RUN)
        bench.launcher.launch([launched, launched])
        await eventually(lambda: "begun" in bench.steps(launched))
        missed = await bench.queue(RUN, RUN)
        bench.launcher.launch([launched])
        bench.launcher.launch(["ses_nobody_knows"])
        for session_id in (launched, missed):
            assert (await bench.ended(session_id)).status == "completed"
            assert await bench.ran(session_id) == "ran ran "
        bench.launcher.launch([launched, missed])
        after = await bench.launch(RUN)
        await bench.ended(after)
        # There is one place: each had ended before the next was claimed, the oldest first.
        ids = (launched, missed, after)
        steps = [(one.session_id, one.step) for one in bench.of(*ids)]
        assert steps == [(one, step) for one in ids for step in ("claimed", "begun", "ended")]

    async def test_cancel_stops_a_running_session_and_a_waiting_one(self, bench: Bench) -> None:
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

    async def test_a_session_whose_runners_cannot_begin_fails_with_the_reason(self, bench: Bench) -> None:
        await bench.server.services.projects.set_variable(ANA, bench.project, "password", "canary", secret=True)
        key = Path(bench.server.services.settings.data_dir) / "secret.key"
        right = key.read_bytes()
        key.unlink()
        session_id = await bench.launch(RUN)
        await eventually(lambda: bench.steps(session_id).count("not_started") == 2, seconds=120)
        key.write_bytes(right)
        await bench.server.services.projects.remove_variable(ANA, bench.project, "password")
        session = await bench.session(session_id)
        assert bench.steps(session_id) == ["claimed", "not_started"] * 2
        assert (session.status, bench.statuses(session_id)[-1]) == ("failed", "failed")
        assert session.reason is not None
        assert "secret" in session.reason
        assert bench.of(session_id)[-1].reason == session.reason

    async def test_a_killed_place_is_lost_and_the_next_sessions_run(self, bench: Bench) -> None:
        lost = await bench.launch(RUN, "while True: pass")
        waiting = await bench.launch(RUN)
        await bench.in_cell(lost, 2)
        processes = bench.place.processes()
        await bench.place.kill()
        assert (await bench.ended(lost)).status == "abandoned"
        assert bench.steps(lost) == ["claimed", "begun", "lost"]
        assert bench.of(lost)[-1].reason
        assert (await bench.ended(waiting)).status == "completed"
        assert bench.steps(waiting) == ["claimed", "begun", "ended"]
        assert await bench.ran(lost) == "ran "
        await eventually(lambda: not set(processes) & set(bench.place.processes()))

    async def test_stop_leaves_no_process_and_what_waits_waits_for_the_next_start(self, bench: Bench) -> None:
        running = await bench.launch(RUN, "while True: pass")
        waiting = await bench.launch(RUN)
        await bench.in_cell(running, 2)
        assert bench.place.processes()
        await bench.launcher.stop()
        assert bench.steps(running)[-1] in LAST_STEPS
        assert (await bench.session(running)).status == "abandoned"
        assert (await bench.session(waiting)).status == "requested"
        assert list(bench.place.processes()) == []
        await bench.launcher.stop()
        await bench.launcher.start(bench.notify)
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
