"""Opens the database: the driver, its safety settings, reads in threads, writes through the one writer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import StatementError, TimeoutError
from sqlalchemy.pool import QueuePool

from notebook_automation.domain.errors import Unavailable

from .migrate import create, found_revision, migrate
from .writer import Writer, answer

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Database:
    """The store of one process.

    ``write`` and ``read`` take a function of one argument, the transaction ``tx``. A write is done only when it is
    committed and on disk.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0, readers: int = 4, pause: float = 0.002) -> None:
        self.url = make_url(url)
        self.engine = make_engine(self.url, busy_seconds=busy_seconds, pool_size=readers + 1)
        self._writer = Writer(self.engine, pause=pause)
        self._on_commit: list[Callable[[], None]] = []
        self._readers = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="na-reader")

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """Its URL without the password."""
        return self.url.render_as_string(hide_password=True)

    def is_empty(self) -> bool:
        """Return whether nothing was ever made in it. Raises Unavailable as `migrate`."""
        return found_revision(self.engine) is None

    def migrate(self) -> None:
        """Bring the schema to what this code needs.

        Raises Unavailable (``database_newer``) for a database that newer code has changed.
        """
        migrate(self.engine)

    def create(self) -> None:
        """Make the schema in an empty database, for as long as one command runs."""
        create(self.engine)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in the event loop after each commit of ``write``."""
        self._on_commit.append(callback)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(tx)`` once its transaction is on disk.

        Raises what the work raised, Invalid (``value_invalid``), or Unavailable (``database_unavailable``): then
        nothing was stored.
        """
        result = await asyncio.wrap_future(self._writer.submit(work))
        for callback in self._on_commit:
            callback()
        return result

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for code without an event loop: blocks until the transaction is on disk."""
        return self._writer.submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(tx)`` on a connection that only reads, in a thread.

        Raises Invalid (``value_invalid``), or Unavailable (``database_unavailable``) when it does not answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """The same, in this thread."""
        try:
            with self.engine.connect().execution_options(na_read=True) as tx:
                return work(tx)
        except StatementError as error:
            raise answer(error) from error
        except TimeoutError as error:
            raise Unavailable(
                f"The database does not answer ({error}). Try again.", code="database_unavailable"
            ) from error

    def roll_back(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(tx)``, its transaction rolled back and every connection closed; blocks, in this thread.

        Raises Unavailable (``database_unavailable``).
        """
        try:
            with self.engine.connect() as tx:
                try:
                    with tx.begin_nested():
                        return work(tx)
                finally:
                    tx.rollback()
        except StatementError as error:
            raise answer(error) from error
        finally:
            self.engine.dispose()

    def close(self) -> None:
        """Commit what was submitted and close every connection."""
        self._writer.close()
        self._readers.shutdown()
        self.engine.dispose()


def make_engine(url: URL, *, busy_seconds: float, pool_size: int) -> Engine:
    """Return an engine with this product's safety settings; SQLite waits ``busy_seconds`` for a lock."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_size=pool_size, pool_pre_ping=True)
    module = sqlite_module()
    engine = create_engine(
        url,
        module=module,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=8,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )
    journal = "WAL" if wal_is_safe(module.sqlite_version_info) else "TRUNCATE"
    if journal != "WAL":
        _log.warning(
            "SQLite %s can corrupt a database in WAL mode; the slower journal is used. Install pysqlite3 "
            "(pip install pysqlite3) to get a newer SQLite.",
            module.sqlite_version,
        )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: _begin does, with the lock taken at once.
        connection.isolation_level = None
        cursor = connection.cursor()
        _set_journal(cursor, journal, module.OperationalError, busy_seconds)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Readers never wait; a writer takes the lock at once, or two that read first would deadlock on it.
        reads = connection.get_execution_options().get("na_read")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _set_journal(cursor: Any, journal: str, locked: type[Exception], seconds: float) -> None:
    """Set it, waiting for others: SQLite itself does not wait where several set that of a new database at once."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            cursor.execute(f"PRAGMA journal_mode={journal}")
            return
        except locked as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def sqlite_module() -> ModuleType:
    """Return the newest SQLite driver at hand: pysqlite3 brings a newer library than most interpreters do."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2  # noqa: TID251 - the only one then
    module: ModuleType = dbapi2
    return module


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (https://sqlite.org/wal.html#walresetbug)."""
    return (
        version >= (3, 51, 3)
        or (version[:2] == (3, 50) and version >= (3, 50, 7))
        or (version[:2] == (3, 44) and version >= (3, 44, 6))
    )


def database_time(tx: Connection) -> float:
    """Return the database's clock in epoch seconds: leases on PostgreSQL go by it, on SQLite it is this machine's."""
    if tx.dialect.name == "sqlite":
        value = tx.execute(text("SELECT (julianday('now') - 2440587.5) * 86400.0")).scalar_one()
    else:
        value = tx.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    return float(value)
