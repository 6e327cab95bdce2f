"""The files of a session's report, one for each format that is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from notebook_automation.domain.reports import formats_of, hides_code

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """``content`` is None where the report could not be made: ``why_not`` is a sentence that says why."""

    name: str
    content: bytes | None
    why_not: str = ""


def report_files(
    nb: NotebookNode, stem: str, report: str | None, folder: Path, beside: str, packages: Sequence[Path],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[ReportFile]:  # fmt: skip
    """Yield the files of ``report`` (``html,pdf``, say) until ``stopped``, ``stem`` being the notebook's name.

    Images are taken from ``folder``, the notebook lying in its folder ``beside``; scripts of figures also from
    ``packages``. Call it in a thread: each takes a second.
    """
    for kind in formats_of(report):
        if stopped():
            return
        name = f"{stem}.{kind}"
        try:
            yield ReportFile(name, _MAKERS[kind](nb, stem, folder, beside, packages, hides_code(report)))
        except Exception as error:  # noqa: BLE001 - nbconvert stumbles over odd outputs; the run itself ended as it did
            _log.warning("The report %s could not be made.", name, exc_info=True)
            yield ReportFile(name, None, f"The {kind.upper()} report could not be made: {_told(error)}")


def _html(nb: NotebookNode, stem: str, folder: Path, beside: str, packages: Sequence[Path], hidden: bool) -> bytes:
    from .reports import html_report

    return html_report(nb, stem, folder, beside, packages, hides_code=hidden)


def _pdf(nb: NotebookNode, stem: str, folder: Path, beside: str, _packages: Sequence[Path], hidden: bool) -> bytes:
    from .pdf import pdf_report

    return pdf_report(nb, stem, folder, beside, hides_code=hidden)


def _told(error: Exception) -> str:
    from .pdf import PdfFailed

    return str(error) if isinstance(error, PdfFailed) else f"{type(error).__name__}: {error}"


_MAKERS: dict[str, Callable[[NotebookNode, str, Path, str, Sequence[Path], bool], bytes]] = {"html": _html, "pdf": _pdf}
