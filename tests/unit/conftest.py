"""The services wired as a server wires them, on a real SQLite database, real files and real filters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.kernels import InstalledKernels
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.projects import Project
from notebook_automation.domain.triggers import Trigger
from notebook_automation.services.artifacts import Artifacts
from notebook_automation.services.changes import Changes
from notebook_automation.services.checkpoints import Checkpoints
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.event_history import EventHistory
from notebook_automation.services.events import Events
from notebook_automation.services.file_moves import FileMoves
from notebook_automation.services.forks import Forks
from notebook_automation.services.live_copies import LiveCopies
from notebook_automation.services.manifests import Manifests
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.projects import Projects
from notebook_automation.services.rules import Rules
from notebook_automation.services.session_code import SessionCode
from notebook_automation.services.sessions import Sessions
from notebook_automation.services.signals import Signals
from notebook_automation.services.subscriptions import Subscriptions
from notebook_automation.services.trigger_views import TriggerViews
from notebook_automation.services.triggers import Triggers
from notebook_automation.services.waits import Waits
from notebook_automation.services.why import WhyService
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

ANA = Caller(kind="user", login="ana")


@dataclass(kw_only=True)
class ServerServices:
    """One server's services. ``queued`` are the ids that the dispatcher was given."""

    root: Path
    settings: Settings
    database: Database
    filters: Filters
    blobs: FileBlobs
    projects: Projects
    triggers: Triggers
    rules: Rules
    trigger_views: TriggerViews
    file_moves: FileMoves
    events: Events
    event_history: EventHistory
    sessions: Sessions
    session_code: SessionCode
    waits: Waits
    subscriptions: Subscriptions
    signals: Signals
    why: WhyService
    checkpoints: Checkpoints
    forks: Forks
    live_copies: LiveCopies
    seal: Seal
    artifacts: Artifacts
    manifests: Manifests
    changes: Changes
    queued: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    async def project(self, folder: str = "sales") -> Project:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        return await self.projects.at_folder(ANA, folder)

    async def trigger(self, name: str = "orders", *, folder: str = "sales", **fields: Any) -> Trigger:
        """Register a webhook trigger on a notebook that is there."""
        project = await self.project(folder)
        given = {"name": name, "type": "webhook", "call": "report.ipynb", **fields}
        self.notebook(f"{folder}/report.ipynb")
        view, _ = await self.triggers.save(ANA, project, given, replace_existing=True)
        return view.trigger

    def notebook(self, path: str, parameters: str | None = "region = 'emea'\ncount = 1\n", *more: str) -> Path:
        """Write a notebook with a parameters cell (none for None) and cells of ``more`` sources."""
        cells = [] if parameters is None else [_cell(parameters, ["parameters"])]
        cells += [_cell(source, []) for source in more]
        content = {"cells": cells, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content))
        return target


_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def _cell(source: str, tags: list[str]) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": f"c{abs(hash(source)) % 10**6}", "source": source, "metadata": {"tags": tags},
        "outputs": [], "execution_count": None,
    }  # fmt: skip


@pytest.fixture
def server_url(sqlite_url: str) -> str:
    """The database of a test's servers: a module whose stories are to be tried on each kind overrides it."""
    return sqlite_url


@pytest.fixture
async def make_server(server_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., ServerServices]]:
    """Wires the services, as often as a test wants: another server on the same database, or one after a restart."""
    made: list[ServerServices] = []
    data, root = tmp_path / "data", tmp_path / "root"
    data.mkdir()
    root.mkdir()

    def make(**changed: Any) -> ServerServices:
        settings = Settings(data_dir=str(data), root_dir=str(root), **changed)
        database, filters, blobs = Database(server_url, busy_seconds=0.5), Filters(), FileBlobs(data / "blobs")
        changes = Changes(database, poll=0.02)
        database.on_commit(changes.poke)
        projects = Projects(database, root, NotebookReader(), Cipher(data / "secret.key"))
        seal = Seal(data / "secret.key")
        queued: list[str] = []
        stopped: list[str] = []
        events = Events(database, projects, filters, queued=queued.extend)
        trigger_views = TriggerViews(database, projects, InstalledKernels(), filters)
        triggers = Triggers(database, projects, filters, trigger_views, changed=events.forget_triggers)
        parked = ParkedResults(database, blobs, seal, settings)
        own_sessions = Sessions(database, projects, queued=queued.extend, stopping=stopped.append, parked=parked)
        server = ServerServices(
            root=root,
            settings=settings,
            database=database,
            filters=filters,
            blobs=blobs,
            projects=projects,
            triggers=triggers,
            rules=Rules(database, triggers, trigger_views),
            trigger_views=trigger_views,
            file_moves=FileMoves(database, projects, changed=events.forget_triggers),
            events=events,
            event_history=EventHistory(database, projects, filters),
            sessions=own_sessions,
            session_code=SessionCode(database, projects, own_sessions, settings),
            waits=Waits(database, filters, Credentials(projects.cipher), changes),
            subscriptions=Subscriptions(database, filters),
            signals=Signals(database, queued=queued.extend),
            why=WhyService(database, projects, filters, trigger_views),
            checkpoints=Checkpoints(database),
            forks=Forks(database, projects, blobs, seal, queued=queued.extend),
            live_copies=LiveCopies(database, projects, blobs, seal, settings),
            seal=seal,
            artifacts=Artifacts(database, projects, blobs, settings),
            manifests=Manifests(database, projects, triggers, trigger_views),
            changes=changes,
            queued=queued,
            stopped=stopped,
        )
        made.append(server)
        return server

    yield make
    for server in made:
        await server.changes.stop()
        server.database.close()


@pytest.fixture
def server(make_server: Callable[..., ServerServices]) -> ServerServices:
    return make_server()


@pytest.fixture
def ana() -> Caller:
    """A person whom Jupyter let in."""
    return ANA


@pytest.fixture
def post() -> Callable[..., Delivery]:
    """Makes a delivery of a JSON body."""

    def make(body: Any = None, *, headers: dict[str, str] | None = None, method: str = "POST") -> Delivery:
        given = {"Content-Type": "application/json", **(headers or {})}
        raw = b"" if body is None else json.dumps(body).encode()
        return Delivery(method=method, url="http://x/w", path="", query="", headers=list(given.items()), body=raw)

    return make
