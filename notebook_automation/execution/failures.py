"""How a run can end early, besides a cell's own error (nbclient's `CellExecutionError`, `CellTimeoutError`)."""

from __future__ import annotations

import signal

from nbclient.exceptions import DeadKernelError


class KernelStartError(RuntimeError):
    """The kernel did not start, or did not answer within the start limit."""


class RunCancelled(Exception):
    """The run was cancelled; outputs so far are in the notebook."""

    def __init__(self, message: str = "The run was cancelled.") -> None:
        super().__init__(message)


class RunTimedOut(TimeoutError):
    """The run's deadline came before its last cell ended; outputs so far are in the notebook."""

    def __init__(self, message: str = "The run was stopped at its time limit.") -> None:
        super().__init__(message)


class KernelDied(DeadKernelError):
    """The kernel's process ended while cells were left to run.

    ``exit_code`` is the process's (negative: killed by that signal), None where it cannot be known.
    """

    def __init__(self, exit_code: int | None = None, cell_index: int | None = None) -> None:
        self.exit_code = exit_code
        self.cell_index = cell_index
        super().__init__(f"Kernel died{_where(cell_index)}{_why(exit_code)}")

    def __reduce__(self) -> tuple[type[KernelDied], tuple[int | None, int | None]]:
        return type(self), (self.exit_code, self.cell_index)


class MemoryExceeded(RuntimeError):
    """The kernel and what it had started held ``used`` bytes of memory, of ``limit`` that they may; they were ended."""

    def __init__(self, used: int, limit: int) -> None:
        self.used, self.limit = used, limit
        super().__init__(
            f"It used more than {_gib(limit)} of memory ({_gib(used)}, with the processes it had started), and was "
            "ended. Let it hold less at once, or give it more: memory of its trigger, or --memory."
        )

    def __reduce__(self) -> tuple[type[MemoryExceeded], tuple[int, int]]:
        return type(self), (self.used, self.limit)


class CheckpointFailed(RuntimeError):
    """The kernel could not be prepared for a durable run, or its state could not be restored.

    ``ename`` and ``evalue`` are the error as the kernel gave it.
    """

    def __init__(self, ename: str, evalue: str) -> None:
        self.ename = ename
        self.evalue = evalue
        super().__init__(evalue)


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _where(cell_index: int | None) -> str:
    return "" if cell_index is None else f" while running cell {cell_index + 1}"


def _why(exit_code: int | None) -> str:
    if exit_code is None:
        return "."
    if exit_code >= 0:
        return f": its process exited with code {exit_code}."
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = " (out of memory, or killed from outside)" if name == "SIGKILL" else ""
    return f": its process was killed by {name}{hint}."
