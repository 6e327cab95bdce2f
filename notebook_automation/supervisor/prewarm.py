"""Runs a handler's set-up in a fork server of its own, so that each of its sessions can be forked after it."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.domain.triggers import Trigger
from notebook_automation.execution.collecting import written_files
from notebook_automation.execution.workspaces import Workspace, Workspaces, kernel_environment
from notebook_automation.forkserver.client.eligibility import DENIED, why_not
from notebook_automation.forkserver.client.forkserver import ForkServer
from notebook_automation.forkserver.client.options import ForkOptions
from notebook_automation.forkserver.client.pool import Recipe, is_stale
from notebook_automation.forkserver.client.process import ForkServerGone
from notebook_automation.forkserver.client.shared import SharedServer
from notebook_automation.settings import Settings

OUTPUTS = "outputs.json"
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
    recipe: Recipe
    env: Mapping[str, str]
    identity: str
    snapshot: str
    folder: Path
    links: Mapping[str, int]
    made_at: float

    def described(self) -> dict[str, Any]:
        """Return what a runner gets of it, beside a descriptor."""
        setup = {"identity": self.identity, "outputs": str(self.folder / OUTPUTS)}
        return SharedServer.to_json(self.recipe, self.env, self.server, setup)

    def why_stale(self) -> str:
        """Return why it must not be used any more although the snapshot is the same, or ''."""
        if not self.server.is_ready:
            return "its process has ended"
        if self.server.report is not None and is_stale(self.server.report.watched):
            return "what is installed has changed"
        return "a file that the project reads in place has changed" if _links(self.links) != self.links else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be run, and how."""

    recipe: Recipe
    env: dict[str, str]
    hint: dict[str, Any]
    orders: dict[str, Any]
    identity: str
    workspace: Workspace
    cwd: Path


async def prewarm(
    trigger: Trigger, project: Path, folder: Path, workspaces: Workspaces, settings: Settings
) -> PrewarmedSetup:
    """Run the set-up of the trigger's handler on a copy of the project in ``folder``, which must not exist.

    Raises CannotPrewarm, and what `Workspaces.of_project` and `prepare` raise; the folder is gone then.
    """
    server: ForkServer | None = None
    try:
        plan = await asyncio.to_thread(_plan, trigger, project, folder, workspaces, settings)
        server = _server(plan, settings)
        prewarmed = PrewarmedSetup(
            server=server,
            recipe=plan.recipe,
            env=plan.env,
            identity=plan.identity,
            snapshot=plan.workspace.snapshot.id,
            folder=folder,
            links=_links(linked(plan.workspace.snapshot)),
            made_at=time.monotonic(),
        )
        await server.ready()
        written = await asyncio.to_thread(written_files, plan.workspace.work, plan.workspace.states, plan.cwd)
        if written:
            raise CannotPrewarm(f"the set-up writes {written[0].name}, which each session has to have of its own")
        return prewarmed
    except BaseException as error:
        if server is not None:
            await asyncio.to_thread(server.close)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        if isinstance(error, ForkServerGone):
            raise CannotPrewarm(str(error)) from error
        raise


def linked(snapshot: Snapshot) -> list[str]:
    """Return what of the project's files is read in place."""
    return [file.link for file in snapshot.files if file.link is not None]


def _plan(trigger: Trigger, project: Path, folder: Path, workspaces: Workspaces, settings: Settings) -> _Plan:
    """Make a workspace and prepare the notebook as a session's runner would. Reads and imports: for a thread."""
    from jupyter_client.kernelspec import get_kernel_spec

    from notebook_automation.execution.execute import NotebookExecution
    from notebook_automation.execution.kernels import HISTORY_IN_MEMORY
    from notebook_automation.execution.preparing import prepare
    from notebook_automation.execution.setups import setup_cells, setup_identity
    from notebook_automation.forkserver.client import kernels

    assert trigger.call is not None
    if trigger.mapping:
        raise CannotPrewarm("its parameters are made from each event: read na.event in the handler's cell instead")
    folder.mkdir(parents=True, mode=0o700)
    call = parse_call(trigger.call)
    workspace = workspaces.of_project(project, call.path, folder)
    prepared = prepare(workspace.work, call)
    name = prepared.kernel_name
    nb = NotebookExecution(prepared.notebook, None, parameters=trigger.parameters, kernel_name=name).nb
    cells = setup_cells(nb)
    if not cells:
        raise CannotPrewarm("there is no cell above it to run ahead")
    spec = get_kernel_spec(name)
    env = kernels.kernel_environment(spec, kernel_environment(settings))
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
    )
    hint = kernels.kernel_hint([*spec.argv, HISTORY_IN_MEMORY], "ipc")
    return _Plan(
        recipe=kernels.kernel_recipe(spec, (), options),
        env=env,
        hint=hint,
        identity=setup_identity(workspace.snapshot.id, trigger.call, name, nb),
        workspace=workspace,
        cwd=prepared.cwd,
        orders={
            "cells": cells,
            "cwd": str(prepared.cwd),
            "folders": [str(workspace.work)],
            "notebook": str(workspace.work / call.path),
            "argv": hint["argv"],
            "denied": sorted(DENIED - {"notebook_automation"}),
            "outputs": str(folder / OUTPUTS),
        },
    )


def _server(plan: _Plan, settings: Settings) -> ForkServer:
    recipe = plan.recipe
    return ForkServer(
        recipe.python,
        entry=recipe.entry,
        env={**dict(recipe.env_defaults), **plan.env},
        prepare=recipe.prepare,
        before_forks=recipe.before_forks,
        core=recipe.core,
        hint=plan.hint,
        options=recipe.options,
        setup=plan.orders,
    )


def _links(paths: Mapping[str, int] | list[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        try:
            found[path] = os.stat(path).st_mtime_ns
        except OSError:
            found[path] = 0
    return found
