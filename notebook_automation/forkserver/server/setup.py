"""Runs set-up cells once, before the first fork, and finds out whether children may share the result."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
import tempfile
import time
import weakref
from typing import Any

from . import installed, process_state, randomness
from .audit import Audit, Send, State
from .environ_watch import reads_of_environ
from .handover import hand_over
from .protocol import UNSAFE_MODULES, SetupOrders
from .recording import Recording, Streams
from .setup_shell import SetupApp, SetupShell

RESTORED = ("JPY_SESSION_NAME", "PYTHONPATH")
"""Variables that are the set-up's own only while it runs."""

OFTEN_NEXT = ("http.client", "urllib.request", "encodings.idna", "stringprep")
"""What a child's own first cell often loads: it answers somebody over HTTP."""


class Unfit(Exception):
    """The set-up has to run in each child; says why."""


def run_setup(orders: SetupOrders, audit: Audit, send: Send) -> list[str]:
    """Run the cells; why children must not be forked, empty if they may."""
    before = State()
    mappings = _shared_mappings()
    kept = {name: os.environ.get(name) for name in RESTORED}
    recording = Recording()
    streams = Streams(recording)
    read: dict[str, str | None] = {}
    began = time.time()
    gc.enable()
    try:
        _enter(orders)
        with streams.in_place(), randomness.watch_seeds():
            shell = SetupApp().make_shell(list(orders.argv), streams)
            _name_notebook(shell, orders.notebook)
            with reads_of_environ(read):
                _run_cells(shell, streams, orders.cells, send)
            _load_what_follows(orders.likely_next)
        _check_place(orders)
    except Unfit as unfit:
        return [str(unfit)]
    finally:
        gc.disable()
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        os.chdir("/")
    gc.collect()  # files that only garbage holds open are not the set-up's
    reasons = [*_own_state(before, mappings, recording), *_modules(before, orders, audit)]
    reasons += _environment(read, orders.private_variables, audit)
    audit.check_threads()
    reasons += audit.fatal
    randomness.find_generators(after_setup=True)
    found = {"cells": recording.cells, "ran_at": began, "seconds": time.time() - began}
    with open(orders.outputs, "w", encoding="utf-8") as file:
        json.dump(found, file)
    new_files = process_state.files_to_read(set(process_state.open_files()) - set(before.files))
    hand_over(shell, streams, list(orders.folders), new_files)
    return [f"the set-up {reason}" for reason in reasons]


def _enter(orders: SetupOrders) -> None:
    """Be where the notebook is, and find modules as its kernel would."""
    for folder in {orders.cwd, *orders.folders}:
        hidden = installed.modules_in(folder) & set(sys.modules)
        if hidden:
            raise Unfit(f"the project's own {min(hidden)} would not be found: kernels have another one loaded")
    os.chdir(orders.cwd)
    sys.path[0:0] = ["", *orders.folders]
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*orders.folders, *([inherited] if inherited else [])])
    os.environ["JPY_SESSION_NAME"] = orders.notebook


def _name_notebook(shell: SetupShell, notebook: str) -> None:
    shell.user_ns["__session__"] = notebook


def _run_cells(shell: SetupShell, streams: Streams, cells: list[dict[str, Any]], send: Send) -> None:
    """Raises Unfit at the first cell that a kernel would have to run itself."""
    recording = streams.recording
    for number, cell in enumerate(cells, 1):
        source = cell["source"]
        send({"importing": f"set-up cell {number}"})
        if shell.should_run_async(source, transformed_cell=shell.transform_cell(source)):
            raise Unfit(f"set-up cell {number} uses await, which needs the session's own event loop")
        recording.begin(cell["index"])
        recording.add("status", {"execution_state": "busy"})
        recording.add("execute_input", {"code": source, "execution_count": shell.execution_count})
        result = shell.run_cell(source, store_history=True)
        streams.take_native()
        recording.add("status", {"execution_state": "idle"})
        recording.end()
        shell.payload_manager.clear_payload()
        if not result.success and not cell["may_fail"]:
            error = result.error_before_exec or result.error_in_exec
            raise Unfit(f"set-up cell {number} fails: {type(error).__name__}: {error}"[:500])


def _load_what_follows(likely_next: dict[str, list[str]]) -> None:
    """Have ready what the children's own cells are likely to load; without it they do."""
    of_packages = [name for package, names in likely_next.items() if package in sys.modules for name in names]
    for name in (*OFTEN_NEXT, *of_packages):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _check_place(orders: SetupOrders) -> None:
    if os.path.realpath(os.getcwd()) != os.path.realpath(orders.cwd):
        raise Unfit("the set-up changes the working directory")


def _own_state(before: State, mappings: int, recording: Recording) -> list[str]:
    """What the set-up holds that must be one process's own."""
    os.chdir(before.folder)
    readable = [fd for fd, _, _ in process_state.files_to_read(process_state.open_files())]
    reasons = [before.reason_against_sharing(None, readable)]
    if _shared_mappings() > mappings:
        reasons.append("shares memory with other processes")
    if recording.with_buffers or _open_comms():
        reasons.append("makes widgets, which belong to one session")
    reasons.append(_temporary_folder())
    return [reason for reason in reasons if reason]


def _modules(before: State, orders: SetupOrders, audit: Audit) -> list[str]:
    """Modules loaded since then that must not be forked; those that may change meanwhile are watched."""
    new = set(sys.modules) - before.modules
    denied = sorted({name.partition(".")[0] for name in new} & UNSAFE_MODULES)
    own = tuple(os.path.realpath(folder) + os.sep for folder in orders.folders)
    stray = installed.stray_modules(new, (*audit.folders, *own))
    audit.watch(path for name in stray if os.path.exists(path := str(sys.modules[name].__file__)))
    return [f"imports {name}, whose connections or devices cannot be shared" for name in denied]


def _environment(read: dict[str, str | None], private: str, audit: Audit) -> list[str]:
    """Children must agree with what this process started with, in all variables that the set-up looked up."""
    start = audit.environ_before
    asked = sorted(name for name in read if private and name.startswith(private))
    if asked:
        return [f"asks for its session ({asked[0]}): only the handler's own cell can know that"]
    for name in read:
        audit.note_read(name)
    gone = sorted(name for name in start if name not in os.environ)
    return [f"removes the variable {gone[0]}"] if gone else []


def _shared_mappings() -> int:
    """How many pieces of writable memory a fork would share."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        return sum(" rw-s " in line for line in file)


def _open_comms() -> bool:
    import comm

    return bool(getattr(comm.get_comm_manager(), "comms", None))


def _temporary_folder() -> str:
    """The first session's end would remove it for all."""
    clean = tempfile.TemporaryDirectory._cleanup.__func__  # type: ignore[attr-defined]
    kept: dict[Any, Any] = weakref.finalize._registry  # type: ignore[attr-defined]
    found = any(getattr(info.func, "__func__", None) is clean for info in list(kept.values()))
    return "has a temporary folder, which the first session's end would remove" if found else ""
