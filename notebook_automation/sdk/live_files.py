"""Keeps a session from changing files that it reads in place: what it writes to becomes its own first.

Runs in the kernel, as text or imported, and needs nothing but the standard library. Files that are too large to copy,
and folders too full, are links to the live ones. Before Python writes to one, or in one, the link becomes a copy, or
a folder of links. What other programs, and libraries that open files by themselves, write is not seen here.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterable
from typing import Any

_PARENTS = {
    "os.mkdir": (0,), "os.rmdir": (0,), "os.remove": (0,), "os.rename": (0, 1), "os.link": (1,), "os.symlink": (1,),
}  # fmt: skip
"""Audit events that change what is in a folder, and which of their arguments are paths."""
_CONTENT = ("os.truncate", "os.chmod", "os.chown", "os.utime", "os.setxattr", "os.removexattr", "sqlite3.connect")
"""Audit events that change the file at the path that is their first argument."""


def protect(folder: str, links: Iterable[str]) -> None:
    """From now on write to copies of what the ``links`` (relative paths in ``folder``) lead to. Cannot be undone."""
    sys.addaudithook(_LiveFiles(folder, links).hook)


class _LiveFiles:
    def __init__(self, folder: str, links: Iterable[str]) -> None:
        self._folder = os.path.realpath(folder)
        self._links = {os.path.join(self._folder, *link.split("/")) for link in links}
        self._state = threading.local()
        self._lock = threading.RLock()

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Hear of what Python is about to do."""
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                self._make_own(path, empty=bool(flags & os.O_TRUNC and flags & os.O_CREAT))
        elif event in _PARENTS:
            for position in _PARENTS[event]:
                self._make_own(args[position], content=False)
        elif event in _CONTENT:
            self._make_own(args[0])

    def _make_own(self, path: Any, *, content: bool = True, empty: bool = False) -> None:
        """Make the folders above ``path`` the session's own, and with ``content`` what is there, if only as a name."""
        if not isinstance(path, str | bytes | os.PathLike) or getattr(self._state, "busy", False):
            return
        parts = self._inside(os.fsdecode(path))
        if not parts:
            return
        self._state.busy = True
        try:
            with self._lock:
                place = self._folder
                for name in parts[:-1]:
                    place = os.path.join(place, name)
                    if self._is_ours(place):
                        self._open_folder(place)
                place = os.path.join(place, parts[-1])
                if content and self._is_ours(place):
                    self._copy(place, empty=empty)
        finally:
            self._state.busy = False

    def _inside(self, path: str) -> list[str]:
        """Return the parts of ``path`` below the folder; none where it lies outside."""
        whole = os.path.normpath(os.path.join(os.getcwd(), path))
        prefix = self._folder + os.sep
        return whole[len(prefix) :].split(os.sep) if whole.startswith(prefix) else []

    def _is_ours(self, place: str) -> bool:
        # A link that the session itself made is meant as one.
        return place in self._links and os.path.islink(place)

    def _open_folder(self, place: str) -> None:
        target = os.path.realpath(place)
        if not os.path.isdir(target):
            return
        new = f"{place}.{os.getpid()}.new"
        os.mkdir(new)
        for name in os.listdir(target):
            os.symlink(os.path.join(target, name), os.path.join(new, name))
            self._links.add(os.path.join(place, name))
        os.remove(place)
        os.rename(new, place)
        self._links.discard(place)

    def _copy(self, place: str, *, empty: bool) -> None:
        target = os.path.realpath(place)
        if not os.path.isfile(target):
            return
        if empty:
            os.remove(place)
        else:
            new = f"{place}.{os.getpid()}.new"
            shutil.copy2(target, new)
            os.replace(new, place)
        self._links.discard(place)
