"""A report opens with the network cut off: formulas, diagrams, figures and widgets are drawn, nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair
import bokeh.io.notebook
import ipywidgets
import pytest
from bokeh.io.state import State
from bokeh.plotting import figure
from bokeh.resources import CDN
from ipywidgets.embed import embed_data
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page, expect

from notebook_automation.execution.reports import html_report

TEXT = "Euler $e^{i\\pi}+1=0$\n\n```mermaid\ngraph TD; A-->B\n```"
PLOTLY = {"application/vnd.plotly.v1+json": {"data": [{"y": [1, 3, 2]}], "layout": {}}}


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


def shown(data: dict[str, Any]) -> NotebookNode:
    return new_output("display_data", data)


def altair_outputs() -> list[NotebookNode]:
    chart = altair.Chart(altair.InlineData(values=[{"a": 1, "b": 2}, {"a": 2, "b": 1}])).mark_line()
    chart = chart.encode(x="a:Q", y="b:Q")
    html = chart._repr_mimebundle_()["text/html"]
    return [shown({"text/html": html}), shown({"application/vnd.vegalite.v6+json": chart.to_dict()})]


def bokeh_outputs(monkeypatch: pytest.MonkeyPatch) -> list[NotebookNode]:
    """What Bokeh publishes in a kernel, by its own functions."""
    published: list[NotebookNode] = []
    monkeypatch.setattr(
        bokeh.io.notebook, "publish_display_data", lambda data, *_args, **_more: published.append(shown(data))
    )
    bokeh.io.notebook.load_notebook(CDN)
    plot = figure()
    plot.line([1, 2, 3], [1, 3, 2])
    bokeh.io.notebook.show_doc(plot, State())
    return published


def test_a_report_is_drawn_without_a_network(
    offline: Page, tmp_path: Path, shots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = ipywidgets.VBox(
        [ipywidgets.IntSlider(description="slide"), ipywidgets.Button(description="go", icon="check")]
    )
    view = {"model_id": box.model_id, "version_major": 2, "version_minor": 0}
    outputs = {
        "altair": altair_outputs(),
        "bokeh": bokeh_outputs(monkeypatch),
        "widgets": [shown({"application/vnd.jupyter.widget-view+json": view, "text/plain": "VBox()"})],
        "plotly": [shown(PLOTLY)],
    }
    cells = [new_markdown_cell(TEXT), *(new_code_cell(name, outputs=shown) for name, shown in outputs.items())]
    state = {"application/vnd.jupyter.widget-state+json": embed_data([box])["manager_state"]}
    path = tmp_path / "report.html"
    path.write_bytes(html_report(new_notebook(cells=cells, metadata={"widgets": state}), "report"))

    asked: list[str] = []
    errors: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("pageerror", lambda error: errors.append(str(error)))
    offline.goto(path.as_uri())
    expect(offline.locator("mjx-container svg").first).to_be_visible()
    expect(offline.locator(".jp-Mermaid img")).to_be_visible()
    expect(offline.locator(".vega-embed canvas, .vega-embed svg.marks")).to_have_count(2)
    expect(offline.locator(".bk-Figure")).to_be_visible()
    expect(offline.locator(".widget-slider")).to_contain_text("slide")
    expect(offline.locator(".js-plotly-plot svg.main-svg").first).to_be_visible()
    offline.screenshot(path=str(shots / "report-offline.png"), full_page=True)
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    assert not errors
