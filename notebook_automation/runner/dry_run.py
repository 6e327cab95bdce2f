"""A session rehearsed without a kernel, so that what the first one would build is built before processes are forked."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import nbformat
from jupyter_client.localinterfaces import is_local_ip

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.ids import new_id
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.wire import Wire
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import AcquiredSession, Attempts, Progress
from notebook_automation.services.endings import Ending
from notebook_automation.settings import Settings

from .preparation import make_ready, session_workspace
from .results import ResultCollector
from .session_observer import SessionObserver

_CALL = "rehearsal.ipynb"


def rehearse(attempts: Attempts, blobs: Blobs, settings: Settings, folder: Path) -> None:
    """Go through all but the kernel; ``folder`` is empty and somebody else's to remove. What fails is left out: the
    real session will say it."""
    now = time.time()
    project = Project(id=new_id("project"), name=f"rehearsal-{now:.0f}", path=str(folder / "project"), created_at=now)
    session = Session(
        id=new_id("session"), project_id=project.id, project=project.name, call=_CALL, status="scheduled",
        created_at=now, started_by="rehearsal", owner="rehearsal", lease_until=now + 60.0, parameters={"number": 1},
    )  # fmt: skip
    held = AcquiredSession(
        session=session, owner="rehearsal", token="", project=project, event=None, variables={}, snapshot=None
    )  # fmt: skip
    try:
        ending, progress = _run(held, blobs, replace(settings, data_dir=str(folder / "data")), Path(project.path))
        if settings.database.startswith("sqlite"):
            # The driver of another database may keep more open than a connection.
            attempts.dry_run(session, project, ending, progress)
    except AutomationError:
        return


def _run(held: AcquiredSession, blobs: Blobs, settings: Settings, project: Path) -> tuple[Ending, Progress]:
    project.mkdir(parents=True)
    nb = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.cells = [nbformat.v4.new_code_cell("number = 0", metadata={"tags": ["parameters"]})]
    nbformat.write(nb, project / _CALL)
    observer = SessionObserver(lambda: None)
    workspace = session_workspace(held, project, Workspaces(blobs, settings), settings)
    ready = make_ready(held, workspace, settings, api_url="", observer=observer)
    observer.plan(ready.execution.nb, ready.kernel_name, "started", {"warm": True})
    ready.execution.rehearse()
    # Read once for a process: the addresses of the machine, and how messages are packed.
    is_local_ip(ready.manager.ip)
    ready.manager.session.serialize(ready.manager.session.msg("shutdown_request", {"restart": False}))
    wire = Wire(b"key")
    wire.decode(wire.encode(wire.compose("execute_request", {"code": ""})))
    results = ResultCollector(blobs, settings)
    collected = results.collect_notebook(ready, ready.execution.nb, report=None)
    results.collect_files(collected, ready)
    progress = replace(observer.drain(), snapshot=workspace.snapshot)
    return Ending(status="completed", files=collected.files), progress
