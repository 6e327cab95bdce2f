"""The fork server's children as it keeps them: each one's lines, its end, and who is behind a descriptor."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from typing import Any


class ChildHandle:
    """The server's side of one living child (`Child` is what the child knows of itself).

    A spare has a `pair`, the line over which its request is sent; from its request on a child has a `lease`, the line
    to its client. `hint` says what a spare was prepared for.
    """

    def __init__(self, pid: int, pair: socket.socket | None = None, hint: dict[str, Any] | None = None) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.pair = pair
        self.hint = hint
        self.lease: socket.socket | None = None
        self.is_spare = pair is not None
        self.is_ready = False
        self.is_killed = False
        self.kill_at: float | None = None
        """When to kill it (`time.monotonic`), if its client has gone and it has not ended by itself."""
        self.memory = 0
        """Of a spare, in bytes, once it has been measured."""

    def take_request(self, descriptors: list[int]) -> None:
        """Send a spare its request. Raises OSError if it has just died.

        The child closes the line itself: closed here, what is on its way would be lost.
        """
        assert self.pair is not None
        socket.send_fds(self.pair, [b"request"], descriptors)
        self.is_spare = False

    def take_lease(self, lease: socket.socket) -> None:
        self.lease = lease

    def close_pair(self) -> None:
        """Nothing more comes over its line, or goes there."""
        if self.pair is not None:
            self.pair.close()
            self.pair = None

    def become_ready(self) -> None:
        """It has done its part and waits for a request."""
        self.is_ready = True

    def measured(self, memory: int) -> None:
        """Keep how much memory, in bytes, it holds while it waits."""
        self.memory = memory

    def end_by(self, deadline: float) -> None:
        """Let it end by itself until then (`time.monotonic`); an earlier deadline stands."""
        self.kill_at = self.kill_at or deadline

    def kill(self) -> None:
        """Kill it and all it has started that has not left its process group."""
        self.kill_at = None
        self.is_killed = True
        for kill in (os.killpg, os.kill):  # the group does not exist before the child's setsid
            with contextlib.suppress(OSError):
                kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """In a sibling: close what belongs to the server alone."""
        os.close(self.pidfd)
        for line in (self.lease, self.pair):
            if line is not None:
                line.close()


class Children:
    """All living children, found by the descriptor that has news of them; each is watched by `poller`."""

    def __init__(self, poller: select.epoll) -> None:
        self._poller = poller
        self._by_pidfd: dict[int, ChildHandle] = {}
        self._by_lease: dict[int, ChildHandle] = {}
        self._by_pair: dict[int, ChildHandle] = {}

    def __len__(self) -> int:
        return len(self._by_pidfd)

    def all(self) -> list[ChildHandle]:
        return list(self._by_pidfd.values())

    def spares(self) -> list[ChildHandle]:
        return [child for child in self._by_pidfd.values() if child.is_spare]

    def ended_at(self, fd: int) -> ChildHandle | None:
        """The child whose end this descriptor shows."""
        return self._by_pidfd.get(fd)

    def leased_at(self, fd: int) -> ChildHandle | None:
        return self._by_lease.get(fd)

    def paired_at(self, fd: int) -> ChildHandle | None:
        return self._by_pair.get(fd)

    def add(self, child: ChildHandle) -> None:
        self._by_pidfd[child.pidfd] = child
        self._poller.register(child.pidfd, select.EPOLLIN)
        if child.pair is not None:
            self._by_pair[child.pair.fileno()] = child
            self._poller.register(child.pair, select.EPOLLIN)

    def lease(self, child: ChildHandle, lease: socket.socket) -> None:
        """From now on the child is the client's at the other end."""
        child.take_lease(lease)
        self._by_lease[lease.fileno()] = child
        self._poller.register(lease, select.EPOLLIN)

    def lose_lease(self, child: ChildHandle) -> None:
        """Its client has gone; the line stays open for what the server has to send at the end."""
        assert child.lease is not None
        if self._by_lease.pop(child.lease.fileno(), None) is not None:
            self._poller.unregister(child.lease)

    def close_pair(self, child: ChildHandle) -> None:
        if child.pair is not None:
            self._poller.unregister(child.pair)
            del self._by_pair[child.pair.fileno()]
            child.close_pair()

    def remove(self, child: ChildHandle) -> None:
        """It has ended and been waited for."""
        self._poller.unregister(child.pidfd)
        os.close(child.pidfd)
        del self._by_pidfd[child.pidfd]

    def close(self) -> None:
        """In one of them: close all that the server has open for its siblings."""
        for child in self._by_pidfd.values():
            child.close()


def receive(line: socket.socket, size: int) -> bytes | None:
    """What has come on a line: empty when its other end is closed, None when there is nothing yet."""
    try:
        return line.recv(size, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def send(line: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the client has gone; the lease's end is handled where it is read
        line.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)


def usage_of(resources: Any) -> dict[str, float]:
    """Seconds of processor time, bytes of peak memory, page faults without and with reading."""
    return {
        "user_seconds": resources.ru_utime,
        "system_seconds": resources.ru_stime,
        "peak_memory": resources.ru_maxrss * 1024,
        "minor_faults": resources.ru_minflt,
        "major_faults": resources.ru_majflt,
    }
