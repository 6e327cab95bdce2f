"""Rows of the API log, and its counts, on both kinds of database."""

from __future__ import annotations

from dataclasses import replace

from notebook_automation.domain.api_logs import API_LOG_ID, ApiLog, Counted, count_key
from notebook_automation.domain.sorting import Sorting
from notebook_automation.store import api_logs
from notebook_automation.store.api_logs import Wanted
from notebook_automation.store.database import Database

AT = 1_800_000_000.0
BASE = ApiLog(
    id="", correlation_id="req_1", created_at=AT, method="GET", route="/api/v1/status", path="/api/v1/status",
    query=None, status_code=200, code=None, duration_ms=1.0, user_id="ana", client="127.0.0.1",
)  # fmt: skip


def log(at: float, **fields: object) -> ApiLog:
    return replace(BASE, id=API_LOG_ID.new(at), created_at=at, **fields)  # type: ignore[arg-type]


def keep(database: Database, *given: ApiLog) -> None:
    database.write_now(lambda tx: api_logs.add(tx, given, ()))


def found(database: Database, **wanted: object) -> list[str]:
    some, _ = database.read_now(lambda tx: api_logs.listed(tx, Wanted(**wanted), limit=50, cursor=None))  # type: ignore[arg-type]
    return [one.correlation_id for one in some]


def test_requests_are_found_by_what_is_known_of_them(database: Database) -> None:
    keep(
        database,
        log(AT, correlation_id="a", path="/x/100%_a"),
        log(AT + 60, correlation_id="b", path="/x/100zza", status_code=404, user_id=None, method="POST"),
        log(AT + 120, correlation_id="c", status_code=503, duration_ms=900.0, request_headers={"A": "b\0\ud800"}),
    )
    assert found(database) == ["c", "b", "a"]
    assert found(database, status_class=4) == ["b"]
    assert found(database, status_code=503) == ["c"]
    assert found(database, path="100%_") == ["a"], "what means any text in SQL means itself"
    assert found(database, method="POST") == ["b"]
    assert found(database, user_id="ana") == ["c", "a"]
    assert found(database, min_ms=900.0) == ["c"]
    assert found(database, since=AT + 60, until=AT + 120) == ["b"]
    assert found(database, correlation_id="c", status_class=4) == []


def test_pages_go_on_where_the_one_before_ended(database: Database) -> None:
    keep(database, *(log(AT + number, correlation_id=str(number), duration_ms=number % 3) for number in range(7)))
    for sorting in (Sorting(), Sorting("duration", ascending=True), Sorting("path"), Sorting("status")):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            some, cursor = database.read_now(
                lambda tx, after=cursor, by=sorting: api_logs.listed(  # type: ignore[misc]
                    tx, Wanted(), limit=3, cursor=after, sorting=by
                )
            )
            seen += [one.correlation_id for one in some]
            if cursor is None:
                break
        assert sorted(seen) == list("0123456")


def test_what_is_counted_twice_adds_up(database: Database) -> None:
    key = count_key(AT, "GET", "/api/v1/status", 200, 5.0)
    other = count_key(AT - 86400, "GET", "/api/v1/status", 200, 5.0)
    for _ in range(2):
        database.write_now(lambda tx: api_logs.add(tx, (), [Counted(key, 2, 10.0), Counted(other, 1, 1.0)]))
    assert database.read_now(lambda tx: api_logs.counted_since(tx, key.hour)) == [Counted(key, 4, 20.0)]
    database.write_now(lambda tx: api_logs.forget_counts(tx, key.hour))
    assert database.read_now(lambda tx: api_logs.counted_since(tx, 0)) == [Counted(key, 4, 20.0)]


def test_the_oldest_go_first(database: Database) -> None:
    keep(database, *(log(AT + number, correlation_id=str(number)) for number in range(6)))

    def remove(before: float | None, most: int) -> int:
        return database.write_now(lambda tx: api_logs.remove_old(tx, before=before, most=most, limit=2))

    assert remove(None, 0) == 0
    assert remove(AT + 3, 0) == 2
    assert found(database) == ["5", "4", "3", "2"]
    assert remove(AT + 3, 0) == 1
    assert remove(None, 2) == 1
    assert found(database) == ["5", "4"]
