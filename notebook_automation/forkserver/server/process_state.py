"""What the operating system says of this process: threads, descriptors, children, signal handlers."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from collections.abc import Iterable
from typing import Any

HARMLESS_FILES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")
"""Devices without a position: sharing them changes nothing."""


def thread_ids() -> set[int]:
    return {int(t) for t in os.listdir("/proc/self/task")}


def may_have_children() -> bool:
    """Whether this process has children, ended ones included; True where the system does not say."""
    for tid in thread_ids():
        try:
            with open(f"/proc/self/task/{tid}/children") as file:
                if file.read():
                    return True
        except FileNotFoundError:
            if tid in thread_ids():
                return True
        except OSError:
            continue  # the thread has ended meanwhile
    return False


def thread_name(tid: int) -> str:
    try:
        with open(f"/proc/self/task/{tid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def open_files() -> dict[int, str]:
    """Descriptor → target, without standard input, output and error and without harmless devices."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the listing's own descriptor
        if int(name) > 2 and target not in HARMLESS_FILES:
            found[int(name)] = target
    return found


File = tuple[int, int, int]
"""A descriptor, and the device and number of the file it leads to."""


def files_to_read(descriptors: Iterable[int]) -> list[File]:
    """Those of the descriptors that are regular files open for reading only: a fork can open them again."""
    found = []
    for fd in descriptors:
        state = os.fstat(fd)
        if stat.S_ISREG(state.st_mode) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            found.append((fd, state.st_dev, state.st_ino))
    return found


def open_again(files: Iterable[File]) -> None:
    """Give this process a position of its own in each of the files, the same as it had; also in those removed since.

    One that has been closed meanwhile is left alone. Raises OSError.
    """
    for fd, device, number in files:
        try:
            state = os.fstat(fd)
        except OSError:
            continue
        if (state.st_dev, state.st_ino) != (device, number):
            continue
        position = os.lseek(fd, 0, os.SEEK_CUR)
        own = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
        os.dup2(own, fd, inheritable=os.get_inheritable(fd))
        os.close(own)
        os.lseek(fd, position, os.SEEK_SET)


def child_processes() -> set[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return {int(pid) for pid in file.read().split()}
    except OSError:
        return set()


def signal_handlers() -> dict[int, Any]:
    return {int(s): signal.getsignal(s) for s in signal.valid_signals()}
