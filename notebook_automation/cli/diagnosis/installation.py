"""Findings about the product as it is installed here: database, extensions, kernels, the server that runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from notebook_automation.settings import Settings

from .finding import Finding


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
        held = store.read_now(lambda tx: leases.owner_of(tx, NAME)) if revision == HEAD else None
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
            yield Finding(what=f"Kernel {name}", good=False, text=f"its specification is not valid: {error}")
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


def server(url: str | None, token: str | None) -> Finding:
    """Check that the server answers, and whether sessions can run there."""
    from notebook_automation.cli.server import connect
    from notebook_automation.sdk.errors import NotConnected, SdkError

    try:
        client = connect(url, token)
        status = client.get("status")
    except NotConnected as error:
        return Finding(what="Server", good=False if url else None, text=error.message)
    except SdkError as error:
        return Finding(what="Server", good=False, text=error.message, advice="jupyter server extension list")
    engine = status["engine"]
    load = f"{status['running']} sessions running, {status['queued']} waiting"
    text = f"{client.place.server_url} runs {status['version']}, {load}"
    if engine["active"]:
        return Finding(what="Server", good=True, text=f"{text}; its engine is active")
    return Finding(
        what="Server", good=None, text=f"{text}; its engine is not active: {engine['owner']} holds the lease"
    )
