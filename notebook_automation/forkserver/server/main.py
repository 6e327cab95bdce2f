"""The fork server's main function: takes its orders, imports and audits, reports, then serves."""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import sys
from typing import Any, NoReturn

from . import installed
from .audit import Audit, Send
from .child import call_before_forks, raise_file_limit
from .protocol import REQUEST_SIZE, ServerOptions, SetupOrders
from .serve import Server

EXIT_UNSAFE = 3


def main(control_fd: int) -> NoReturn:
    """Read the orders, import and audit, report, and serve."""
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    _, fds, _, _ = socket.recv_fds(control, REQUEST_SIZE, 1, socket.MSG_CMSG_CLOEXEC)
    options = ServerOptions.from_json(json.loads(os.pread(fds[0], os.fstat(fds[0]).st_size, 0)))
    os.close(fds[0])
    gc.disable()
    raise_file_limit()

    def send(message: dict[str, Any]) -> None:
        try:
            control.send(json.dumps(message).encode())
        except OSError:  # the client is gone, while this was importing
            shutil.rmtree(options.folder, ignore_errors=True)
            os._exit(0)

    audit = Audit(options, send)
    report = audit.run()
    if options.before_forks and report["safe"]:
        call_before_forks(options)
    if options.setup is not None and report["safe"]:
        report = _after_setup(report, options.setup, audit, send)
    gc.collect()
    gc.freeze()
    send({"report": report})
    if not report["safe"]:
        os._exit(EXIT_UNSAFE)
    Server(control, options, audit.environ_changes()).run()


def _after_setup(report: dict[str, Any], orders: SetupOrders, audit: Audit, send: Send) -> dict[str, Any]:
    """Run the set-up cells; the report with what they have left."""
    from .setup import run_setup  # it needs ipykernel, which a server without a set-up need not have

    fatal = run_setup(orders, audit, send)
    return {
        **report,
        "fatal": fatal,
        "safe": not fatal,
        "environ_read": audit.read,
        "watched": {**report["watched"], **installed.watched_files(audit.outside)},
        "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    }
