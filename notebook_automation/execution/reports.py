"""An executed notebook as one HTML page that stands alone: its images inside, its figures drawn."""

from __future__ import annotations

import importlib.util
import json
import logging
from pathlib import Path

from nbformat import NotebookNode
from nbformat.validator import normalize

from .report_images import with_images

_QUIET = logging.getLogger(f"{__name__}.nbconvert")
_QUIET.setLevel(logging.ERROR)
_PLOTLY = "application/vnd.plotly.v1+json"


def html_report(nb: NotebookNode, title: str, folder: Path | None = None, beside: str = "") -> bytes:
    """Return ``nb`` as HTML, cells tagged ``remove-cell``, ``remove-input`` and ``remove-output`` honoured.

    Inputs and outputs that are collapsed in JupyterLab are left out. Images are taken from ``folder``, the notebook
    lying in its folder ``beside``. nbconvert is imported here: half a second that only sessions with a report pay.
    """
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    tags = {
        "enabled": True,
        "remove_cell_tags": ("remove-cell", "remove_cell"),
        "remove_input_tags": ("remove-input", "remove_input"),
        "remove_all_outputs_tags": ("remove-output", "remove_output"),
    }
    # An odd piece of metadata (a title that is null) is no reason for no report.
    _, nb = normalize(nb, strip_invalid_metadata=True)
    for cell in nb.cells:
        _hide_collapsed(cell)
    _draw_plotly(nb)
    # What nbconvert warns of (an image without an alternative text) is no news to whoever reads a session's log.
    exporter = HTMLExporter(config=Config({"TagRemovePreprocessor": tags}), log=_QUIET)  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(nb, resources={"metadata": {"name": title}})
    page = str(body) if folder is None else with_images(str(body), folder, beside)
    return page.encode("utf-8", "backslashreplace")


def _hide_collapsed(cell: NotebookNode) -> None:
    """Tag what JupyterLab shows collapsed, so that it is left out."""
    hidden = cell.metadata.get("jupyter", {})
    tags = list(cell.metadata.get("tags", []))
    if hidden.get("source_hidden"):
        tags.append("remove-input" if cell.cell_type == "code" else "remove-cell")
    if hidden.get("outputs_hidden") or cell.metadata.get("collapsed"):
        tags.append("remove-output")
    if tags:
        cell.metadata["tags"] = tags


def _draw_plotly(nb: NotebookNode) -> None:
    """Give figures of which only Plotly's own data is there a page part, with the library once in the page."""
    figures = [
        output["data"]
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if _PLOTLY in output.get("data", {}) and "text/html" not in output["data"]
    ]
    library = _plotly_library() if figures else None
    if library is None:
        return
    for number, data in enumerate(figures):
        figure = data[_PLOTLY]
        # "</" would end the script.
        parts = [json.dumps(figure.get(name, {})).replace("</", "<\\/") for name in ("data", "layout", "config")]
        first = f"<script>{library}</script>" if number == 0 else ""
        place = f"na-plotly-{number}"
        draw = f'Plotly.newPlot("{place}", {", ".join(parts)})'
        data["text/html"] = f'{first}<div id="{place}"></div><script>{draw}</script>'


def _plotly_library() -> str | None:
    """Return Plotly's JavaScript; None where it is not installed. Nothing is imported."""
    found = importlib.util.find_spec("plotly")
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        try:
            return (Path(folder) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
        except OSError:
            continue
    return None
