"""The fork server's beginning: takes its orders, imports and audits, reports, then serves."""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from . import installed
from .audit import Audit
from .child import call_before_forks, raise_file_limit
from .options import Options
from .serve import PACKET, Server

EXIT_UNSAFE = 3


def main(control_fd: int) -> NoReturn:
    """Read the orders, import and audit, report, and serve."""
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    _, fds, _, _ = socket.recv_fds(control, PACKET, 1, socket.MSG_CMSG_CLOEXEC)
    options = Options(**json.loads(os.pread(fds[0], os.fstat(fds[0]).st_size, 0)))
    os.close(fds[0])
    gc.disable()
    raise_file_limit()

    def tell(message: dict[str, Any]) -> None:
        try:
            control.send(json.dumps(message).encode())
        except OSError:  # the client is gone, while this was importing
            shutil.rmtree(options.folder, ignore_errors=True)
            os._exit(0)

    audit = Audit(options, tell)
    report = audit.run()
    if options.before_forks and report["safe"]:
        call_before_forks(options)
    if options.setup and report["safe"]:
        _set_up(options, audit, report, tell)
    gc.collect()
    gc.freeze()
    tell({"report": report})
    if not report["safe"]:
        os._exit(EXIT_UNSAFE)
    Server(control, options, audit).run()


def _set_up(options: Options, audit: Audit, report: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    """Run the set-up cells, and let the report tell of what they have left."""
    from .setup import run_setup

    report["fatal"] = run_setup(options.setup, audit, tell)
    report["safe"] = not report["fatal"]
    report["environ_read"] = audit.read
    report["watched"].update(installed.watched_files(audit.outside))
    report["loaded"] = sorted({name.partition(".")[0] for name in sys.modules})
