"""A session without a kernel, so that what the first real one would build is built before processes are forked."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import nbformat
from jupyter_client.localinterfaces import is_local_ip

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.projects import PROJECT_ID, Project
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.execution.wire import Wire
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import AcquiredSession, Attempts, Progress
from notebook_automation.services.endings import Ending
from notebook_automation.settings import Settings

from .preparation import prepare_session, session_workspace
from .results import Collected, ResultCollector
from .session_observer import SessionObserver

_CALL = "dry-run.ipynb"


def dry_run(attempts: Attempts, blobs: Blobs, settings: Settings, folder: Path) -> None:
    """Go through all but the kernel; ``folder`` is empty and somebody else's to remove. What fails is left out: the
    real session will say it."""
    now = time.time()
    project = Project(id=PROJECT_ID.new(), name=f"dry-run-{now:.0f}", path=str(folder / "project"), created_at=now)
    session = Session(
        id=SESSION_ID.new(), project_id=project.id, project=project.name, call=_CALL, status="scheduled",
        created_at=now, started_by="dry run", owner="dry run", lease_until=now + 60.0, parameters={"number": 1},
    )  # fmt: skip
    acquired = AcquiredSession(
        session=session, owner="dry run", token="", project=project, event=None, variables={}, snapshot=None
    )  # fmt: skip
    try:
        ending, progress = _run(acquired, blobs, replace(settings, data_dir=str(folder / "data")), Path(project.path))
        if settings.database.startswith("sqlite"):
            # The driver of another database may keep more open than a connection.
            attempts.dry_run(session, project, ending, progress)
    except AutomationError:
        return


def _run(acquired: AcquiredSession, blobs: Blobs, settings: Settings, project: Path) -> tuple[Ending, Progress]:
    project.mkdir(parents=True)
    nb = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.cells = [nbformat.v4.new_code_cell("number = 0", metadata={"tags": ["parameters"]})]
    nbformat.write(nb, project / _CALL)
    observer = SessionObserver(lambda: None)
    workspace = session_workspace(acquired, project, Workspaces(blobs, settings))
    prepared = prepare_session(acquired, workspace, settings, api_url="", observer=observer)
    observer.plan(prepared.run.nb, prepared.kernel_name, "started", {"warm": True})
    prepared.copy.dry_run()
    # Read once for a process: the addresses of the machine, and how messages are packed.
    is_local_ip(prepared.manager.ip)
    prepared.manager.session.serialize(prepared.manager.session.msg("shutdown_request", {"restart": False}))
    wire = Wire(b"key")
    wire.decode(wire.encode(wire.compose("execute_request", {"code": ""})))
    results = ResultCollector(blobs, settings)
    collected = Collected()
    results.collect_notebook(collected, prepared, prepared.run.nb, report=None)
    results.collect_files(collected, prepared)
    drained = observer.drain()
    values = {**drained.values, "file_saved_at": 0.0}
    progress = replace(drained, snapshot=workspace.snapshot, values=values)
    return Ending(status="completed", files=collected.files), progress
