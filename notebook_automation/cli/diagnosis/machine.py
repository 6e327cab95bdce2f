"""Findings about this machine: interpreter, packages, SQLite, the data folder, the clock."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from notebook_automation._version import __version__
from notebook_automation.adapters.machine_zone import machine_zone

from .finding import Finding

_PYTHON = (3, 11)
_PACKAGES = ("jupyter_server", "jupyterlab", "papermill", "nbclient", "ipykernel", "sqlalchemy", "cel-expr-python")
_LEAST_SPACE = 1024**3
"""Bytes under which the disk counts as full."""
_YEAR = 2025
"""No clock that is right shows an earlier year."""


def python() -> Finding:
    """Check the interpreter."""
    good = sys.version_info >= _PYTHON
    text = f"{platform.python_version()} on {platform.system()} ({sys.executable})"
    return Finding(what="Python", good=good, text=text, advice="" if good else "Use Python 3.11 or newer.")


def packages() -> Finding:
    """Check what is installed."""
    found: list[str] = [f"notebook-automation {__version__}"]
    missing: list[str] = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    advice = (
        f"Not installed: {', '.join(missing)}. pip install --force-reinstall notebook-automation" if missing else ""
    )
    return Finding(what="Packages", good=not missing, text=", ".join(found), advice=advice)


def pdf() -> Finding:
    """Tell whether reports can be PDFs."""
    try:
        text = f"made by Typst {version('typst')}"
    except PackageNotFoundError:
        text = "none can be made; for reports as PDF: pip install 'notebook-automation[pdf]'"
    return Finding(what="PDF", good=True, text=text)


def sqlite() -> Finding:
    """Check SQLite's version: some corrupt a database in the faster journal mode."""
    from notebook_automation.store.database import sqlite_module, wal_is_safe

    module = sqlite_module()
    safe = wal_is_safe(module.sqlite_version_info)
    text = f"{module.sqlite_version} by {module.__name__.partition('.')[0]}, journal {'WAL' if safe else 'TRUNCATE'}"
    advice = "" if safe else "It is safe and slower; for a newer SQLite: pip install pysqlite3"
    return Finding(what="SQLite", good=True if safe else None, text=text, advice=advice)


def data_folder(folder: Path) -> Iterator[Finding]:
    """Check the folder of the database, blobs and sessions."""
    from notebook_automation.adapters.filesystems import network_filesystem

    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    advice = "Give this user the right to write there, or set NotebookAutomationApp.data_dir to another folder."
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
        made = "" if there == folder else ", made at the first start"
        yield Finding(what="Data folder", good=True, text=f"{folder} (writable{made})")
    except OSError as error:
        yield Finding(what="Data folder", good=False, text=f"{folder}: {error.strerror}", advice=advice)
    network = network_filesystem(there)
    yield Finding(
        what="File system",
        good=network is None,
        text="local" if network is None else f"{network}, on which SQLite can lose data",
        advice="" if network is None else "Set data_dir to a local folder, or database_url to PostgreSQL.",
    )
    free = shutil.disk_usage(there).free
    yield Finding(
        what="Disk",
        good=True if free >= _LEAST_SPACE else None,
        text=f"{free / 1024**3:.1f} GiB free",
        advice="" if free >= _LEAST_SPACE else "Make room, or have artifacts kept for a shorter time (artifact_keep).",
    )


def clock() -> Finding:
    """Check the clock, and tell the zone that times without one are taken for."""
    now = time.localtime()
    right = now.tm_year >= _YEAR
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S', now)} {time.tzname[now.tm_isdst > 0]}"
    zone = machine_zone()
    advice = "" if right else "The clock is wrong, so schedules fire at wrong times: switch time synchronisation on."
    return Finding(what="Clock", good=right, text=f"{text}; schedules that name no zone are in {zone}", advice=advice)
