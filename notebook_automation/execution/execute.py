"""One notebook from its file to its executed copy, in a kernel of its own."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from nbformat import NotebookNode
from papermill.utils import nb_kernel_name

from .executed_copy import ExecutedCopy, RunResult
from .kernels import LightKernelManager
from .parameters import parameterised_notebook
from .run import NotebookRun
from .run_observer import RunObserver
from .run_options import RunOptions


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
