"""Forks the children: what both sides do around the fork itself, with a request and ahead of one."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from . import pages
from .child import Child, EnvironChanges, call_entry
from .children import ChildHandle
from .protocol import ServerOptions


class Forker:
    """Makes children that run the entry, for a request or ahead of one; `leave` as in `fork`."""

    def __init__(self, options: ServerOptions, changes: EnvironChanges, leave: Callable[[], None]) -> None:
        self._options = options
        self._changes = changes
        self._leave = leave

    def fork_for(self, hint: dict[str, Any], fds: list[int]) -> ChildHandle:
        """A child that takes the request in `fds` at once. Raises OSError if the system refuses."""
        child = Child(hint, self._options.folder)

        def direct() -> int:
            child.accept(fds, self._changes)
            child.prepare(self._options)
            return call_entry(self._options.entry, child)

        return ChildHandle(fork(child, direct, self._leave))

    def fork_spare(self, hint: dict[str, Any], *, reports_pages: bool, usual_pages: pages.Runs | None) -> ChildHandle:
        """A child that prepares itself and waits for a request. Raises OSError if the system refuses."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = Child(hint, self._options.folder, reports_pages=reports_pages, usual_pages=usual_pages)

        def spare() -> int:
            ours.close()
            child.wait_for_request(theirs, self._options, self._changes)
            return call_entry(self._options.entry, child)

        try:
            return ChildHandle(fork(child, spare, self._leave), ours, hint)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()


def fork(child: Child, body: Callable[[], int], leave: Callable[[], None]) -> int:
    """The new process's id; in that process, run `body` and end with the code it returns.

    `leave` closes what belongs to the server alone. Raises OSError if the system refuses.
    """
    server = os.getpid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of threads; the audit has counted them
        pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        leave()
        child.begin(server)
        code = body()
        finish()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:  # noqa: BLE001  (whatever it is, it must not reach the server's loop)
        child.failed(error)
    finally:
        child.end(code)


def finish() -> None:
    """What the interpreter does at its end, without taking modules apart (that would copy every page)."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
