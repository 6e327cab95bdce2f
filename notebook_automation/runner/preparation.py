"""Makes a session ready to run: its workspace, its context, its kernel's environment, and its kernel started ahead."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.masking import Masker
from notebook_automation.execution.leftovers import SESSION_VARIABLE
from notebook_automation.execution.workspaces import Workspace, Workspaces, kernel_environment, sessions_folder
from notebook_automation.services.attempts import AcquiredSession
from notebook_automation.services.session_context import context_of
from notebook_automation.settings import Settings

if TYPE_CHECKING:
    from notebook_automation.execution.execute import NotebookExecution
    from notebook_automation.execution.leftovers import RecordedKernelManager
    from notebook_automation.execution.observer import RunObserver
    from notebook_automation.execution.setups import RanAhead
    from notebook_automation.forkserver.client.shared import SharedServer

CONTEXT = "context.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is there to run; the executed notebook will be ``file_name`` in the session's folder."""

    workspace: Workspace
    execution: NotebookExecution
    manager: RecordedKernelManager
    kernel_name: str
    cwd: Path
    file_name: str
    ahead: RanAhead | None = None
    """The set-up that one of the fork servers has run, if it is this session's."""


def session_workspace(held: AcquiredSession, project: Path, workspaces: Workspaces, settings: Settings) -> Workspace:
    """Make the session's folder with its workspace: of a new snapshot, or for a retry of that of the session before.

    Raises NotFound (``path_not_found``, ``blob_missing``), Unavailable (``disk_full``).
    """
    folder = sessions_folder(settings) / held.session.id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if held.snapshot is not None:
        return workspaces.of_snapshot(held.snapshot, folder)
    return workspaces.of_project(project, parse_call(held.session.call).path, folder)


def make_ready(
    held: AcquiredSession,
    workspace: Workspace,
    settings: Settings,
    *,
    api_url: str,
    observer: RunObserver,
    fork_servers: Sequence[SharedServer] = (),
    starting: Callable[[RecordedKernelManager, Mapping[str, Any]], None] = lambda manager, launch: None,
) -> Ready:
    """Prepare the called notebook, its context file and its kernel's environment. Raises NotFound, Invalid.

    The kernel is forked from one of ``fork_servers`` where one fits, best from one that has run the session's set-up.
    ``starting`` is called as soon as it is known which, with the arguments of `start_kernel`: it may be started while
    the rest is made ready.
    """
    from notebook_automation.execution.execute import NotebookExecution
    from notebook_automation.execution.kernels import launch_arguments
    from notebook_automation.execution.leftovers import RecordedKernelManager
    from notebook_automation.execution.outputs import OutputLimit
    from notebook_automation.execution.preparing import prepare

    session, folder = held.session, workspace.folder
    call = parse_call(session.call)
    prepared = prepare(workspace.work, call, session.kernel_name)
    manager = RecordedKernelManager(kernel_name=prepared.kernel_name, connection_file=str(folder / "connection.json"))
    manager.use_kernel_spec(prepared.kernel_spec)
    manager.record_folder = folder
    manager.fork_servers, manager.first = fork_servers, [str(workspace.work)]
    env = _session_environment(held, workspace, settings, _write_context(held, folder), api_url)
    launch = {"env": env, "cwd": str(prepared.cwd), "extra_arguments": launch_arguments(manager, [])}
    has_set_up = any(server.setup is not None for server in fork_servers)
    if not has_set_up:
        starting(manager, launch)
    execution = NotebookExecution(
        prepared.notebook,
        folder / prepared.file_name,
        parameters=session.parameters,
        kernel_name=prepared.kernel_name,
        input_path=session.call,
        cwd=prepared.cwd,
        env=env,
        manager=manager,
        observer=observer,
        masker=masker_of(held),
        output_limit=OutputLimit(cell=settings.output_limit, notebook=settings.output_limit),
    )
    ahead = None
    if has_set_up:
        ahead = _choose_servers(manager, workspace, session.call, prepared.kernel_name, execution)
        starting(manager, launch)
    return Ready(
        workspace=workspace,
        ahead=ahead,
        execution=execution,
        manager=manager,
        kernel_name=prepared.kernel_name,
        cwd=prepared.cwd,
        file_name=prepared.file_name,
    )


def _choose_servers(
    manager: RecordedKernelManager, workspace: Workspace, call: str, kernel_name: str, execution: NotebookExecution
) -> RanAhead | None:
    """Leave the manager no fork server with another set-up than the session's; return that one."""
    from notebook_automation.execution.setups import ran_ahead, setup_identity

    with_setup = [server for server in manager.fork_servers if server.setup is not None]
    identity = setup_identity(workspace.snapshot.id, call, kernel_name, execution.nb)
    found = None
    mine = []
    for server in with_setup:
        if server.setup is not None and server.setup["identity"] == identity and found is None:
            found = ran_ahead(identity, Path(server.setup["outputs"]))
            mine = [] if found is None else [server]
    manager.fork_servers = [*mine, *(server for server in manager.fork_servers if server.setup is None)]
    return found


def _session_environment(
    held: AcquiredSession, workspace: Workspace, settings: Settings, context: Path, api_url: str
) -> dict[str, str]:
    common = kernel_environment(settings)
    return {
        **common,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(workspace.work), common.get("PYTHONPATH")))),
        "JPY_SESSION_NAME": str(workspace.work / parse_call(held.session.call).path),
        SESSION_VARIABLE: held.session.id,
        "NOTEBOOK_AUTOMATION_TOKEN": held.token,
        "NOTEBOOK_AUTOMATION_CONTEXT": str(context),
        **({"NOTEBOOK_AUTOMATION_URL": api_url} if api_url else {}),
    }


def masker_of(held: AcquiredSession) -> Masker:
    """Return what hides the session's secrets: its project's, and the token by which its kernel reaches the server."""
    secrets = [held.variables[name] for name in held.secrets]
    return Masker([*secrets, held.token] if secrets else ())


def _write_context(held: AcquiredSession, folder: Path) -> Path:
    """Write what the session's code reads of itself; it holds secrets, so only its user may read it."""
    path = folder / CONTEXT
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(context_of(held), file)
    return path
