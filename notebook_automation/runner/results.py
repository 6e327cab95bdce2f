"""Collects the results of an ended run: its notebook, its report, the files it wrote, its result and its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.artifacts import artifact_name_of
from notebook_automation.domain.errors import Invalid, TooLarge
from notebook_automation.domain.sessions import CellError
from notebook_automation.execution.called_notebook import is_executed
from notebook_automation.execution.executed_copy import RunError
from notebook_automation.execution.function_notebook import RESULT_MEDIA_TYPE
from notebook_automation.execution.hostile_files import open_regular
from notebook_automation.execution.live_files import changed_live_files
from notebook_automation.execution.writer import notebook_bytes
from notebook_automation.execution.written_files import WrittenFile, written_files
from notebook_automation.ports import Blobs
from notebook_automation.services.endings import ResultFile
from notebook_automation.settings import Settings

from .preparation import PreparedSession


@dataclass(slots=True)
class Collected:
    """``files`` are stored in blobs; ``left_out`` says in sentences what is not."""

    files: list[ResultFile] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class ResultCollector:
    """Stores what a run leaves in ``blobs``, within the limits of ``settings``."""

    def __init__(self, blobs: Blobs, settings: Settings) -> None:
        self._blobs = blobs
        self._max_files = settings.artifact_max_files
        self._max_bytes = settings.artifact_max

    def collect_notebook(
        self, collected: Collected, prepared: PreparedSession, nb: NotebookNode, report: str | None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Store the notebook as it ran and, unless ``stopped``, its report, and add them.

        Raises Unavailable (``disk_full``).
        """
        try:
            with open_regular(prepared.workspace.folder, prepared.file_name) as file:
                digest, size = self._blobs.put_stream(file)
        except OSError:
            # The session's own code took it away, or put a link in its place.
            digest, size = self._blobs.put_bytes(notebook_bytes(nb))
        collected.files.append(ResultFile(name=artifact_name_of(prepared.file_name), blob=digest, size=size))
        if report is not None and not stopped():
            self._add_report(collected, prepared, nb, report, stopped)

    def _add_report(
        self, collected: Collected, prepared: PreparedSession, nb: NotebookNode, report: str,
        stopped: Callable[[], bool],
    ) -> None:  # fmt: skip
        from notebook_automation.execution.report_files import report_files
        from notebook_automation.execution.report_libraries import site_packages

        stem = Path(prepared.file_name).stem
        work = prepared.workspace.work
        spec = prepared.manager.kernel_spec
        packages = site_packages(spec.argv) if spec is not None else []
        beside = prepared.cwd.relative_to(work).as_posix()
        for made in report_files(nb, stem, report, work, beside, packages, stopped):
            if made.content is None:
                collected.left_out.append(made.why_not)
                continue
            digest, size = self._blobs.put_bytes(made.content)
            collected.files.append(ResultFile(name=artifact_name_of(made.name), blob=digest, size=size))

    def collect_files(
        self, collected: Collected, prepared: PreparedSession, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """Store the files that the session wrote, and add them, until ``stopped``. Raises Unavailable
        (``disk_full``)."""
        for path in changed_live_files(prepared.workspace.snapshot, prepared.workspace.live):
            collected.left_out.append(f"{path} is read in place, and was changed there while the session ran.")
        before = {file.path: file.blob for file in prepared.workspace.snapshot.files}
        work = prepared.workspace.work
        written = written_files(work, prepared.workspace.states, prepared.cwd)
        collected.left_out.extend(written.left_out)
        for number, file in enumerate(written.files):
            if stopped():
                collected.left_out.append(f"{len(written.files) - number} files were not kept: it was to stop.")
                return
            if number >= self._max_files:
                rest = len(written.files) - number
                collected.left_out.append(f"{rest} files were not kept (setting artifact_max_files).")
                return
            try:
                stored = self._store(work, file, {one.name for one in collected.files})
            except (Invalid, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                collected.left_out.append(f"{shown_name(file.name)} was not kept: {reason}")
                continue
            if before.get(file.path) != stored.blob:
                collected.files.append(stored)
                if stored.name.removeprefix("files/") != file.name:
                    collected.left_out.append(f"{shown_name(file.name)} is kept as {stored.name}.")

    def _store(self, work: Path, file: WrittenFile, taken: set[str]) -> ResultFile:
        too_large = Invalid(f"it is over {self._max_bytes / 2**20:.0f} MiB (setting artifact_max).")
        if file.size > self._max_bytes:
            raise too_large
        # The session's own file of the executed notebook's name, say.
        kept = artifact_name_of(file.name)
        name = f"files/{kept}" if kept in taken else kept
        # It may be another file than it was when it was looked at.
        try:
            with open_regular(work, file.path) as source:
                digest, size = self._blobs.put_stream(source, at_most=self._max_bytes)
        except TooLarge:
            raise too_large from None
        return ResultFile(name=name, blob=digest, size=size)


def shown_name(name: str) -> str:
    """Return a file's name for people; bytes that are no UTF-8 are made visible."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


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
    counted = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip() and is_executed(cell)]
    number, source = next(
        ((at, cell.source) for at, cell in enumerate(counted, 1) if error.cell_id and cell.get("id") == error.cell_id),
        (None, None),
    )
    return CellError(
        ename=error.ename,
        evalue=error.evalue[:10_000],
        traceback=[line[:20_000] for line in error.traceback[:200]],
        cell_index=error.cell_index,
        cell_id=error.cell_id,
        cell_source=source,
        cell_number=number,
    )
