"""An executed notebook as one HTML page."""

from __future__ import annotations

import logging

from nbformat import NotebookNode
from nbformat.validator import normalize

_QUIET = logging.getLogger(f"{__name__}.nbconvert")
_QUIET.setLevel(logging.ERROR)


def html_report(nb: NotebookNode, title: str) -> bytes:
    """Return ``nb`` as HTML, cells tagged ``remove-cell``, ``remove-input`` and ``remove-output`` honoured.

    nbconvert is imported here: half a second that only sessions with a report pay.
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
    # What nbconvert warns of (an image without an alternative text) is no news to whoever reads a session's log.
    exporter = HTMLExporter(config=Config({"TagRemovePreprocessor": tags}), log=_QUIET)  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(nb, resources={"metadata": {"name": title}})
    return str(body).encode("utf-8", "backslashreplace")
