"""What runs beside the cells: threads, tasks of the event loop, child processes. None of it can be saved."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import os
import threading
from collections.abc import Container, Iterator
from pathlib import Path

_HARMLESS_THREADS = ("TMonitor", "HistorySavingThread")
_HARMLESS_CHILDREN = ("resource_tracker", "loky")
"""Helpers of libraries that start again when they are needed."""
_KERNEL_PACKAGES = frozenset(("ipykernel", "tornado", "zmq", "jupyter_client"))


class Activity:
    """What has come to run since this was made."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._tasks = set(_tasks())
        self._children = set(_children(()))
        self.own_children: set[int] = set()
        """Those that save."""

    def threads(self) -> list[str]:
        """Return the notebook's threads, in sentences."""
        return [
            f"the thread {thread.name!r} runs beside the cells"
            for thread in threading.enumerate()
            if thread not in self._threads and thread.is_alive() and not _is_harmless(thread)
        ]

    def now(self) -> list[str]:
        """Return what runs beside the cells and would be lost, in sentences."""
        tasks = [f"the task {task.get_name()!r}" for task in _tasks() if task not in self._tasks and _is_users(task)]
        children = [
            f"the child process {number} ({name})"
            for number, name in sorted(_children(self._children | self.own_children).items())
            if not any(one in name for one in _HARMLESS_CHILDREN)
        ]
        return [*self.threads(), *(f"{one} runs beside the cells" for one in tasks + children)]


def _is_harmless(thread: threading.Thread) -> bool:
    if type(thread).__name__ in _HARMLESS_THREADS or getattr(thread, "starts_again", False):
        # The second is how whoever makes a thread says that it is made again when it is needed.
        return True
    # One that waits for work does nothing; an executor that a name holds is refused by that name.
    target = getattr(thread, "_target", None)
    return target is concurrent.futures.thread._worker


def _is_users(task: asyncio.Task[object]) -> bool:
    """Whether the task is not one by which the kernel answers its requests."""
    code = getattr(task.get_coro(), "cr_code", None)
    folders = Path(code.co_filename).parts if code is not None else ()
    return not task.done() and _KERNEL_PACKAGES.isdisjoint(folders)


def _tasks() -> Iterator[asyncio.Task[object]]:
    """Those of the loop that runs the cell, and of the shell's, without the one that asks."""
    loop: asyncio.AbstractEventLoop | None
    try:
        loop = asyncio.get_running_loop()
        own = asyncio.current_task(loop)
    except RuntimeError:
        loop = _loop_of_policy()
        own = None
    if loop is not None:
        yield from (task for task in asyncio.all_tasks(loop) if task is not own)


def _loop_of_policy() -> asyncio.AbstractEventLoop | None:
    policy = asyncio.get_event_loop_policy()
    local = getattr(policy, "_local", None)
    return getattr(local, "_loop", None)


def _children(known: Container[int]) -> dict[int, str]:
    """Return this process's children but ``known``, and what they run; nothing where the system does not tell."""
    found = {}
    try:
        for task in os.listdir("/proc/self/task"):
            for number in map(int, Path(f"/proc/self/task/{task}/children").read_text().split()):
                if number in known:
                    continue
                try:
                    line = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                    state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if state != "Z":
                    found[number] = line.strip()[:80]
    except OSError:
        pass
    return found
