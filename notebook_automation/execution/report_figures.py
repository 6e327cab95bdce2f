"""Figures of which an output has only the data (Plotly, Vega, Vega-Lite) get the part of the page that draws them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

_PLOTLY = "application/vnd.plotly.v1+json"
_VEGA = re.compile(r"application/vnd\.(vega|vegalite)\.v\d+\+json")
_PICTURES = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "application/javascript")
"""What shows the figure already."""


def draw_figures(nb: NotebookNode) -> set[str]:
    """Add the page part to the outputs of ``nb`` that need it; return the libraries that draw them."""
    used: set[str] = set()
    for number, data in enumerate(_figures(nb)):
        place = f"na-figure-{number}"
        vega = next(filter(_VEGA.fullmatch, data), None)
        if _PLOTLY in data:
            figure = data[_PLOTLY]
            parts = ", ".join(_literal(figure.get(name, {})) for name in ("data", "layout", "config"))
            draw, libraries = f'Plotly.newPlot("{place}", {parts})', {"plotly"}
        elif vega is not None:
            draw = f'vegaEmbed("#{place}", {_literal(data[vega])})'
            libraries = {"vega", "vega-lite", "vega-embed"}
        data["text/html"] = f'<div id="{place}"></div><script>{draw}</script>'
        used |= libraries
    return used


def _figures(nb: NotebookNode) -> Iterator[NotebookNode]:
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if not any(kind in data for kind in _PICTURES) and (_PLOTLY in data or any(map(_VEGA.fullmatch, data))):
                yield data


def _literal(value: Any) -> str:
    # "</" would end the script, and "<!--" open a comment in the page.
    return json.dumps(value).replace("<", "\\u003c")
