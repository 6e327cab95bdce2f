"""Reports of executed notebooks: in which formats they are made, and what of the cells they leave out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .errors import Invalid

FORMATS = ("html", "pdf")
"""Each is a file of that ending beside the executed notebook."""
NO_CODE = "no-code"
"""No code is shown, as by nbconvert's option --no-input."""
REMOVE_CELL = ("remove-cell", "remove_cell")
REMOVE_INPUT = ("remove-input", "remove_input")
REMOVE_OUTPUT = ("remove-output", "remove_output")
"""Tags as nbconvert, Jupyter Book and others know them."""


def check_report(report: str) -> None:
    """Raise Invalid (``run_invalid``) unless ``report`` asks for one, such as ``html`` or ``html,pdf,no-code``."""
    words = _words(report)
    unknown = [word for word in words if word not in (*FORMATS, NO_CODE)]
    if unknown or not formats_of(report) or len(set(words)) < len(words):
        raise Invalid(
            f"There is no report {report[:60]!r}: use html, pdf or html,pdf; {NO_CODE} behind them leaves out the "
            "code.",
            code="run_invalid", field="report",
        )  # fmt: skip


def formats_of(report: str | None) -> tuple[str, ...]:
    """Return the formats in which a report is made; none where there is to be no report."""
    return tuple(one for one in FORMATS if one in _words(report))


def hides_code(report: str | None) -> bool:
    """Return whether a report shows no code at all."""
    return NO_CODE in _words(report)


def is_removed(cell: Mapping[str, Any]) -> bool:
    """Return whether nothing of ``cell`` is shown."""
    return is_tagged(cell, REMOVE_CELL) or (cell.get("cell_type") != "code" and _is_collapsed(cell, "source_hidden"))


def hides_input(cell: Mapping[str, Any]) -> bool:
    """Return whether the code of ``cell`` is not shown."""
    return is_tagged(cell, REMOVE_INPUT) or _is_collapsed(cell, "source_hidden")


def hides_output(cell: Mapping[str, Any]) -> bool:
    """Return whether the outputs of ``cell`` are not shown."""
    metadata = cell.get("metadata")
    is_old = isinstance(metadata, Mapping) and bool(metadata.get("collapsed"))
    return is_tagged(cell, REMOVE_OUTPUT) or _is_collapsed(cell, "outputs_hidden") or is_old


def is_tagged(cell: Mapping[str, Any], wanted: Collection[str]) -> bool:
    """Return whether ``cell`` has one of the tags ``wanted``."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return isinstance(tags, list) and any(tag in wanted for tag in tags if isinstance(tag, str))


def _is_collapsed(cell: Mapping[str, Any], what: str) -> bool:
    metadata = cell.get("metadata")
    jupyter = metadata.get("jupyter") if isinstance(metadata, Mapping) else None
    return isinstance(jupyter, Mapping) and bool(jupyter.get(what))


def _words(report: str | None) -> list[str]:
    return report.split(",") if report else []
