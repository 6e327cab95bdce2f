"""What the operating system says of any process by its id: its memory, and whether it runs. Used by both sides."""

from __future__ import annotations


def memory_of(pid: int) -> int:
    """Proportional set size in bytes; 0 if the process is gone."""
    return _memory(pid, ("Pss:",))


def own_memory_of(pid: int) -> int:
    """Bytes that no other process shares; 0 if the process is gone."""
    return _memory(pid, ("Private_Clean:", "Private_Dirty:"))


def _memory(pid: int, names: tuple[str, ...]) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(names))
    except OSError:
        return 0


def is_running(pid: int) -> bool:
    """False for a process that is gone or waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
