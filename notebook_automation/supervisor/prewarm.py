"""Runs a handler's set-up in a fork server of its own, so that each of its sessions can be forked after it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.environments import opened_environment, uses_variables
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.domain.triggers import Trigger
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.workspaces import Workspace, Workspaces, kernel_environment
from notebook_automation.execution.written_files import written_files
from notebook_automation.forkserver import (
    ForkOptions,
    ForkServer,
    ForkServerGone,
    Recipe,
    SetupOrders,
    SharedServer,
    why_not,
)
from notebook_automation.settings import Settings

OUTPUTS = "outputs.json"
SESSION_VARIABLES = "NOTEBOOK_AUTOMATION_"
"""What the names of variables begin with that only one session can know."""
SDK_PARTS = ("notebook_automation.sdk.outcomes", "notebook_automation.sdk.context", "notebook_automation.sdk.artifacts")
"""What a handler's own cell loads when it answers."""
REFILL_SECONDS = 0.1
"""A kernel is made ready so soon although others are at work: answers are waited for, and take less than other runs."""


class CannotPrewarm(Unavailable):
    """The set-up has to run in each session; the message says why."""

    code = "set_up_not_shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrewarmedSetup:
    """A set-up that has run: ``identity`` is what a session must have in common with it.

    ``made_at`` is a time of the monotonic clock. ``links`` are files of the project that are read in place, with the
    time of their last change in nanoseconds.
    """

    server: ForkServer
    env: Mapping[str, str]
    identity: str
    snapshot: str
    folder: Path
    links: Mapping[str, int]
    made_at: float

    def described(self) -> dict[str, Any]:
        """Return what a runner gets of it, beside a descriptor."""
        setup = {"identity": self.identity, "outputs": str(self.folder / OUTPUTS)}
        return SharedServer.to_json(self.env, self.server, setup)

    def why_stale(self) -> str:
        """Return why it must not be used any more although the snapshot is the same, or ''."""
        if not self.server.is_ready:
            return "its process has ended"
        if self.server.is_stale():
            return "what is installed has changed"
        return "a file that the project reads in place has changed" if _links(self.links) != self.links else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be run, and how."""

    recipe: Recipe
    env: dict[str, str]
    hint: dict[str, Any]
    orders: SetupOrders
    identity: str
    workspace: Workspace
    cwd: Path


async def prewarm(
    trigger: Trigger, project: Path, folder: Path, workspaces: Workspaces, settings: Settings
) -> PrewarmedSetup:
    """Run the set-up of the trigger's handler on a copy of the project in ``folder``, which must not exist.

    Raises CannotPrewarm, and what `Workspaces.of_project` and `called_notebook` raise; the folder is gone then.
    """
    server: ForkServer | None = None
    try:
        plan = await asyncio.to_thread(_plan, trigger, project, folder, workspaces, settings)
        server = ForkServer(plan.recipe, env=plan.env, hint=plan.hint, setup=plan.orders)
        prewarmed = PrewarmedSetup(
            server=server,
            env=plan.env,
            identity=plan.identity,
            snapshot=plan.workspace.snapshot.id,
            folder=folder,
            links=_links(linked(plan.workspace.snapshot)),
            made_at=time.monotonic(),
        )
        await server.ready()
        written = await asyncio.to_thread(written_files, plan.workspace.work, plan.workspace.states, plan.cwd)
        if written.files:
            raise CannotPrewarm(f"the set-up writes {written.files[0].name}, which each session has to have of its own")
        return prewarmed
    except BaseException as error:
        if server is not None:
            await asyncio.to_thread(server.close)
        await asyncio.to_thread(remove_folder, folder)
        if isinstance(error, ForkServerGone):
            raise CannotPrewarm(str(error)) from error
        raise


def linked(snapshot: Snapshot) -> list[str]:
    """Return what of the project's files is read in place."""
    return [file.link for file in snapshot.files if file.link is not None]


def _plan(trigger: Trigger, project: Path, folder: Path, workspaces: Workspaces, settings: Settings) -> _Plan:
    """Make a workspace and prepare the notebook as a session's runner would. Reads and imports: for a thread."""
    from notebook_automation.adapters.notebooks import facts_of
    from notebook_automation.domain.parameters import merged
    from notebook_automation.execution.called_notebook import called_notebook
    from notebook_automation.execution.handler_setup import setup_cells, setup_identity
    from notebook_automation.execution.kernel_record import SAVING_PROCESS
    from notebook_automation.execution.kernel_specs import kernel_specs
    from notebook_automation.execution.kernels import HISTORY_IN_MEMORY, without_variables
    from notebook_automation.execution.parameters import parameterised_notebook
    from notebook_automation.forkserver import kernel_hint, kernel_recipe, launch_environment

    assert trigger.call is not None
    if trigger.mapping:
        raise CannotPrewarm("its parameters are made from each event: read na.event in the handler's cell instead")
    if uses_variables(trigger.env):
        raise CannotPrewarm("its environment has variables of the project, which are read when a session begins")
    own = opened_environment(trigger.env, {})
    folder.mkdir(parents=True, mode=0o700)
    call = parse_call(trigger.call)
    workspace = workspaces.of_project(project, call.path, folder)
    prepared = called_notebook(workspace.work, call, trigger.kernel_name, trigger.skip_tags)
    name = prepared.kernel_name
    parameters = merged(facts_of(prepared.notebook).parameters, trigger.parameters)
    nb = parameterised_notebook(prepared.notebook, parameters=parameters, kernel_name=name)
    cells = setup_cells(nb)
    if not cells:
        raise CannotPrewarm("there is no cell above it to run ahead")
    spec = without_variables(kernel_specs().get_kernel_spec(name), own)
    env = launch_environment(spec, {**kernel_environment(settings), **own})
    reasons = why_not(spec, env)
    if spec.metadata.get("kernel_provisioner"):
        reasons = ["its kernel is started by a provisioner of its own", *reasons]
    if reasons:
        raise CannotPrewarm("; ".join(reasons))
    options = ForkOptions(
        spares=max(0, settings.handler_spares),
        memory_limit=settings.warm_memory,
        idle_seconds=settings.warm_idle,
        refill_seconds=REFILL_SECONDS,
        import_seconds=settings.handler_setup_time,
        outliving=(SAVING_PROCESS,),
    )
    hint = kernel_hint([*spec.argv, HISTORY_IN_MEMORY], "ipc")
    return _Plan(
        recipe=kernel_recipe(spec, (), options),
        env=env,
        hint=hint,
        identity=setup_identity(workspace.snapshot.id, trigger.call, name, nb, own),
        workspace=workspace,
        cwd=prepared.cwd,
        orders=SetupOrders(
            cells=cells,
            cwd=str(prepared.cwd),
            folders=[str(workspace.work)],
            notebook=str(workspace.work / call.path),
            argv=hint["argv"],
            outputs=str(folder / OUTPUTS),
            private_variables=SESSION_VARIABLES,
            likely_next={"notebook_automation": list(SDK_PARTS)},
        ),
    )


def _links(paths: Mapping[str, int] | list[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        try:
            found[path] = os.stat(path).st_mtime_ns
        except OSError:
            found[path] = 0
    return found
