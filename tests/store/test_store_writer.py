"""Group commit: who hears what, when, and what is stored then."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.errors import Invalid, NotFound, Unavailable
from notebook_automation.store.database import Database, sqlite_module, wal_is_safe


def add(name: str) -> Callable[[Connection], str]:
    def work(tx: Connection) -> str:
        tx.execute(text("INSERT INTO leases (name, owner, until) VALUES (:name, 'me', 0)"), {"name": name})
        return name

    return work


def names(database: Database) -> set[str]:
    return database.read_now(lambda tx: {row[0] for row in tx.execute(text("SELECT name FROM leases"))})


@contextlib.contextmanager
def holding(database: Database) -> Iterator[threading.Event]:
    """Hold the writer at its next work until the event is set, so that what is submitted then shares a batch."""
    gate, begun = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        assert gate.wait(30)

    database._writer.submit(wait)
    assert begun.wait(10)
    yield gate
    gate.set()


@pytest.fixture
def held(database: Database) -> Iterator[threading.Event]:
    with holding(database) as gate:
        yield gate


def submit(database: Database, work: Callable[[Connection], str]) -> Future[str]:
    return database._writer.submit(work)


def test_a_future_is_done_only_after_the_commit(database: Database, open_database: Callable[[], Database]) -> None:
    other = open_database()
    done_before_commit: list[bool] = []
    futures: list[Future[str]] = []

    @event.listens_for(database.engine, "commit")
    def look(_: Connection) -> None:
        done_before_commit.extend(future.done() for future in futures)

    futures.append(submit(database, add("a")))
    assert futures[0].result(10) == "a"
    assert done_before_commit == [False]
    assert names(other) == {"a"}


def test_works_that_wait_share_one_commit(database: Database, held: threading.Event) -> None:
    commits: list[int] = []
    event.listen(database.engine, "commit", lambda _: commits.append(1))
    futures = [submit(database, add(f"n{number}")) for number in range(100)]
    held.set()
    assert [future.result(10) for future in futures] == [f"n{number}" for number in range(100)]
    assert len(commits) == 2  # that of the held work, and one for all


def test_a_work_that_fails_takes_nothing_else_with_it(database: Database, held: threading.Event) -> None:
    def broken(tx: Connection) -> str:
        add("half done")(tx)
        raise NotFound("There is no such thing.")

    def twice(tx: Connection) -> str:
        add("one")(tx)
        return add("one")(tx)

    futures = [submit(database, work) for work in (add("before"), broken, twice, add("after"))]
    held.set()
    assert futures[0].result(10) == "before"
    with pytest.raises(NotFound):
        futures[1].result(10)
    with pytest.raises(IntegrityError):
        futures[2].result(10)
    assert futures[3].result(10) == "after"
    assert names(database) == {"before", "after"}


def test_a_work_that_is_cancelled_while_it_waits_is_not_done(database: Database, held: threading.Event) -> None:
    waiting, following = submit(database, add("cancelled")), submit(database, add("following"))
    assert waiting.cancel()
    held.set()
    assert following.result(10) == "following"
    assert names(database) == {"following"}


def test_a_value_that_no_database_can_hold_is_refused_and_the_others_are_stored(
    database: Database, held: threading.Event
) -> None:
    bad, good = submit(database, add("half \ud800 a pair")), submit(database, add("good"))
    held.set()
    assert good.result(10) == "good"
    with pytest.raises((Invalid, UnicodeError)):
        bad.result(10)
    assert names(database) == {"good"}


def test_many_threads_write_at_once_and_nothing_is_lost(database: Database) -> None:
    def write(thread: int) -> list[str]:
        return [database.write_now(add(f"{thread}.{number}")) for number in range(25)]

    with ThreadPoolExecutor(16) as pool:
        written = {name for part in pool.map(write, range(16)) for name in part}
    assert names(database) == written
    assert len(written) == 400


def test_closing_commits_what_was_submitted_and_takes_nothing_more(
    database: Database, held: threading.Event, open_database: Callable[[], Database]
) -> None:
    futures = [submit(database, add(f"n{number}")) for number in range(10)]
    closing = threading.Thread(target=database.close)
    closing.start()
    held.set()
    closing.join(10)
    assert not closing.is_alive()
    assert all(future.result(0) for future in futures)
    with pytest.raises(Unavailable) as refused:
        database.write_now(add("late"))
    assert refused.value.code == "database_closed"
    assert names(open_database()) == {f"n{number}" for number in range(10)}


def test_a_transaction_that_sqlite_ended_by_itself_fails_the_batch_and_stores_none_of_it(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def ended(tx: Connection) -> str:
        # What SQLite does by itself when the disk is full in the middle of a statement.
        tx.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
        raise sqlite_module().OperationalError("database or disk is full")

    with holding(database) as held:
        futures = [submit(database, work) for work in (add("before"), ended, add("after"))]
        held.set()
    for future in futures:
        with pytest.raises((Unavailable, sqlite_module().OperationalError)):
            future.result(10)
    assert names(database) == set()
    assert database.write_now(add("next")) == "next"
    assert names(database) == {"next"}
    database.close()


def test_a_full_disk_is_unavailable_and_recovers(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    @event.listens_for(database.engine, "begin")
    def limit(tx: Connection) -> None:
        tx.exec_driver_sql(f"PRAGMA max_page_count={room['pages']}")

    room = {"pages": 1}  # SQLite takes the present size where this is smaller: no page more

    def big(tx: Connection) -> None:
        tx.execute(text("INSERT INTO leases (name, owner, until) VALUES ('big', :much, 0)"), {"much": "x" * 100_000})

    with pytest.raises(Unavailable) as refused:
        database.write_now(big)
    assert refused.value.code == "database_unavailable"
    assert names(database) == set()
    room["pages"] = 10_000
    database.write_now(big)
    assert names(database) == {"big"}
    database.close()


def test_a_locked_database_is_unavailable_after_a_bounded_wait(sqlite_url: str) -> None:
    database = Database(sqlite_url, busy_seconds=0.3)
    database.write_now(add("before"))
    lock = sqlite_module().connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable) as refused:
        database.write_now(add("locked out"))
    assert refused.value.code == "database_unavailable"
    lock.execute("ROLLBACK")
    lock.close()
    assert database.write_now(add("after")) == "after"
    assert names(database) == {"before", "after"}
    database.close()


def test_a_server_that_cut_every_connection_is_unavailable_once_and_then_answers(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.write_now(add("before"))
    gate, begun = threading.Event(), threading.Event()

    def interrupted(tx: Connection) -> str:
        begun.set()
        assert gate.wait(30)
        return add("in the middle")(tx)

    future = submit(database, interrupted)
    assert begun.wait(10)
    with psycopg.connect(postgres_url, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    gate.set()
    with pytest.raises(Unavailable):
        future.result(10)
    assert database.write_now(add("after")) == "after"
    assert names(database) == {"before", "after"}
    database.close()


def test_reading_from_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no such folder' / 'automation.db'}")
    with pytest.raises(Unavailable):
        database.read_now(lambda tx: tx.execute(text("SELECT 1")).scalar())
    with pytest.raises(Unavailable):
        database.write_now(add("nowhere"))
    database.close()


def test_looking_for_what_postgresql_cannot_hold_is_refused(postgres_url: str) -> None:
    database = Database(postgres_url)
    query = text("SELECT name FROM leases WHERE name = :name")
    with pytest.raises(Invalid) as refused:
        database.read_now(lambda tx: tx.execute(query, {"name": "a\0b"}).all())
    assert refused.value.code == "value_invalid"
    database.close()


def test_sqlite_is_set_to_keep_what_it_acknowledged(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    settings = ("journal_mode", "synchronous", "foreign_keys")
    found = database.read_now(lambda tx: [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in settings])
    assert found == ["wal", 2, 1]
    database.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 51, 3), True), ((3, 51, 2), False), ((3, 52, 0), True), ((3, 50, 7), True), ((3, 50, 6), False),
        ((3, 44, 6), True), ((3, 44, 5), False), ((3, 40, 1), False), ((3, 45, 9), False),
    ],
)  # fmt: skip
def test_write_ahead_logging_is_used_only_where_sqlite_is_free_of_its_bug(
    version: tuple[int, int, int], safe: bool
) -> None:
    assert wal_is_safe(version) is safe


def test_batches_of_two_processes_that_wait_for_each_other_are_both_stored(postgres_url: str) -> None:
    """Works of one batch lock rows in any order: what PostgreSQL breaks off for it is done again."""
    one, two = Database(postgres_url), Database(postgres_url)
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def holds(name: str, *, first: bool) -> Callable[[Connection], str]:
        def work(tx: Connection) -> str:
            tries.append(name)
            tx.execute(text("UPDATE leases SET until = until + 1 WHERE name = :name"), {"name": name})
            if first and not both_hold_one.broken:
                with contextlib.suppress(threading.BrokenBarrierError):
                    both_hold_one.wait(30)
                both_hold_one.abort()
            return name

        return work

    try:
        for name in ("a", "b"):
            one.write_now(add(name))
        with holding(one) as gate_one, holding(two) as gate_two:
            futures = [submit(one, holds("a", first=True)), submit(one, holds("b", first=False))]
            futures += [submit(two, holds("b", first=True)), submit(two, holds("a", first=False))]
            gate_one.set()
            gate_two.set()
            assert [future.result(60) for future in futures] == ["a", "b", "b", "a"]
        found = one.read_now(lambda tx: tx.execute(text("SELECT until FROM leases ORDER BY name")).scalars().all())
        assert list(found) == [2, 2]
        assert len(tries) == 5
    finally:
        one.close()
        two.close()
