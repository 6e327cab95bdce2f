"""What a session teaches about the next ones: the modules its notebook imports."""

from __future__ import annotations

import logging
from pathlib import Path

from notebook_automation.execution.forkserver.learning import ImportHistory, imports_in
from notebook_automation.settings import Settings

from .laying_out import Ready

_log = logging.getLogger(__name__)


def import_history(settings: Settings) -> ImportHistory:
    """Return what past sessions imported, by the name of their kernel."""
    return ImportHistory(Path(settings.data_dir) / "imports.json")


def learn_imports(settings: Settings, ready: Ready) -> None:
    """Remember what the notebook that ran imports, but for modules of its project: those belong to it alone.

    Beside what its cells name, what its kernel loaded later: packages import some parts at their first use.
    """
    sources = [cell.source for cell in ready.execution.nb.cells if cell.cell_type == "code"]
    own = [ready.laid_out.work, ready.cwd]
    modules = [name for name in imports_in(sources) if not any(_is_in(folder, name) for folder in own)]
    try:
        import_history(settings).record(ready.kernel_name, modules, ready.manager.loaded)
    except OSError as error:
        _log.warning("What this session imports could not be remembered: %s", error)


def _is_in(folder: Path, module: str) -> bool:
    name = module.partition(".")[0]
    return (folder / name).is_dir() or any(folder.glob(f"{name}.*"))
