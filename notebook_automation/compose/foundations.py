"""What all processes stand on: the database, the key, projects, and content on disk."""

from __future__ import annotations

from pathlib import Path

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.filesystems import network_filesystem
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.private_files import make_private
from notebook_automation.domain.errors import Unavailable
from notebook_automation.services.projects import Projects
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

_DATA_FOLDERS = ("blobs", "handlers", "sessions", "snapshots")


def open_database(settings: Settings) -> Database:
    """Return the database of ``settings``, not yet migrated. Raises Unavailable (``database_on_network``)."""
    data = Path(settings.data_dir)
    make_private(data, _DATA_FOLDERS, ["automation.db"] if not settings.database_url else [])
    database = Database(settings.database)
    if database.is_sqlite and (kind := network_filesystem(data)) is not None:
        raise Unavailable(
            f"{data} is on a network file system ({kind}), where SQLite can lose data. Set data_dir to a local "
            "folder, or database_url to a PostgreSQL database.",
            code="database_on_network",
        )
    return database


def prepare(database: Database, settings: Settings) -> None:
    """Bring the database up to date; never make a new one beside what an old one knew.

    Raises Unavailable (``database_missing``, and as `Database.migrate`).
    """
    data = Path(settings.data_dir)
    if (key_file(settings).exists() or blobs_of(settings).holds_anything()) and database.is_empty():
        raise Unavailable(
            f"The database {database.name} is empty or not there, although {data} holds secrets or artifacts of one. "
            f"Bring the database back from a copy. To begin with an empty one, move {data} away, or set data_dir to "
            "another folder.",
            code="database_missing",
        )
    database.migrate()


def key_file(settings: Settings) -> Path:
    """Return where the key is that secrets are encrypted with."""
    return Path(settings.data_dir) / "secret.key"


def projects_of(database: Database, settings: Settings) -> Projects:
    """Return the service of projects, which many others stand on."""
    cipher = Cipher(key_file(settings))
    root = Path(settings.root_dir)
    return Projects(database, root, NotebookReader(), cipher, follow_links=settings.follow_links)


def blobs_of(settings: Settings) -> FileBlobs:
    """Return content on disk, by its hash."""
    return FileBlobs(Path(settings.data_dir) / "blobs")
