"""The fork server's loop: forks children on request, keeps spares, watches leases, gives back when idle."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import time
from typing import Any, NoReturn

from .child import EnvironChanges, folder_of
from .children import ChildHandle, Children, receive, send, usage_of
from .forking import Forker
from .orphans import PAUSE, adopt_orphans, end_orphans, kill_orphans, outlivers
from .pages import REPORT_SIZE, PageHistory
from .protocol import MAX_REQUEST_FDS, REQUEST_FDS, REQUEST_SIZE, ServerOptions
from .spares import SparePolicy

END_SECONDS = 2.0
"""Time that killed children get to be gone when the server ends."""
OUTLIVING_SECONDS = 1.0
"""Between two looks at those that outlive their child: they are reaped, and a server that retires waits for them."""
FORK_RETRY_SECONDS = 1.0
"""Pause after the system refused a fork for a spare."""


class Server:
    """Owns the control line, the children and the spares."""

    def __init__(self, control: socket.socket, options: ServerOptions, changes: EnvironChanges) -> None:
        self.control = control
        self.options = options
        self.poller = select.epoll()
        self.poller.register(control, select.EPOLLIN)
        self.children = Children(self.poller)
        self.forker = Forker(options, changes, self._leave_server)
        self.policy = SparePolicy(options)
        self.pages = PageHistory()
        self.last_request = time.monotonic()
        self.retiring = False
        self.orphaned = False
        """Whether a child has ended that may have left something."""

    def run(self) -> NoReturn:
        """Until the control line closes, or all is given back."""
        adopt_orphans()
        while True:
            wait = self._next_step()
            try:
                events = self.poller.poll(wait)
            except InterruptedError:
                continue
            # Requests last: ends come first and close descriptors whose numbers a request may then use again;
            # the other way round a stale event of this batch would hit the new child.
            for fd, _ in sorted(events, key=lambda e: e[0] == self.control.fileno()):
                self._handle(fd)

    # -- time ------------------------------------------------------------------------------------------

    def _next_step(self) -> float | None:
        """Make a spare or give back if it is time; how long to wait for events, None: until one comes."""
        now = time.monotonic()
        deadlines = self._kill_late(now)
        deadlines += self._retire_if_idle(now)
        deadlines += self._clear_orphans(now)
        if self.retiring and not self.children and not outlivers((), self.options.outliving):
            self._end("retired")
        spares = self.children.spares()
        spare_at = None if self.retiring else self.policy.next_at(spares)
        if spare_at is not None and now >= spare_at:
            if self.policy.fits(spares):
                self._make_spare()
            return 0.0
        if spare_at is not None:
            deadlines.append(spare_at)
        return max(0.0, min(deadlines) - now) if deadlines else None

    def _clear_orphans(self, now: float) -> list[float]:
        """End what ended children have left; when to look again."""
        if not self.orphaned:
            return []
        known = {child.pid for child in self.children.all()}
        if kill_orphans(known, self.options.outliving):
            return [now + PAUSE]
        self.orphaned = bool(outlivers(known, self.options.outliving))
        return [now + OUTLIVING_SECONDS] if self.orphaned else []

    def _retire_if_idle(self, now: float) -> list[float]:
        """Retire after too long without a request; when to look again."""
        if not self.options.idle_seconds or self.retiring:
            return []
        idle_at = self.last_request + self.options.idle_seconds
        if now >= idle_at:
            self._retire("idle")
            return []
        return [idle_at]

    def _kill_late(self, now: float) -> list[float]:
        """Kill the children that were to end by themselves and have not; when to look again."""
        deadlines = []
        for child in self.children.all():
            if child.kill_at is not None and now >= child.kill_at:
                child.kill()
            elif child.kill_at is not None:
                deadlines.append(child.kill_at)
        return deadlines

    def _lose_client(self) -> None:
        """End, after the children that get a moment to end by themselves: they see it at lines of their own."""
        if not self.options.linger_seconds:
            self._end("the client is gone")
        self.poller.unregister(self.control)
        self._retire("the client is gone")
        for child in self.children.all():
            child.end_by(time.monotonic() + self.options.linger_seconds)

    def _retire(self, why: str) -> None:
        """No new children; spares go now, the server when its last child has gone."""
        self.retiring = True
        send(self.control, {"retiring": why})
        for child in self.children.spares():
            child.kill()

    def _end(self, why: str) -> NoReturn:
        for child in self.children.all():
            child.kill()
        send(self.control, {"ended": why})
        end_orphans((), END_SECONDS)
        if self.options.folder:
            shutil.rmtree(self.options.folder, ignore_errors=True)
        os._exit(0)

    # -- events ----------------------------------------------------------------------------------------

    def _handle(self, fd: int) -> None:
        if fd == self.control.fileno():
            self._read_control()
        elif child := self.children.ended_at(fd):
            self._reap(child)
        elif child := self.children.leased_at(fd):
            self._read_lease(child)
        elif child := self.children.paired_at(fd):
            self._read_pair(child)

    def _read_control(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self.control, REQUEST_SIZE, MAX_REQUEST_FDS, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            data, fds = b"", []
        if not data:
            self._lose_client()
            return
        order = json.loads(data)
        if order.get("retire"):
            self._retire("asked to")
            return
        if len(fds) < REQUEST_FDS:  # this process has too many open: the client sees its line closed, and goes on
            for fd in fds:
                os.close(fd)
            return
        self.last_request = time.monotonic()
        self._serve(order, fds)

    def _serve(self, order: dict[str, Any], fds: list[int]) -> None:
        lease = socket.socket(fileno=fds[4])
        try:
            spare = self._from_spare(order, fds)
            child = spare or self._fork_now(order, fds)
        except OSError as error:  # no memory, too many processes
            send(lease, {"error": repr(error)})
            lease.close()
            spare = child = None
        for fd in fds[:4] + fds[REQUEST_FDS:]:
            os.close(fd)
        if child is None:
            return
        self.children.lease(child, lease)
        send(lease, {"pid": child.pid, "spare": spare is not None})
        self.policy.served(spare is not None, time.monotonic())

    def _from_spare(self, order: dict[str, Any], fds: list[int]) -> ChildHandle | None:
        if not order.get("spare", True):
            return None
        for child in self.policy.fitting(order.get("hint", {}), self.children.spares()):
            if child.pair is None:
                continue  # it has just died; its end is the next event
            with contextlib.suppress(OSError):  # the same, not yet seen
                child.take_request(fds)
                return child
        other = self.policy.unfitting(self.children.spares())
        if other is not None:
            other.kill()
        return None

    def _read_lease(self, child: ChildHandle) -> None:
        """A client only ever closes its end: then nobody waits for this child any more."""
        assert child.lease is not None
        if receive(child.lease, REQUEST_SIZE) == b"":
            self.children.lose_lease(child)
            if self.options.linger_seconds:
                child.end_by(time.monotonic() + self.options.linger_seconds)
            else:
                child.kill()

    def _reap(self, child: ChildHandle) -> None:
        """A child has ended, and with it all it has left running in its process group."""
        child.kill()  # before the wait, which gives its number free
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if not pid:
            return
        self.children.remove(child)
        self.orphaned = True
        if self.options.folder:
            shutil.rmtree(folder_of(self.options.folder, child.pid), ignore_errors=True)
        if child.pair is not None and not child.is_spare:
            self._read_pair(child)
        self.children.close_pair(child)
        code = os.waitstatus_to_exitcode(status)
        if child.is_spare:
            self._lose_spare(child, code)
        elif len(self.children.spares()) == len(self.children):
            self.policy.nothing_runs(time.monotonic())
        if child.lease is not None:
            self.children.lose_lease(child)
            send(child.lease, {"exit": code, "usage": usage_of(usage)})
            child.lease.close()

    def _lose_spare(self, child: ChildHandle, code: int) -> None:
        note = None if self.retiring else self.policy.died(child, code, time.monotonic())
        if note:
            send(self.control, {"note": note})

    def _read_pair(self, child: ChildHandle) -> None:
        """A spare says that it is ready; one that was asked for its pages reports them when it has been used."""
        assert child.pair is not None
        data = receive(child.pair, REPORT_SIZE)
        if data is None:
            return
        if not data:
            self.children.close_pair(child)
        elif child.is_spare:
            child.become_ready()
            if self.policy.is_too_much(child, self.children.spares()):
                child.kill()
                if self.pages.usual():  # the next one may fit without
                    self.pages.stop()
                    self.policy.forget_size()
        else:
            self.pages.add(data)

    # -- forking ---------------------------------------------------------------------------------------

    def _make_spare(self) -> None:
        reports = self.pages.wants_report()
        usual = None if reports else self.pages.usual()
        try:
            self.children.add(self.forker.fork_spare(self.policy.hint, reports_pages=reports, usual_pages=usual))
        except OSError:
            self.policy.wait(time.monotonic() + FORK_RETRY_SECONDS)

    def _fork_now(self, order: dict[str, Any], fds: list[int]) -> ChildHandle:
        child = self.forker.fork_for(order.get("hint", {}), fds)
        self.children.add(child)
        return child

    def _leave_server(self) -> None:
        """In the child: close everything of the server and of its other children."""
        self.control.close()
        self.poller.close()
        self.children.close()
