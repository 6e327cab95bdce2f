"""One notebook from its file to its executed copy, in a kernel of its own, as one call."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from nbformat import NotebookNode
from papermill.utils import nb_kernel_name

from notebook_automation.execution.executed_copy import ExecutedCopy, RunResult
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.parameters import parameterised_notebook
from notebook_automation.execution.run import NotebookRun
from notebook_automation.execution.run_observer import RunObserver
from notebook_automation.execution.run_options import RunOptions


async def execute(
    notebook: str | PathLike[str] | NotebookNode,
    output_path: str | PathLike[str] | None,
    *,
    parameters: Mapping[str, Any] | None = None,
    input_path: str | None = None,
    observer: RunObserver | None = None,
    options: RunOptions | None = None,
    deadline: float | None = None,
) -> RunResult:
    """Run ``notebook`` with ``parameters`` and save it at ``output_path`` (None: nowhere).

    See `parameterised_notebook`, `NotebookRun` and `ExecutedCopy.run_and_save`, also for what is raised.
    """
    nb = parameterised_notebook(notebook, output_path, parameters=parameters, input_path=input_path)
    run = NotebookRun(nb, LightKernelManager(kernel_name=nb_kernel_name(nb)), observer=observer, options=options)
    return await ExecutedCopy(run, output_path).run_and_save(deadline=deadline)
