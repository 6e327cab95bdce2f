"""The fork itself: what both sides do around it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import warnings
from collections.abc import Callable

from .child import Child, become_child, folder_of


def fork(child: Child, body: Callable[[], int], leave: Callable[[], None], folder: str) -> int:
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
        become_child(server)
        child.folder = folder_of(folder, os.getpid())
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
