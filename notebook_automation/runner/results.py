"""What of an ended run is kept: its notebook, its report, the files it wrote, its result and its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.artifacts import validate_artifact_name
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.sessions import CellError
from notebook_automation.execution.executed_copy import RunError
from notebook_automation.execution.function_notebook import RESULT_MEDIA_TYPE
from notebook_automation.execution.written_files import written_files
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import Made
from notebook_automation.settings import Settings

from .preparation import PreparedSession


@dataclass(slots=True)
class Kept:
    """``made`` is stored in blobs; ``left_out`` says in sentences what was not."""

    made: list[Made] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def keep_notebook(ready: PreparedSession, nb: NotebookNode, blobs: Blobs, *, report: str | None) -> Kept:
    """Store the notebook as it ran, and its report. Raises Unavailable (``disk_full``)."""
    found = Kept()
    stem = Path(ready.file_name).stem
    _add(found, ready.file_name, *blobs.put_file(ready.workspace.folder / ready.file_name))
    if report == "html":
        from notebook_automation.execution.reports import html_report

        _add(found, f"{stem}.html", *blobs.put_bytes(html_report(nb, stem)))
    return found


def result_of(nb: NotebookNode) -> Any:
    """Return what the called function returned; None for a notebook that is none of a function."""
    for cell in reversed(nb.cells):
        for output in cell.get("outputs", []):
            shown = output.get("data", {}).get(RESULT_MEDIA_TYPE)
            if shown is not None:
                return shown.get("result")
    return None


def cell_error(error: RunError, cells: Sequence[NotebookNode]) -> CellError:
    """Return why the run failed, with the source of the cell it failed in; ``cells`` are those that ran."""
    source = next((cell.source for cell in cells if error.cell_id and cell.get("id") == error.cell_id), None)
    return CellError(
        ename=error.ename,
        evalue=error.evalue[:10_000],
        traceback=[line[:20_000] for line in error.traceback[:200]],
        cell_index=error.cell_index,
        cell_id=error.cell_id,
        cell_source=source,
    )


def keep_files(found: Kept, ready: PreparedSession, blobs: Blobs, settings: Settings) -> None:
    """Store the files that the session wrote. Raises Unavailable (``disk_full``)."""
    before = {file.path: file.blob for file in ready.workspace.snapshot.files}
    work = ready.workspace.work
    files = written_files(work, ready.workspace.states, ready.cwd)
    for number, file in enumerate(files):
        if number >= settings.artifact_max_files:
            found.left_out.append(f"{len(files) - number} files were not kept (setting artifact_max_files).")
            return
        if file.size > settings.artifact_max:
            limit = settings.artifact_max / 2**20
            found.left_out.append(f"{file.name} was not kept: it is over {limit:.0f} MiB (setting artifact_max).")
            continue
        name = file.name
        if any(name == made.name for made in found.made):
            # The session's own file of the executed notebook's name, say.
            name = f"files/{name}"
        try:
            validate_artifact_name(name)
            digest, size = blobs.put_file(file.path)
        except (Invalid, PermissionError, FileNotFoundError) as error:
            found.left_out.append(f"{file.name} was not kept: {error}")
            continue
        if before.get(file.path.relative_to(work).as_posix()) != digest:
            _add(found, name, digest, size)


def _add(found: Kept, name: str, digest: str, size: int) -> None:
    found.made.append(Made(name=name, blob=digest, size=size))
