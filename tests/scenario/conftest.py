"""A whole engine on a folder of its own, for stories about sessions: real processes, real kernels."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import pytest_asyncio
from eventually import eventually

from notebook_automation.compose.builders import build_server
from notebook_automation.compose.server import Server
from notebook_automation.domain.access import Caller
from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.engine.dispatcher import Dispatcher
from notebook_automation.services.container import Services
from notebook_automation.settings import Settings

ANA = Caller(kind="user", login="ana")


@dataclass
class Stand:
    """A server with an active engine, and a project ``sales`` in the folder ``project_folder``."""

    server: Server
    project: Project
    project_folder: Path

    @property
    def services(self) -> Services:
        return self.server.services

    @property
    def data(self) -> Path:
        return Path(self.services.settings.data_dir)

    def notebook(self, name: str, *cells: str | tuple[str, str], kernel: str = "python3") -> Path:
        """Write a notebook of code cells; a cell may be (source, tag)."""
        nb = nbformat.v4.new_notebook()
        nb.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
        for cell in cells:
            source, tags = (cell, []) if isinstance(cell, str) else (cell[0], [cell[1]])
            nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
        path = self.project_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, path)
        return path

    async def start(self, call: str, **options: Any) -> str:
        """Queue a session and return its id."""
        return (await self.services.sessions.start(ANA, self.project, call, **options)).session.id

    async def session(self, session_id: str) -> Session:
        return (await self.services.sessions.get(ANA, session_id)).session

    async def when(self, session_id: str, holds: Callable[[Session], bool]) -> Session:
        """Return the session once ``holds`` of it."""
        found = await self.session(session_id)

        async def look() -> bool:
            nonlocal found
            found = await self.session(session_id)
            return holds(found)

        await eventually(look, lambda: f"still {found.status}, cell {found.current_cell}")
        return found

    async def ended(self, session_id: str) -> Session:
        return await self.when(session_id, lambda session: session.status in TERMINAL)

    async def run(self, call: str, **options: Any) -> Session:
        return await self.ended(await self.start(call, **options))

    async def running_cell(self, session_id: str, number: int) -> Session:
        return await self.when(session_id, lambda session: session.current_cell == number)

    async def log(self, session_id: str) -> list[tuple[str, str]]:
        return [
            (line.kind, line.text) for line in await self.services.sessions.log(ANA, session_id, after=0, limit=500)
        ]

    async def artifacts(self, session_id: str) -> dict[str, Artifact]:
        found, _ = await self.services.artifacts.listed(ANA, limit=200, cursor=None, session=session_id)
        return {artifact.name: artifact for artifact in found}

    async def content(self, session_id: str, name: str) -> bytes:
        artifact = (await self.artifacts(session_id))[name]
        return (await self.services.artifacts.content(ANA, artifact.id))[1].read_bytes()

    async def executed(self, session_id: str, name: str) -> nbformat.NotebookNode:
        return nbformat.reads((await self.content(session_id, name)).decode(), as_version=4)

    def kernel_pid(self, session_id: str) -> int:
        record: Mapping[str, Any] = json.loads((self.data / "sessions" / session_id / "kernel.json").read_text())
        return int(record["pid"])

    def runner_pid(self, session_id: str) -> int:
        """The process that started the session's kernel."""
        record: Mapping[str, Any] = json.loads((self.data / "sessions" / session_id / "kernel.json").read_text())
        return int(record["runner"])

    @property
    def supervisor_pid(self) -> int:
        (launcher,) = [duty._launcher for duty in self.server.engine._duties if isinstance(duty, Dispatcher)]
        assert launcher.supervisor_pid is not None
        return launcher.supervisor_pid

    async def cleared(self, session_id: str) -> None:
        """Wait for a session's folder to be removed: its runner does so when the end is written."""
        folder = self.data / "sessions" / session_id
        await eventually(lambda: not folder.exists(), f"{folder} is removed")

    async def gone(self, pid: int) -> None:
        """Wait for a process to end (one that only waits to be collected has)."""
        await eventually(lambda: not _alive(pid), f"process {pid} ends")


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


MakeStand = Callable[..., Awaitable[Stand]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """One engine for all tests of a module, with the module's ``STAND_SETTINGS`` where it has them."""
    given = getattr(request.module, "STAND_SETTINGS", {})
    one = await make_stand(tmp_path_factory.mktemp("engine"), **given)
    yield one
    await one.server.stop()


@pytest_asyncio.fixture
async def fresh_stand(tmp_path: Path) -> AsyncIterator[MakeStand]:
    """Makes engines with settings of a test's own, stopped after it."""
    made: list[Stand] = []

    async def make(**settings: Any) -> Stand:
        made.append(await make_stand(tmp_path / f"engine{len(made)}", **settings))
        return made[-1]

    yield make
    for one in made:
        await one.server.stop()


async def make_stand(folder: Path, **settings: Any) -> Stand:
    """Start an engine under ``folder``."""
    root, data = folder / "root", folder / "data"
    project_folder = root / "sales"
    project_folder.mkdir(parents=True)
    given = {"lease": 5.0, "cancel_grace": 1.0, "max_sessions": 2, "engine_lease": 3.0, **settings}
    server = build_server(
        Settings(data_dir=str(data), root_dir=str(root), **given),
        api_url="http://127.0.0.1:9/notebook-automation/api/v1",
    )
    await server.start()
    project = await server.services.projects.at_folder(ANA, "sales")
    return Stand(server=server, project=project, project_folder=project_folder)
