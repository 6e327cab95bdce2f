"""Keeps what set-up cells show, as the messages a kernel would have sent, for every session to show it again."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import ipykernel.jsonutil
from jupyter_client.session import Session

json_clean: Any = ipykernel.jsonutil.json_clean
UTC = timezone.utc  # noqa: UP017  (datetime.UTC is newer than the oldest Python of a kernel)


class Recording:
    """The messages of one cell after the other; `cells` holds them by the cell's index in its notebook."""

    def __init__(self) -> None:
        self.cells: dict[int, list[dict[str, Any]]] = {}
        self.with_buffers = False
        """Whether a message had binary parts, which are not kept."""
        self._current: list[dict[str, Any]] = []

    def begin(self, index: int) -> None:
        self._current = self.cells[index] = []

    def end(self) -> None:
        """What comes from here on is nobody's."""
        self._current = []

    def add(self, kind: str, content: dict[str, Any], *, has_buffers: bool = False) -> None:
        self.with_buffers = self.with_buffers or has_buffers
        now = datetime.now(UTC).isoformat()
        self._current.append({"msg_type": kind, "content": json_clean(content), "date": now})

    def stream(self, name: str, text: str) -> None:
        """Printed text; what follows in the same stream is joined."""
        last = self._current[-1] if self._current else None
        if last is not None and last["msg_type"] == "stream" and last["content"]["name"] == name:
            last["content"]["text"] += text
        elif text:
            self.add("stream", {"name": name, "text": text})


_Session: Any = Session  # as a base, mypy would want each of its traits annotated


class RecordingSession(_Session):  # type: ignore[misc]
    """What the shell's display hook and publisher send to, before there are sockets."""

    def __init__(self, recording: Recording, **traits: Any) -> None:
        super().__init__(**traits)
        self._recording = recording

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **more: Any) -> None:
        kind, shown = msg_or_type, content
        buffers = more.get("buffers")
        if isinstance(msg_or_type, dict):
            kind, shown = msg_or_type["msg_type"], msg_or_type["content"]
            buffers = buffers or msg_or_type.get("buffers")
        self._recording.add(kind, shown or {}, has_buffers=bool(buffers))


class SetupStream(io.TextIOBase):
    """Standard output or error of the set-up, and of whatever took hold of it then: a logging handler, say.

    In a child it leads to the stream that the kernel has put in its place.
    """

    encoding = "UTF-8"
    errors = None

    def __init__(self, name: str, descriptor: int, recording: Recording) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._target: Any = None
        self._stream = name
        self._descriptor = descriptor
        self._recording = recording

    def lead_to(self, target: Any) -> None:
        """From now on whatever is written goes there."""
        self._target = target

    def write(self, text: str) -> int:
        if self._target is not None:
            return int(self._target.write(text) or 0)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._recording.stream(self._stream, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        if self._target is not None:
            self._target.flush()

    def fileno(self) -> int:
        return int(self._descriptor if self._target is None else self._target.fileno())

    def isatty(self) -> bool:
        return False


class Streams:
    """Stand where the standard streams are while the set-up runs; also what native code writes is recorded."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.out = SetupStream("stdout", 1, recording)
        self.err = SetupStream("stderr", 2, recording)
        self._files: dict[str, int] = {}

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        saved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in (1, 2)]
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self.out, self.err
        for name, fd in (("stdout", 1), ("stderr", 2)):
            self._files[name] = os.memfd_create(name, os.MFD_CLOEXEC)
            os.dup2(self._files[name], fd)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for fd, copy in zip((1, 2), saved):  # noqa: B905  (strict= is newer than the oldest Python)
                os.dup2(copy, fd)
                os.close(copy)
            for file in self._files.values():
                os.close(file)
            self._files.clear()

    def take_native(self) -> None:
        """Record what went to the descriptors since the last time."""
        for name, file in self._files.items():
            size = os.fstat(file).st_size
            if size:
                self.recording.stream(name, os.pread(file, size, 0).decode("utf-8", "replace"))
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)

    def lead_to(self, out: Any, err: Any) -> None:
        """In a child: from now on to the kernel's own streams."""
        self.out.lead_to(out)
        self.err.lead_to(err)
