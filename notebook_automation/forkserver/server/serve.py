"""The fork server's loop: forks children on request, keeps spares, watches leases, gives back when idle."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import time
from collections.abc import Callable
from typing import Any, NoReturn

from .audit import Audit
from .child import MOST_FDS, REQUEST_FDS, Child, call_entry, folder_of
from .forking import fork
from .kids import Kid, kill_group, send, usage_of
from .options import Options
from .pages import REPORT_SIZE, PageHistory
from .spares import SparePolicy

PACKET = 1 << 16
FORK_RETRY_SECONDS = 1.0
"""Pause after the system refused a fork for a spare."""


class Server:
    """Owns the control line, the children and the spares."""

    def __init__(self, control: socket.socket, options: Options, audit: Audit) -> None:
        self.control = control
        self.options = options
        self.changes = audit.environ_changes()
        self.poller = select.epoll()
        self.poller.register(control, select.EPOLLIN)
        self.kids: dict[int, Kid] = {}
        self.leases: dict[int, Kid] = {}
        self.pairs: dict[int, Kid] = {}
        self.policy = SparePolicy(options)
        self.pages = PageHistory()
        self.last_request = time.monotonic()
        self.retiring = False

    def run(self) -> NoReturn:
        """Until the control line closes, or all is given back."""
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
        idle_at = self.last_request + self.options.idle_seconds
        if self.options.idle_seconds and not self.retiring:
            if now >= idle_at:
                self._retire("idle")
            else:
                deadlines.append(idle_at)
        if self.retiring and not self.kids:
            self._end("retired")
        spares = self._spares()
        spare_at = None if self.retiring else self.policy.next_at(spares)
        if spare_at is not None and now >= spare_at:
            if self.policy.fits(spares):
                self._make_spare()
            return 0.0
        if spare_at is not None:
            deadlines.append(spare_at)
        return max(0.0, min(deadlines) - now) if deadlines else None

    def _kill_late(self, now: float) -> list[float]:
        """Kill the children that were to end by themselves and have not; when to look again."""
        waiting = [kid for kid in self.kids.values() if kid.kill_at is not None]
        for kid in waiting:
            if kid.kill_at is not None and now >= kid.kill_at:
                kill_group(kid.pid)
                kid.kill_at = None
        return [kid.kill_at for kid in waiting if kid.kill_at is not None]

    def _lose_client(self) -> None:
        """End, after the children that get a moment to end by themselves: their own lines tell them."""
        if not self.options.linger_seconds:
            self._end("the client is gone")
        self.poller.unregister(self.control)
        self._retire("the client is gone")
        for kid in self.kids.values():
            kid.kill_at = kid.kill_at or time.monotonic() + self.options.linger_seconds

    def _retire(self, why: str) -> None:
        """No new children; spares go now, the server when its last child has gone."""
        self.retiring = True
        self._tell({"retiring": why})
        for kid in self._spares():
            kill_group(kid.pid)

    def _end(self, why: str) -> NoReturn:
        for kid in self.kids.values():
            kill_group(kid.pid)
        self._tell({"ended": why})
        if self.options.folder:
            shutil.rmtree(self.options.folder, ignore_errors=True)
        os._exit(0)

    def _tell(self, message: dict[str, Any]) -> None:
        send(self.control, message)

    # -- events ----------------------------------------------------------------------------------------

    def _handle(self, fd: int) -> None:
        if fd == self.control.fileno():
            self._read_control()
        elif fd in self.kids:
            self._reap(self.kids[fd])
        elif fd in self.leases:
            self._read_lease(self.leases[fd])
        elif fd in self.pairs:
            self._read_pair(self.pairs[fd])

    def _read_control(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self.control, PACKET, MOST_FDS, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            data, fds = b"", []
        if not data:
            self._lose_client()
            return
        order = json.loads(data)
        if order.get("retire"):
            self._retire("told to")
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
            kid = spare or self._fork_now(order, fds)
        except OSError as error:  # no memory, too many processes
            send(lease, {"error": repr(error)})
            lease.close()
            spare = kid = None
        for fd in fds[:4] + fds[REQUEST_FDS:]:
            os.close(fd)
        if kid is None:
            return
        kid.lease = lease
        self.leases[lease.fileno()] = kid
        self.poller.register(lease, select.EPOLLIN)
        send(lease, {"pid": kid.pid, "spare": spare is not None})
        self.policy.served(spare is not None, time.monotonic())

    def _from_spare(self, order: dict[str, Any], fds: list[int]) -> Kid | None:
        if not order.get("spare", True):
            return None
        for kid in self.policy.fitting(order.get("hint", {}), self._spares()):
            if kid.pair is None:
                continue  # it has just died; its end is the next event
            with contextlib.suppress(OSError):  # the same, not yet seen
                socket.send_fds(kid.pair, [b"request"], fds)
                kid.is_spare = False  # it closes the line itself: closed here, what is on its way would be lost
                return kid
        other = self.policy.unfitting(self._spares())
        if other is not None:
            kill_group(other.pid)
        return None

    def _read_lease(self, kid: Kid) -> None:
        """A client only ever closes its end: then nobody waits for this child any more."""
        assert kid.lease is not None
        try:
            data = kid.lease.recv(PACKET, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.poller.unregister(kid.lease)
            self.leases.pop(kid.lease.fileno(), None)
            if self.options.linger_seconds:
                kid.kill_at = kid.kill_at or time.monotonic() + self.options.linger_seconds
            else:
                kill_group(kid.pid)

    def _reap(self, kid: Kid) -> None:
        """A child has ended, and with it all it has left running in its process group."""
        kill_group(kid.pid)  # before the wait, which gives its number free
        pid, status, usage = os.wait4(kid.pid, os.WNOHANG)
        if not pid:
            return
        self.poller.unregister(kid.pidfd)
        os.close(kid.pidfd)
        del self.kids[kid.pidfd]
        if self.options.folder:
            shutil.rmtree(folder_of(self.options.folder, kid.pid), ignore_errors=True)
        if kid.pair is not None and not kid.is_spare:
            self._read_pair(kid)
        self._close_pair(kid)
        if not kid.is_spare and len(self._spares()) == len(self.kids):
            self.policy.nothing_runs(time.monotonic())
        if kid.is_spare and not self.retiring:
            note = self.policy.died(kid, os.waitstatus_to_exitcode(status), time.monotonic())
            if note:
                self._tell({"note": note})
        if kid.lease is not None:
            if self.leases.pop(kid.lease.fileno(), None) is not None:
                self.poller.unregister(kid.lease)
            send(kid.lease, {"exit": os.waitstatus_to_exitcode(status), "usage": usage_of(usage)})
            kid.lease.close()

    def _read_pair(self, kid: Kid) -> None:
        """A spare says that it is ready; one that was asked for its pages says them when it has been used."""
        assert kid.pair is not None
        try:
            data = kid.pair.recv(REPORT_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close_pair(kid)
        elif kid.is_spare:
            kid.ready = True
            if self.policy.is_too_much(kid, self._spares()):
                kill_group(kid.pid)
                if self.pages.usual():  # the next one may fit without
                    self.pages.stop()
                    self.policy.forget_size()
        else:
            self.pages.add(data)

    def _close_pair(self, kid: Kid) -> None:
        if kid.pair is not None:
            self.poller.unregister(kid.pair)
            del self.pairs[kid.pair.fileno()]
            kid.pair.close()
            kid.pair = None

    # -- forking ---------------------------------------------------------------------------------------

    def _spares(self) -> list[Kid]:
        return [kid for kid in self.kids.values() if kid.is_spare]

    def _make_spare(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = Child(self.policy.hint)
        child.reports_pages = self.pages.wants_report()
        if not child.reports_pages:
            child.usual_pages = self.pages.usual()

        def spare() -> int:
            ours.close()
            child.wait_for_request(theirs, self.options, self.changes)
            return call_entry(self.options.entry, child)

        try:
            kid = self._adopt(self._fork(child, spare))
        except OSError:
            self.policy.wait(time.monotonic() + FORK_RETRY_SECONDS)
            ours.close()
            return
        finally:
            theirs.close()
        kid.pair, kid.hint, kid.is_spare = ours, child.hint, True
        self.pairs[ours.fileno()] = kid
        self.poller.register(ours, select.EPOLLIN)

    def _fork_now(self, order: dict[str, Any], fds: list[int]) -> Kid:
        child = Child(order.get("hint", {}))

        def direct() -> int:
            child.accept(fds, self.changes)
            child.prepare(self.options)
            return call_entry(self.options.entry, child)

        return self._adopt(self._fork(child, direct))

    def _fork(self, child: Child, body: Callable[[], int]) -> int:
        return fork(child, body, self._leave_server, self.options.folder)

    def _adopt(self, pid: int) -> Kid:
        kid = Kid(pid, os.pidfd_open(pid))
        self.kids[kid.pidfd] = kid
        self.poller.register(kid.pidfd, select.EPOLLIN)
        return kid

    def _leave_server(self) -> None:
        """In the child: close everything of the server and of its other children."""
        self.control.close()
        self.poller.close()
        for kid in self.kids.values():
            os.close(kid.pidfd)
            for line in (kid.lease, kid.pair):
                if line is not None:
                    line.close()
