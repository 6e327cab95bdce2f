"""The one writer of a process: a thread that commits many small writes together.

A commit waits for the disk, so writes that arrive while one is under way share the next. Each keeps its own
savepoint: one that fails takes nothing else with it. Works of one batch lock rows in any order, so that PostgreSQL may
find it and the batch of another process waiting for each other: the work that it breaks off is done again in the next
batch, when all locks of this one are gone. A short pause between batches lets other processes of the same
database (runners) have their turn: without it their writes waited ten times as long.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from notebook_automation.domain.errors import Invalid, Unavailable

T = TypeVar("T")
Work = Callable[[Connection], T]
_TRIES = 5
"""How often a work is done that another process's transaction stood in the way of."""
_DEADLOCKS = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for a transaction that was broken off so that another can go on."""


@dataclass(slots=True)
class _Submitted:
    """A work, what its submitter waits for, and how often it was done already."""

    work: Work[Any]
    future: Future[Any]
    tries: int = 0

    def begins(self) -> bool:
        """Count a try; return False where nobody wants it any more."""
        self.tries += 1
        return self.tries > 1 or self.future.set_running_or_notify_cancel()


class Writer:
    """Runs each submitted work in a transaction; a work's future is done only after COMMIT.

    ``pause`` is seconds between batches, ``batch`` how many works one commit may hold.
    """

    def __init__(self, engine: Engine, *, pause: float = 0.002, batch: int = 512) -> None:
        self._engine = engine
        self._pause = pause
        self._batch = batch
        self._waiting: deque[_Submitted] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def submit(self, work: Work[T]) -> Future[T]:
        """Return a future of what ``work(tx)`` returns, done when its transaction is committed and synced.

        The future raises whatever the work raised, or Unavailable (``database_unavailable``) when the batch could not
        be committed: then nothing of it was stored.
        """
        future: Future[T] = Future()
        with self._wake:
            if self._closing:
                raise Unavailable("The database is being closed; start the server again.", code="database_closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="na-writer", daemon=True)
                self._thread.start()
            self._waiting.append(_Submitted(work, future))
            self._wake.notify()
        return future

    def close(self) -> None:
        """Commit what was submitted, then end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if not self._waiting:
                    return
                works = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            self._commit(works)
            with self._wake:
                if not self._closing:
                    self._wake.wait_for(lambda: self._closing, timeout=self._pause)

    def _commit(self, works: list[_Submitted]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        again: list[_Submitted] = []
        try:
            with self._engine.begin() as tx:
                for one in works:
                    if not one.begins():
                        continue
                    try:
                        with tx.begin_nested():
                            result = one.work(tx)
                    except BaseException as error:
                        # It belongs to its submitter, unless the whole batch went with it.
                        if not _goes_on(tx, error):
                            raise
                        if one.tries < _TRIES and _is_deadlock(error):
                            again.append(one)
                        else:
                            one.future.set_exception(answer(error))
                    else:
                        done.append((one.future, result))
        except BaseException as error:  # noqa: BLE001 - every waiting caller must get it
            for one in works:
                if not one.future.done():
                    one.future.set_exception(answer(error))
            return
        for future, result in done:
            future.set_result(result)
        with self._wake:
            self._waiting.extendleft(reversed(again))


def _is_deadlock(error: BaseException) -> bool:
    """Return whether the database broke a work off because two transactions waited for each other."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _DEADLOCKS


def _goes_on(tx: Connection, error: BaseException) -> bool:
    """Return whether the transaction is still there after a work's ``error``: SQLite ends it when a disk is full."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return False
    return tx.dialect.name != "sqlite" or bool(tx.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


def answer(error: BaseException) -> BaseException:
    """Return what the caller of a database hears.

    A value that it cannot hold is Invalid (``value_invalid``), a database that failed is Unavailable
    (``database_unavailable``); a broken constraint, and what the work itself raised, are as they were raised.
    """
    if isinstance(error, DataError) or (isinstance(error, StatementError) and isinstance(error.orig, UnicodeError)):
        return Invalid(f"A value cannot be stored: {error.orig}.", code="value_invalid")
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        return Unavailable(
            f"The database could not take this now ({error.orig}); nothing was stored. Try again.",
            code="database_unavailable",
        )
    return error
