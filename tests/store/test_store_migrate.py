"""The schema's way from an empty database to what the code needs, and what is refused."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.projects import ProjectChange
from notebook_automation.store import changes, projects
from notebook_automation.store import migrate as migrations
from notebook_automation.store.database import Database
from notebook_automation.store.tables import described_schema


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'automation.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.mark.parametrize("make", [Database.migrate, Database.create])
def test_an_empty_database_gets_the_schema_that_the_code_describes(
    empty_url: str, make: Callable[[Database], None]
) -> None:
    database = Database(empty_url)
    make(database)
    with database.engine.connect() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, described_schema()) == []
        assert migrations.current_revision(tx) == migrations.HEAD
        [refused] = [one for one in inspect(tx).get_indexes("events") if one["name"] == "ix_events_refused"]
        where = refused["dialect_options"][f"{tx.dialect.name}_where"]
        assert "refusal IS NOT NULL" in str(where), "of those rows alone"
    database.close()


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    database.write_now(lambda tx: tx.execute(text("INSERT INTO leases VALUES ('x', 'me', 1)")))
    database.migrate()
    assert database.read_now(lambda tx: tx.execute(text("SELECT owner FROM leases")).scalar()) == "me"
    database.close()


def test_a_database_made_at_once_needs_no_migration(empty_url: str) -> None:
    database = Database(empty_url)
    database.create()
    database.write_now(lambda tx: tx.execute(text("INSERT INTO leases VALUES ('x', 'me', 1)")))
    database.migrate()
    assert database.read_now(lambda tx: tx.execute(text("SELECT owner FROM leases")).scalar()) == "me"
    database.close()


def test_the_head_that_the_code_names_is_the_newest_revision() -> None:
    folder = Path(migrations.__file__).with_name("migrations") / "versions"
    texts = [path.read_text() for path in folder.glob("[0-9]*.py")]
    revisions = {re.search(r'^revision = "(.+)"', text, re.MULTILINE).group(1) for text in texts}  # type: ignore[union-attr]
    before = {found.group(1) for text in texts if (found := re.search(r'^down_revision = "(.+)"', text, re.MULTILINE))}
    assert revisions - before == {migrations.HEAD}


def test_a_released_revision_is_never_edited() -> None:
    """Databases out there have been through it: what it lacks is a new revision's to add."""
    folder = Path(migrations.__file__).with_name("migrations") / "versions"
    lines = (Path(__file__).parent / "released_revisions.txt").read_text().splitlines()
    released = dict(reversed(line.split("  ")) for line in lines)
    for name, digest in released.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert sorted(path.name for path in folder.glob("[0-9]*.py")) == sorted(released), "sha256sum of a new one here"


def test_a_database_newer_than_the_code_is_refused_and_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    database.write_now(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(Unavailable) as refused:
        database.migrate()
    assert refused.value.code == "database_newer"
    assert "9999" in refused.value.message
    assert database.read_now(migrations.current_revision) == "9999"
    database.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "automation.db"
    path.write_bytes(b"this was a database once" * 1000)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable) as refused:
        database.migrate()
    assert refused.value.code == "database_unreadable"
    assert path.read_bytes() == b"this was a database once" * 1000
    database.close()


def test_servers_that_start_at_once_on_an_empty_database_all_come_up(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(4)]
    failures: list[BaseException] = []

    def migrate(database: Database) -> None:
        try:
            database.migrate()
        except BaseException as error:  # noqa: BLE001 - what any thread met is the test's result
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert databases[0].read_now(migrations.current_revision) == migrations.HEAD
    for database in databases:
        database.close()


def test_nobody_is_turned_away_while_others_open_a_new_sqlite_database(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def read(database: Database, together: threading.Barrier) -> None:
        together.wait()
        try:
            assert database.read_now(migrations.current_revision) is None
        except BaseException as error:  # noqa: BLE001 - what any thread met is the test's result
            failures.append(error)

    for number in range(100):  # it happens about once in 40
        together = threading.Barrier(8)
        databases = [Database(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(8)]
        threads = [threading.Thread(target=read, args=(database, together)) for database in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for database in databases:
            database.close()
    assert failures == []


KILLED_AFTER_TABLES = """
import os, signal, sys
from sqlalchemy import event, inspect
from notebook_automation.store.database import Database

database = Database(sys.argv[1])
created = 0

@event.listens_for(database.engine, "before_cursor_execute")
def count(connection, cursor, statement, parameters, context, many):
    global created
    created += "CREATE TABLE" in statement
    if created > int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

database.migrate()
"""


@pytest.mark.parametrize("tables", [1, 6])
def test_a_kill_in_the_middle_leaves_the_old_schema_and_the_next_start_goes_on(empty_url: str, tables: int) -> None:
    command = [sys.executable, "-c", KILLED_AFTER_TABLES, empty_url, str(tables)]
    killed = subprocess.run(command, env=os.environ, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    database = Database(empty_url)
    assert database.read_now(lambda tx: inspect(tx).get_table_names()) == []
    database.migrate()
    assert database.read_now(migrations.current_revision) == migrations.HEAD
    database.close()


def test_a_database_of_the_version_before_opens_keeps_its_data_and_goes_on_counting(empty_url: str) -> None:
    """Revision 0001 is version 0.1.0's: its feed of changes was called notifications, with another content."""
    database = Database(empty_url)
    _upgrade(database, "0001")
    told = "INSERT INTO notifications (channel, entity_type, entity, activity, state, content, created_at) VALUES "

    def old_version_wrote(tx: Connection) -> None:
        tx.execute(text("INSERT INTO projects VALUES ('prj_1', 'sales', '/home/ana/sales', 1.0)"))
        for number in range(3):
            old = '{"name": "a.csv", "type": "file_text", "session": "ses_1"}'
            values = f"('artifacts', 'artifacts', 'art_{number}', 'created', 'created', '{old}', 1.0)"
            tx.exec_driver_sql(told + values)

    database.write_now(old_version_wrote)
    database.migrate()
    assert database.read_now(migrations.current_revision) == migrations.HEAD
    found = database.read_now(lambda tx: projects.get(tx, "sales"))
    assert found is not None
    assert found.id == "prj_1"
    # Whoever resumes from an old number must find that it is no longer kept, never another change under it.
    assert database.read_now(lambda tx: changes.after(tx, 0)) == []
    database.write_now(lambda tx: changes.announce(tx, "prj_1", "updated", ProjectChange(name="sales")))
    [change] = database.read_now(lambda tx: changes.after(tx, 0))
    assert (change.seq, change.content) == (4, ProjectChange(name="sales"))
    database.close()


def _upgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).with_name("migrations")))
    with database.engine.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, revision)
