"""What two servers on one database do to events and rules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.kernels import InstalledKernels
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.access import Caller
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.services.events import Events
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.projects import Projects
from notebook_automation.services.rules import Rules
from notebook_automation.services.sessions import Sessions
from notebook_automation.services.trigger_views import TriggerViews
from notebook_automation.services.triggers import Triggers
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

T = TypeVar("T")
ANA = Caller(kind="user", login="ana")


class RuleSide:
    """The services of one server."""

    def __init__(self, database: Database, folder: Path) -> None:
        filters, projects = Filters(), Projects(database, folder, NotebookReader(), Cipher(folder / "secret.key"))
        blobs, settings = FileBlobs(folder / "blobs"), Settings(data_dir=str(folder), root_dir=str(folder))
        parked = ParkedResults(database, blobs, Seal(folder / "secret.key"), settings)
        views = TriggerViews(database, projects, InstalledKernels(), filters)
        self.database = database
        self.queued: list[str] = []
        self.projects = projects
        self.events = Events(database, projects, filters, queued=self.queued.extend)
        self.triggers = Triggers(database, projects, filters, views, changed=self.events.forget_triggers)
        self.rules = Rules(database, self.triggers, views)
        self.held = HeldSessions(database, filters)
        self.sessions = Sessions(
            database, projects, queued=self.queued.extend, stopping=lambda session_id: None, parked=parked
        )

    async def registered(self, folder: str, **fields: Any) -> Any:
        """Register a webhook in the project at ``folder``; return its trigger."""
        project = await self.projects.at_folder(ANA, folder)
        given = {"name": "orders", "type": "webhook", "call": "a.ipynb", **fields}
        view, _ = await self.triggers.save(ANA, project, given, replace_existing=True)
        return view.trigger


def posted(body: Any) -> Delivery:
    """Return a delivery of ``body`` as JSON."""
    headers = [("Content-Type", "application/json")]
    return Delivery(method="POST", url="http://x/w", path="", query="", headers=headers, body=json.dumps(body).encode())


def now(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns."""
    return asyncio.run(work)
