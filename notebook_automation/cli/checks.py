"""What `doctor` looks at, one finding each; nothing is changed by looking."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from notebook_automation._version import __version__
from notebook_automation.settings import Settings

_PYTHON = (3, 11)
_PACKAGES = ("jupyter_server", "jupyterlab", "papermill", "nbclient", "ipykernel", "sqlalchemy", "cel-expr-python")
_LEAST_SPACE = 1024**3
"""Bytes under which the disk counts as full."""
_YEAR = 2025
"""No clock that is right shows an earlier year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``good`` None: works, but is worth knowing. ``advice`` says what to do."""

    what: str
    good: bool | None
    text: str
    advice: str = ""


def findings(
    *, data_dir: Path | None, database_url: str | None, url: str | None, token: str | None
) -> Iterator[Finding]:
    """Yield what was found, in the order in which things depend on each other."""
    settings = _settings(data_dir, database_url)
    yield python()
    yield packages()
    yield sqlite()
    yield from data_folder(Path(settings.data_dir))
    yield from database(settings)
    yield from extensions()
    yield from kernels(settings)
    yield clock()
    yield Finding(what="Browser", good=True, text="none is needed: reports are HTML, made without one.")
    yield server(url, token)


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


def database(settings: Settings) -> Iterator[Finding]:
    """Check that the database answers, its revision, and who holds the engine; makes none where there is none."""
    from sqlalchemy.exc import SQLAlchemyError

    from notebook_automation.domain.errors import Unavailable
    from notebook_automation.engine.leader_election import NAME
    from notebook_automation.store import leases
    from notebook_automation.store.database import Database
    from notebook_automation.store.migrate import HEAD, current_revision

    place = settings.database_url or str(Path(settings.data_dir) / "automation.db")
    if not settings.database_url and not Path(place).exists():
        yield Finding(what="Database", good=True, text=f"{place} is made at the first start")
        return
    store: Database | None = None
    try:
        store = Database(settings.database)
        shown = store.url.render_as_string(hide_password=True)
        revision = store.read_now(current_revision)
        held = store.read_now(lambda tx: leases.holder(tx, NAME)) if revision == HEAD else None
    except (Unavailable, SQLAlchemyError, ImportError) as error:
        advice = "Is it running, and is database_url right? For PostgreSQL: pip install 'notebook-automation[postgres]'"
        yield Finding(what="Database", good=False, text=f"does not answer: {error}", advice=advice)
        return
    finally:
        if store is not None:
            store.close()
    known = revision == HEAD
    yield Finding(
        what="Database",
        good=True if known else None,
        text=f"{shown}, revision {revision or 'none'}",
        advice=""
        if known
        else f"This version works with revision {HEAD}: the next start brings it there, if it is older.",
    )
    yield Finding(what="Engine", good=True, text=f"held by {held}" if held else "held by nobody: no server runs on it")


def extensions() -> Iterator[Finding]:
    """Check that Jupyter finds the server's and Lab's part of the product, and that nobody switched them off."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions().get("notebook_automation")  # type: ignore[no-untyped-call]
    yield Finding(
        what="Server extension",
        good=bool(enabled),
        text="enabled" if enabled else "not enabled" if enabled is None else "disabled",
        advice="" if enabled else "jupyter server extension enable notebook_automation",
    )
    places = [Path(folder) / "notebook-automation" for folder in jupyter_path("labextensions")]
    place = next((folder for folder in places if (folder / "package.json").is_file()), None)
    yield Finding(
        what="Lab extension",
        good=place is not None,
        text=str(place) if place else "not installed",
        advice="" if place else "pip install --force-reinstall notebook-automation",
    )


def kernels(settings: Settings) -> Iterator[Finding]:
    """Check the kernels that sessions can run in, and which of them can be kept warm."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    from notebook_automation.forkserver import why_not
    from notebook_automation.supervisor.warm_report import reported_troubles

    manager = KernelSpecManager()
    names = sorted(manager.find_kernel_specs())
    if not names:
        yield Finding(what="Kernels", good=False, text="none is installed", advice="pip install ipykernel")
    for name in names:
        try:
            spec = manager.get_kernel_spec(name)
        except (NoSuchKernel, ValueError) as error:
            yield Finding(what=f"Kernel {name}", good=False, text=f"cannot be read: {error}")
            continue
        command = shutil.which(spec.argv[0]) if spec.argv else None
        if command is None:
            yield Finding(
                what=f"Kernel {name}",
                good=False,
                text=f"its command is not here: {' '.join(spec.argv)}",
                advice=f"Install it again, or remove it: jupyter kernelspec remove {name}",
            )
            continue
        reasons = why_not(spec) if settings.use_fork_server else ["the setting use_fork_server is off"]
        text = "starts warm" if not reasons else f"starts plain: {'; '.join(reasons)}"
        yield Finding(what=f"Kernel {name}", good=True if not reasons else None, text=f"{spec.display_name}, {text}")
    for trouble in reported_troubles(Path(settings.data_dir)):
        yield Finding(what="Kept ready", good=None, text=trouble)


def clock() -> Finding:
    """Check the clock, and tell the zone that times without one are taken for."""
    now = time.localtime()
    right = now.tm_year >= _YEAR
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S', now)} {time.tzname[now.tm_isdst > 0]}"
    zone = os.environ.get("TZ") or _zone_name()
    advice = "" if right else "The clock is wrong, so schedules fire at wrong times: switch time synchronisation on."
    return Finding(what="Clock", good=right, text=f"{text} ({zone}); schedules without a zone are UTC", advice=advice)


def server(url: str | None, token: str | None) -> Finding:
    """Check that the server answers, and whether sessions can run there."""
    from notebook_automation.sdk.errors import NotConnected, SdkError

    from .server import connect

    try:
        client = connect(url, token)
        told = client.get("status")
    except NotConnected as error:
        return Finding(what="Server", good=False if url else None, text=error.message)
    except SdkError as error:
        return Finding(what="Server", good=False, text=error.message, advice="jupyter server extension list")
    engine = told["engine"]
    load = f"{told['running']} sessions running, {told['queued']} waiting"
    text = f"{client.place.server_url} runs {told['version']}, {load}"
    if engine["active"]:
        return Finding(what="Server", good=True, text=f"{text}; its engine is active")
    return Finding(
        what="Server", good=None, text=f"{text}; its engine is not active: {engine['owner']} holds the lease"
    )


def _settings(data_dir: Path | None, database_url: str | None) -> Settings:
    """Return the settings as Jupyter's configuration files give them to the server."""
    from jupyter_core.paths import jupyter_data_dir
    from jupyter_server.serverapp import ServerApp

    jupyter = ServerApp()
    jupyter.load_config_file(suppress_errors=True)
    configured = jupyter.config.get("NotebookAutomationApp", {})
    settings = Settings(
        **{field.name: configured[field.name] for field in fields(Settings) if field.name in configured}
    )
    folder = str(data_dir or settings.data_dir or Path(jupyter_data_dir()) / "notebook_automation")
    return replace(settings, data_dir=os.path.abspath(folder), database_url=database_url or settings.database_url)


def _zone_name() -> str:
    link = Path("/etc/localtime")
    target = str(link.resolve()) if link.exists() else ""
    return target.partition("zoneinfo/")[2] or "the machine's zone"
