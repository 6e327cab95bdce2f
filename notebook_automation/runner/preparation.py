"""Prepares a session to run: its workspace, its context, its notebook, and its kernel, started meanwhile."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.environments import opened_environment
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.traces import session_place
from notebook_automation.execution.kernel_record import SESSION_VARIABLE
from notebook_automation.execution.workspaces import Workspace, Workspaces, kernel_environment
from notebook_automation.services.attempts import AcquiredSession
from notebook_automation.services.session_context import context_of
from notebook_automation.settings import Settings

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from notebook_automation.execution.checkpointing import Checkpointing
    from notebook_automation.execution.executed_copy import ExecutedCopy
    from notebook_automation.execution.handler_setup import RecordedSetup
    from notebook_automation.execution.run import NotebookRun
    from notebook_automation.execution.run_observer import RunObserver
    from notebook_automation.execution.run_options import RunOptions
    from notebook_automation.execution.session_kernel import SessionKernelManager
    from notebook_automation.forkserver import SharedServer

CONTEXT = "context.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSession:
    """What is there to run; ``copy`` saves the executed notebook as ``file_name`` in the session's folder."""

    workspace: Workspace
    run: NotebookRun
    copy: ExecutedCopy
    manager: SessionKernelManager
    kernel_name: str
    cwd: Path
    file_name: str
    setup: RecordedSetup | None = None
    """The set-up that one of the fork servers has run, if it is this session's."""


def session_workspace(acquired: AcquiredSession, project: Path, workspaces: Workspaces) -> Workspace:
    """Make the session's folder with its workspace: of a new snapshot, or for a retry of that of the session before.

    Raises NotFound (``path_not_found``, ``blob_missing``), Unavailable (``disk_full``).
    """
    folder = workspaces.make_session_folder(acquired.session.id)
    if acquired.snapshot is not None:
        return workspaces.of_snapshot(acquired.snapshot, folder)
    return workspaces.of_project(project, parse_call(acquired.session.call).path, folder)


def file_saved_at(acquired: AcquiredSession, project: Path) -> float | None:
    """Return when the file that the session calls was saved, in epoch seconds; None where it is not there."""
    try:
        return (project / parse_call(acquired.session.call).path).stat().st_mtime
    except (OSError, ValueError):
        return None


def prepare_session(
    acquired: AcquiredSession,
    workspace: Workspace,
    settings: Settings,
    *,
    api_url: str,
    observer: RunObserver,
    fork_servers: Sequence[SharedServer] = (),
    starting: Callable[[SessionKernelManager, Mapping[str, Any]], None] = lambda manager, launch: None,
    checkpointing: Callable[[NotebookNode], Checkpointing] | None = None,
) -> PreparedSession:
    """Prepare the called notebook, its context file and its kernel's environment. Raises NotFound, Invalid.

    The kernel is forked from one of ``fork_servers`` where one fits, best from one that has run the session's set-up.
    ``starting`` is called as soon as it is known which, with the arguments of `start_kernel`: it may be started while
    the rest is prepared. ``checkpointing`` is asked, where the session is durable, for what keeps its checkpoints.
    """
    from notebook_automation.adapters.notebooks import facts_of
    from notebook_automation.execution.called_notebook import called_notebook
    from notebook_automation.execution.executed_copy import ExecutedCopy
    from notebook_automation.execution.kernels import launch_arguments, without_variables
    from notebook_automation.execution.live_files import protection
    from notebook_automation.execution.parameters import parameterised_notebook
    from notebook_automation.execution.run import NotebookRun
    from notebook_automation.execution.session_kernel import SessionKernelManager

    folder = workspace.folder
    own = opened_environment(acquired.session.env, acquired.variables)
    called = called_notebook(
        workspace.work, parse_call(acquired.session.call), acquired.session.kernel_name, acquired.session.skip_tags
    )
    # Mapped values and those of a trigger are checked here as those that a person gives are when they come.
    parameters = merged(facts_of(called.notebook).parameters, acquired.session.parameters)
    session = replace(acquired.session, parameters=parameters)
    acquired = replace(acquired, session=session)
    path = folder / called.file_name
    with_parameters = functools.partial(
        parameterised_notebook,
        called.notebook,
        path,
        parameters=session.parameters,
        kernel_name=called.kernel_name,
        input_path=session.call,
    )
    nb = setup = None
    if checkpointing is not None:
        # What its cells leave is told from what was there before them.
        fork_servers = [server for server in fork_servers if server.setup is None]
    if any(server.setup is not None for server in fork_servers):
        # Only the notebook with its parameters shows whether a set-up is the session's.
        nb = with_parameters()
        fork_servers, setup = _fitting_servers(fork_servers, workspace, session.call, called.kernel_name, nb, own)
    manager = SessionKernelManager(
        folder,
        called.kernel_name,
        without_variables(called.kernel_spec, own),
        fork_servers=fork_servers,
        own_paths=[str(workspace.work)],
    )
    env = _session_environment(acquired, workspace, settings, own, _write_context(acquired, folder), api_url)
    cwd = str(called.cwd)
    starting(manager, {"env": env, "cwd": cwd, "extra_arguments": launch_arguments(manager, [])})
    nb = with_parameters() if nb is None else nb
    options = _run_options(
        acquired, settings, env, cwd, protection(workspace.work, workspace.snapshot),
        None if checkpointing is None else checkpointing(nb),
    )  # fmt: skip
    run = NotebookRun(nb, manager, observer=observer, options=options)
    return PreparedSession(
        workspace=workspace,
        run=run,
        copy=ExecutedCopy(run, path),
        manager=manager,
        kernel_name=called.kernel_name,
        cwd=called.cwd,
        file_name=called.file_name,
        setup=setup,
    )


def _fitting_servers(
    servers: Sequence[SharedServer], workspace: Workspace, call: str, kernel_name: str, nb: NotebookNode,
    own: Mapping[str, str],
) -> tuple[list[SharedServer], RecordedSetup | None]:  # fmt: skip
    """Leave out the fork servers with another set-up than the session's; return that one too."""
    from notebook_automation.execution.handler_setup import read_recorded_setup, setup_identity

    identity = setup_identity(workspace.snapshot.id, call, kernel_name, nb, own)
    found = None
    mine = []
    for server in servers:
        if server.setup is not None and server.setup["identity"] == identity and found is None:
            found = read_recorded_setup(identity, Path(server.setup["outputs"]))
            mine = [] if found is None else [server]
    return [*mine, *(server for server in servers if server.setup is None)], found


def _session_environment(
    acquired: AcquiredSession, workspace: Workspace, settings: Settings, own: Mapping[str, str], context: Path,
    api_url: str,
) -> dict[str, str]:  # fmt: skip
    common = kernel_environment(settings)
    # Where spans of the session's own are sent, those of its code hang on them; else on whoever sent the request.
    session = acquired.session
    place = session_place(session.id, session.traceparent) if settings.otel else session.traceparent
    return {
        **common,
        **own,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(workspace.work), common.get("PYTHONPATH")))),
        "JPY_SESSION_NAME": str(workspace.work / parse_call(acquired.session.call).path),
        SESSION_VARIABLE: acquired.session.id,
        "NOTEBOOK_AUTOMATION_TOKEN": acquired.token,
        "NOTEBOOK_AUTOMATION_CONTEXT": str(context),
        **({} if place is None else {"TRACEPARENT": place}),
        **({"NOTEBOOK_AUTOMATION_URL": api_url} if api_url else {}),
    }


def _run_options(
    acquired: AcquiredSession, settings: Settings, env: Mapping[str, str], cwd: str, prelude: str,
    checkpointing: Checkpointing | None,
) -> RunOptions:  # fmt: skip
    from notebook_automation.execution.outputs import OutputLimit
    from notebook_automation.execution.run_options import RunOptions

    limit = OutputLimit(cell=settings.output_limit, notebook=settings.output_limit)
    return RunOptions(
        env=env, cwd=cwd, masker=masker_of(acquired), output_limit=limit, prelude=prelude, checkpointing=checkpointing
    )


def masker_of(acquired: AcquiredSession) -> Masker:
    """Return what hides the session's secrets: its project's, its event's, and its kernel's token for the server."""
    secrets = [*(acquired.variables[name] for name in acquired.secrets), *acquired.credentials]
    return Masker([*secrets, acquired.token])


def _write_context(acquired: AcquiredSession, folder: Path) -> Path:
    """Write what the session's code reads of itself; it holds secrets, so only its user may read it."""
    path = folder / CONTEXT
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(context_of(acquired), file)
    return path
