"""Objects that hold something of the system: those with a known way back, and those that say that they have none."""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import mmap
import os
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import CannotSave
from .functions import reduced_cached
from .handlers import reduced_handler
from .kinds import is_a
from .live import LIVE

Reduced = Any


def make_file(path: str, mode: str, position: int, options: dict[str, Any]) -> Any:
    """Open a file at its position. One that is written is cut there: what came later was of a cell that did not end."""
    if LIVE.rehearsing:
        mode = "rb" if "b" in mode else "r"
    file = open(path, mode, **options)  # noqa: SIM115 - it is the notebook's
    file.seek(position)
    if "r" not in mode or "+" in mode:
        file.truncate()
    return file


def make_closed_file(path: str, mode: str) -> Any:
    """Return a file that is closed, as ``with`` leaves it; nothing is opened but its name is known."""
    safe = mode.replace("x", "w")
    file = open(path, safe, opener=lambda _, flags: os.open(os.devnull, flags & ~os.O_EXCL))  # noqa: SIM115 - see there
    file.close()
    return file


def make_reference(value: Any) -> Any:
    """Return a weak reference; one to None is dead, as nothing refers weakly to None."""
    return weakref.ref(_Mortal() if value is None else value)


class _Mortal:
    """What nobody holds."""


def make_weak_collection(kind: type, items: Any) -> Any:
    """Return a collection that does not keep alive what it has."""
    return kind(items)


def make_text(text: str, position: int) -> io.StringIO:
    """Return a text stream in memory at its position."""
    stream = io.StringIO(text, newline="")
    stream.seek(position)
    return stream


def make_sqlite(path: str, content: bytes | None, options: dict[str, Any]) -> Any:
    """Connect to the file, or to a database in memory with the same content."""
    import sqlite3  # noqa: TID251 - the notebook's own connection

    factory = options.pop("row_factory")
    if LIVE.rehearsing and path != ":memory:":
        path, options = f"{Path(path).as_uri()}?mode=ro", {**options, "uri": True}
    connection = sqlite3.connect(path, **options)
    if content is not None:
        connection.deserialize(content)
    connection.row_factory = factory
    return connection


def make_closed_sqlite() -> Any:
    """Return a connection that is closed."""
    connection = make_sqlite(":memory:", None, {"row_factory": None})
    connection.close()
    return connection


def make_lock(kind: str) -> Any:
    """Return a lock that nobody holds."""
    return getattr(threading, kind)()


def _reduced_text_file(file: io.TextIOWrapper) -> Reduced:
    if file.closed and isinstance(getattr(file, "name", None), str):
        return make_closed_file, (file.name, file.mode)
    buffer = file.buffer
    if type(buffer) not in _BINARY:
        raise CannotSave("a text file over something else than a file")
    options = {"encoding": file.encoding, "errors": file.errors}
    return _reduced_file(file, options, binary=False)


def _reduced_binary_file(file: Any) -> Reduced:
    return _reduced_file(file, {}, binary=True)


def _reduced_file(file: Any, options: dict[str, Any], *, binary: bool) -> Reduced:
    if file.closed and isinstance(file.name, str):
        return make_closed_file, (file.name, file.mode)
    if not isinstance(file.name, str):
        raise CannotSave("a file without a path")
    writable = file.writable()
    if writable:
        file.flush()
    try:
        position = file.tell()
    except OSError as error:
        raise CannotSave(f"a file whose position is not known ({error}): read it to its end or with read()") from None
    if not os.path.isfile(file.name):
        raise CannotSave(f"{file.name!r} is open, and no longer there")
    # Never "w" or "x": what is there is gone on with.
    mode = "r" if not writable else "a" if "a" in file.mode else "r+"
    if writable and "a" in mode and file.readable():
        mode = "a+"
    path = os.path.abspath(file.name)
    return make_file, (path, mode + ("b" if binary else ""), position, options)


def _reduced_string_stream(stream: io.StringIO) -> Reduced:
    if stream.closed:
        raise CannotSave("a closed text stream")
    return make_text, (stream.getvalue(), stream.tell())


def _reduced_sqlite(connection: Any) -> Reduced:
    try:
        found = [path for _, name, path in connection.execute("PRAGMA database_list") if name != "temp"]
    except connection.ProgrammingError:
        return make_closed_sqlite, ()
    if connection.in_transaction:
        raise CannotSave("a SQLite connection with an open transaction: commit it")
    if len(found) > 1:
        raise CannotSave("a SQLite connection with attached databases")
    options = {"isolation_level": connection.isolation_level, "row_factory": connection.row_factory}
    return make_sqlite, (
        (os.path.abspath(found[0]), None, options) if found[0] else (":memory:", connection.serialize(), options)
    )


def _reduced_lock(lock: Any) -> Reduced:
    if lock.locked():
        raise CannotSave("a lock that is held")
    return make_lock, ("Lock",)


def _reduced_reentrant_lock(lock: Any) -> Reduced:
    if "unlocked" not in repr(lock):
        raise CannotSave("a lock that is held")
    return make_lock, ("RLock",)


def _reduced_reference(reference: Any) -> Reduced:
    return make_reference, (reference(),)


def _reduced_weak_collection(collection: Any) -> Reduced:
    kind = type(collection)
    items = list(collection) if kind is weakref.WeakSet else dict(collection)
    return make_weak_collection, (kind, items)


def _reduced_memory(memory: memoryview) -> Reduced:
    owner: Any = memory.obj
    if type(owner) not in (bytes, bytearray) or memory.format != "B" or memory.nbytes != len(owner):
        raise CannotSave("a memoryview of a part of something")
    return memoryview, (owner,)


def _refused(reason: str) -> Callable[[Any], Reduced]:
    def refuse(_: Any) -> Reduced:
        raise CannotSave(reason)

    return refuse


_BINARY = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
_KINDS: dict[type, Callable[[Any], Reduced]] = {
    io.TextIOWrapper: _reduced_text_file,
    **dict.fromkeys(_BINARY, _reduced_binary_file),
    io.StringIO: _reduced_string_stream,
    memoryview: _reduced_memory,
    weakref.ref: _reduced_reference,
    **dict.fromkeys(
        (weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet), _reduced_weak_collection
    ),
    type(threading.Lock()): _reduced_lock,
    type(threading.RLock()): _reduced_reentrant_lock,
    subprocess.Popen: _refused("a child process"),
    socket.socket: _refused("a socket"),
    mmap.mmap: _refused("a map of a file"),
    tempfile.TemporaryDirectory: _refused("a temporary folder, which goes with the process"),
    weakref.finalize: _refused("a finalizer, which is registered with the process"),
    type(functools.lru_cache(lambda: None)): reduced_cached,
}


def reduced_resource(value: Any) -> Reduced | None:
    """Return how ``value`` is made again if it is one of those known here, else None. Raises CannotSave."""
    kind = type(value)
    known = _KINDS.get(kind)
    if known is not None:
        return known(value)
    if is_a(value, threading.Thread):
        raise CannotSave("a thread")
    if is_a(value, asyncio.Future):
        raise CannotSave("a task of the event loop")
    if is_a(value, logging.Handler):
        return reduced_handler(value)
    if kind.__name__ == "Connection" and kind is getattr(sys.modules.get("sqlite3"), "Connection", None):
        return _reduced_sqlite(value)
    return None
