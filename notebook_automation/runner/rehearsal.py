"""Tries in a kernel of its own whether a checkpoint can be restored, before the kernel with its state is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from notebook_automation.execution.checkpointing import Place
from notebook_automation.execution.failures import CheckpointFailed
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.run import NotebookRun
from notebook_automation.execution.run_options import RunOptions
from notebook_automation.execution.session_kernel import SessionKernelManager

from .kernel_checkpoints import rehearsal_code

_SECONDS = 300.0
"""Time that a rehearsal may take."""


class _Rehearsed:
    """What a run is to send that only restores."""

    start: Place | None = None
    kept: Mapping[int, Mapping[str, Any]] = {}

    def __init__(self, code: str) -> None:
        self._code = code

    def pieces(self, index: int, cell: NotebookNode) -> Sequence[str]:
        return ["pass"]

    def opening(self, first: Place) -> str:
        return self._code

    def after(self, place: Place, source: str, cell: NotebookNode, following: Place) -> str:
        return "pass"

    def settled(self) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def why_not_restored(
    folder: Path, number: int, work: Path, manager: SessionKernelManager, options: RunOptions
) -> str:
    """Return why checkpoint ``number`` in ``folder`` cannot be restored by a kernel of ``manager``; '' where it can.

    The kernel is started as ``options`` say, and ended.
    """
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass")])
    checkpointing = _Rehearsed(rehearsal_code(folder, work, number))
    options = replace(options, checkpointing=checkpointing, prelude="", graceful=False)
    deadline = asyncio.get_running_loop().time() + _SECONDS
    try:
        await NotebookRun(nb, manager, options=options).run(deadline=deadline)
    except CheckpointFailed as failed:
        return str(failed).rstrip(".")
    except Exception as error:  # noqa: BLE001 - whatever keeps a kernel from coming up again
        return f"its kernel could not be made again ({type(error).__name__}: {error})"
    finally:
        await asyncio.to_thread(remove_folder, folder)
    return ""
