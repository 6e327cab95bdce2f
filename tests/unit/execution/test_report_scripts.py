"""A report carries the scripts that it uses, and no others; no figure or widget asks another site."""

from __future__ import annotations

import re
from typing import Any

import ipywidgets
import pytest
from ipywidgets.embed import embed_data
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_automation.execution.reports import html_report

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
ALTAIR = """<div id="v"></div><script>const paths = {
  "vega": "https://cdn.jsdelivr.net/npm/vega@6?noext",
  "vega-lite": "https://cdn.jsdelivr.net/npm/vega-lite@6.4.1?noext",
  "vega-embed": "https://cdn.jsdelivr.net/npm/vega-embed@7?noext"};
requirejs.config({paths}); require(["vega-embed"], draw);</script>"""
BEGINNINGS = {
    "mathjax": "window.MathJax = {",
    "mermaid": "mermaid.initialize({startOnLoad",
    "vega": ").vega={}",
    "vega-embed": ".vegaEmbed=",
    "plotly": "plotly.js v",
    "require": "RequireJS",
    "widgets": "data-jupyter-widgets-cdn",
}


def shown(data: dict[str, Any]) -> NotebookNode:
    return new_code_cell("1", outputs=[new_output("display_data", data)])


def page_of(*cells: NotebookNode, **metadata: Any) -> str:
    return html_report(new_notebook(cells=list(cells), metadata=metadata), "title").decode()


def libraries(page: str) -> set[str]:
    head = page.partition('<body class="jp-Notebook"')[0]
    return {name for name, beginning in BEGINNINGS.items() if beginning in head}


def asked_for(page: str) -> list[str]:
    """What the page's own elements would load from elsewhere."""
    return re.findall(r"""<(?:script|link|img|iframe)\b[^<>]*?(?:src|href)=["'](?:https?:)?//[^"']+""", page)


@pytest.mark.parametrize(
    ("cell", "used"),
    [
        (new_code_cell("print('$5 and $6')", outputs=[new_output("stream", text="$a$")]), set()),
        (new_markdown_cell("It costs $5. `echo $a $b`\n\n```\n$a$\n```\n"), set()),
        (shown({"text/html": "<table><td>$1.00</td><td>$2.00</td></table><pre>$a$</pre>"}), set()),
        (new_markdown_cell("Euler: $e^{i\\pi} = -1$"), {"mathjax"}),
        (new_markdown_cell("\\begin{align}a\\end{align}"), {"mathjax"}),
        (shown({"text/latex": "$\\displaystyle x^2$", "text/plain": "x**2"}), {"mathjax"}),
        (shown({"text/html": "<b>\\(x\\)</b>"}), {"mathjax"}),
        (new_markdown_cell("```mermaid\ngraph TD; A-->B\n```"), {"mermaid"}),
        (shown({"text/html": ALTAIR}), {"vega", "vega-embed"}),
        (shown({"application/vnd.vegalite.v6+json": {"mark": "bar"}, "text/plain": "chart"}), {"vega", "vega-embed"}),
        (shown({"application/vnd.vegalite.v6+json": {}, "image/png": "iVBORw0KGgo="}), set()),
        (shown({"text/html": "<script>require(['d3'], draw)</script>"}), {"require"}),
    ],
)
def test_a_report_carries_what_it_uses_and_no_more(cell: NotebookNode, used: set[str]) -> None:
    page = page_of(cell)
    assert libraries(page) == used
    assert not asked_for(page)
    assert "cdn.jsdelivr.net/npm/vega" not in page
    assert used or len(page) < 400_000


def test_plotlys_page_parts_use_the_library_in_the_page() -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    figure = graph_objects.Figure(graph_objects.Scatter(y=[1, 2]))
    cdn = figure.to_html(include_plotlyjs="cdn", include_mathjax="cdn", full_html=False)
    assert "integrity=" in cdn
    page = page_of(shown({"text/html": cdn}), shown({"text/html": cdn}))
    assert libraries(page) == {"plotly"}
    assert page.count("plotly.js v") == 1
    assert "integrity=" not in page
    assert not asked_for(page)
    formula = cdn.replace('"y":', '"name": "$x^2$", "y":')
    assert libraries(page_of(shown({"text/html": formula}))) == {"plotly", "mathjax"}


def test_a_library_that_is_not_on_this_machine_stays_an_address() -> None:
    script = '<script src="https://cdn.bokeh.org/bokeh/release/bokeh-1.0.0.min.js"></script>'
    map_ = '<script src="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js" integrity="sha256-x"></script>'
    page = page_of(shown({"text/html": script + map_}))
    assert "https://cdn.bokeh.org/bokeh/release/bokeh-1.0.0.min.js" in page
    assert 'integrity="sha256-x"' in page


def test_widgets_that_are_saved_are_drawn_and_others_show_their_text() -> None:
    slider = ipywidgets.IntSlider(value=3, description="$\\alpha$")
    box = ipywidgets.VBox([slider])
    state = embed_data([box])["manager_state"]["state"]
    state["other"] = {"model_module": "anywidget", "model_name": "AnyModel", "state": {}}
    state["around"] = {
        **state[box.model_id],
        "state": {"children": ["IPY_MODEL_other", f"IPY_MODEL_{slider.model_id}"]},
    }
    cells = [
        shown({VIEW: {"model_id": id_, "version_major": 2, "version_minor": 0}, "text/plain": f"text of {name}"})
        for name, id_ in (("box", box.model_id), ("other", "other"), ("around", "around"), ("closed", "gone"))
    ]
    page = page_of(*cells, widgets={STATE: {"version_major": 2, "version_minor": 0, "state": state}})
    assert libraries(page) == {"widgets", "mathjax"}
    assert "text of box" not in page
    for name in ("other", "around", "closed"):
        assert f"text of {name}" in page
    assert "anywidget" not in page.partition("<body")[2]
    assert not asked_for(page)

    only_text = page_of(cells[1], widgets={STATE: {"version_major": 2, "version_minor": 0, "state": state}})
    assert libraries(only_text) == set()
    assert STATE not in only_text
    assert libraries(page_of(new_code_cell("1"), widgets={STATE: {"state": None}})) == set()
