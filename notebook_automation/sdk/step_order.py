"""Whether a call comes in an order that is the same when its cell runs again."""

from __future__ import annotations

import asyncio
import os
import sys
import threading


def in_order() -> bool:
    """Whether this is the cell's own thread and task: what threads and other tasks do comes in any order."""
    if threading.current_thread() is not threading.main_thread():
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return True
    return task is None or _is_the_kernels(task)


def _is_the_kernels(task: asyncio.Task[object]) -> bool:
    """Whether a kernel made the task to run a cell in, and not the cell for something that runs beside it."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.startswith(_kernel_folders())


def _kernel_folders() -> tuple[str, ...]:
    modules = (sys.modules.get(name) for name in ("ipykernel", "IPython"))
    return tuple(os.path.join(os.path.dirname(str(module.__file__)), "") for module in modules if module is not None)
