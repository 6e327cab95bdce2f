"""What `doctor` looks at, one finding each; nothing is changed by looking."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

from notebook_automation.settings import Settings

from . import installation, machine
from .finding import Finding


def findings(
    *, data_dir: Path | None, database_url: str | None, url: str | None, token: str | None
) -> Iterator[Finding]:
    """Yield what was found, in the order in which things depend on each other."""
    settings = _settings(data_dir, database_url)
    yield machine.python()
    yield machine.packages()
    yield machine.sqlite()
    yield from machine.data_folder(Path(settings.data_dir))
    yield from installation.database(settings)
    yield from installation.extensions()
    yield from installation.kernels(settings)
    yield machine.clock()
    yield Finding(what="Browser", good=True, text="none is needed: reports are made without one.")
    yield machine.pdf()
    yield installation.server(url, token)


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
