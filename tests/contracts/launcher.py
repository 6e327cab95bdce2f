"""What every `ports.Launcher` must do, with real runners and kernels, on a database and a project of its own.

A later implementation (another machine, Dask) plugs in with one test module: a class ``Test…(LauncherContract)`` and a
fixture ``make_place``, a function that takes settings and returns its `Place`, stopped and killed at the end of the
test. ``test_local_launcher.py`` is the first. All that a test knows of an implementation is the port and its `Place`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from eventually import eventually

from notebook_automation.compose import Services, build_services
from notebook_automation.domain.access import Caller
from notebook_automation.domain.attempts import LAST_STEPS, AttemptNews
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.ports import Launcher
from notebook_automation.settings import Settings

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
        bench = cls(services, project, make_place(settings))
        await bench.launcher.start(bench.notified)
        return bench

    async def stop(self) -> None:
        await self.launcher.stop()
        await self.services.stop()

    def notified(self, news: Sequence[AttemptNews]) -> None:
        for one in news:
            view = self.services.sessions
            self.news.append(one)
            self.statuses.append(view.status_now(one.session_id))

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
