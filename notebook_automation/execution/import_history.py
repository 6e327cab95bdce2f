"""What a session teaches about the next ones: the modules its notebook imports."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from notebook_automation.forkserver import ImportHistory, imports_in
from notebook_automation.settings import Settings

_log = logging.getLogger(__name__)


def import_history(settings: Settings) -> ImportHistory:
    """Return what past sessions imported, by the name of their kernel."""
    return ImportHistory(Path(settings.data_dir) / "imports.json")


def learn_imports(
    settings: Settings, nb: NotebookNode, *, own: Sequence[Path], kernel_name: str, loaded: Sequence[str]
) -> None:
    """Remember what the notebook that ran imports, but for modules in its ``own`` folders: those belong to it alone.

    Beside what its cells name, what its kernel ``loaded`` later: packages import some parts at their first use.
    """
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    modules = [name for name in imports_in(sources) if not any(_is_in(folder, name) for folder in own)]
    try:
        import_history(settings).record(kernel_name, modules, loaded)
    except OSError as error:
        _log.warning("What this session imports could not be remembered: %s", error)


def _is_in(folder: Path, module: str) -> bool:
    name = module.partition(".")[0]
    return (folder / name).is_dir() or any(folder.glob(f"{name}.*"))
