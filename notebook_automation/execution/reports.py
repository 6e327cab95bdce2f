"""An executed notebook as one HTML page that stands alone: images, figures, formulas and widgets inside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.validator import normalize

from notebook_automation.domain.reports import REMOVE_CELL, REMOVE_INPUT, REMOVE_OUTPUT

from .report_figures import draw_figures
from .report_images import with_images
from .report_scripts import take_in_scripts
from .report_widgets import keep_standard_widgets

_QUIET = logging.getLogger(f"{__name__}.nbconvert")
_QUIET.setLevel(logging.ERROR)
_TEMPLATE = """
{%- extends "lab/index.html.j2" -%}
{%- block html_head_js -%}
{%- for script in resources.scripts -%}<script>{{ script }}</script>{%- endfor -%}
{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- if resources.draws_diagrams -%}{{ super() }}{%- endif -%}{%- endblock -%}
"""
"""nbconvert's page, without what it would load from elsewhere."""


def html_report(
    nb: NotebookNode, title: str, folder: Path | None = None, beside: str = "", packages: Sequence[Path] = (), *,
    hides_code: bool = False,
) -> bytes:  # fmt: skip
    """Return ``nb`` as HTML, cells tagged ``remove-cell``, ``remove-input`` and ``remove-output`` honoured.

    Inputs and outputs that are collapsed in JupyterLab are left out; with ``hides_code`` every input. Images are taken
    from ``folder``, the notebook lying in its folder ``beside``; the scripts of figures also from ``packages``, the
    kernel's site-packages. nbconvert is imported here: half a second that only sessions with a report pay.
    """
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    tags = {
        "enabled": True,
        "remove_cell_tags": REMOVE_CELL,
        "remove_input_tags": REMOVE_INPUT,
        "remove_all_outputs_tags": REMOVE_OUTPUT,
    }
    hidden = ("exclude_input", "exclude_input_prompt", "exclude_output_prompt")
    # An odd piece of metadata (a title that is null) is no reason for no report.
    _, nb = normalize(nb, strip_invalid_metadata=True)
    for cell in nb.cells:
        _hide_collapsed(cell)
    used = draw_figures(nb) | ({"widgets"} if keep_standard_widgets(nb) else set())
    scripts = take_in_scripts(nb, used, packages)
    # What nbconvert warns of (an image without an alternative text) is no news to whoever reads a session's log.
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        config=Config({"TagRemovePreprocessor": tags, "TemplateExporter": dict.fromkeys(hidden, hides_code)}),
        log=_QUIET,
        raw_template=_TEMPLATE,
        mermaid_js_url="data:text/javascript,export default window.mermaid",
        mermaid_layout_elk_js_url="",
    )
    resources = {"metadata": {"name": title}, "scripts": list(scripts.values()), "draws_diagrams": "mermaid" in scripts}
    body, _ = exporter.from_notebook_node(nb, resources=resources)
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
