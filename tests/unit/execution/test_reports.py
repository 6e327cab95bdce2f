"""A report stands alone, shows what JupyterLab shows, and opens nothing that it must not."""

from __future__ import annotations

import base64
import logging
import os
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_automation.execution.reports import html_report

PNG = b"\x89PNG\r\n\x1a\n"
IN_PAGE = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def report(*cells: NotebookNode, folder: Path | None = None, beside: str = "") -> str:
    return html_report(new_notebook(cells=list(cells)), "title", folder, beside).decode()


def test_images_that_markdown_names_are_in_the_page(tmp_path: Path) -> None:
    (tmp_path / "reports" / "img").mkdir(parents=True)
    for name in ("logo.png", "reports/img/a b.png"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "reports" / "link.png").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "reports" / "pipe.png")
    shown = new_output("display_data", {"text/html": '<img alt="x" src="../logo.png">'})
    page = report(
        new_markdown_cell("![logo](../logo.png) ![b](img/a%20b.png) <img width='3' src='img/a b.png'/>"),
        new_markdown_cell(
            "![l](link.png) ![p](pipe.png) ![o](../../out.png) ![w](https://example.org/x.png) ![n](no.png)"
        ),
        new_code_cell("1", outputs=[shown]),
        folder=tmp_path,
        beside="reports",
    )
    assert page.count(IN_PAGE) == 4
    for kept in (
        'src="link.png"',
        'src="pipe.png"',
        'src="../../out.png"',
        "https://example.org/x.png",
        'src="no.png"',
    ):
        assert kept in page


def test_what_nbconvert_warns_of_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    png = new_output("display_data", {"image/png": base64.b64encode(PNG).decode()})
    with caplog.at_level(logging.DEBUG):
        page = report(new_code_cell("1", outputs=[png]), new_markdown_cell("<img src='x.png'>"))
    assert "No description has been provided for this image" in page
    assert not [record for record in caplog.records if "lternative text" in record.getMessage()]


def test_what_is_collapsed_is_left_out() -> None:
    page = report(
        new_code_cell("print('seen_in')", outputs=[new_output("stream", text="seen_out")]),
        new_code_cell(
            "'hidden_in'",
            metadata={"jupyter": {"source_hidden": True}},
            outputs=[new_output("stream", text="shown_out")],
        ),
        new_code_cell(
            "shown_in",
            metadata={"jupyter": {"outputs_hidden": True}},
            outputs=[new_output("stream", text="hidden_out")],
        ),
        new_code_cell("other_in", metadata={"collapsed": True}, outputs=[new_output("stream", text="hidden_too")]),
        new_markdown_cell("hidden_text", metadata={"jupyter": {"source_hidden": True}}),
    )
    for text in ("seen_in", "seen_out", "shown_out", "shown_in", "other_in"):
        assert text in page
    assert "hidden" not in page.partition("<main")[2]


def test_plotly_figures_are_drawn_without_another_site() -> None:
    pytest.importorskip("plotly")
    data = {"application/vnd.plotly.v1+json": {"data": [{"y": [1, 3, 2], "name": "</script>"}], "layout": {}}}
    page = report(*(new_code_cell("f", outputs=[new_output("display_data", data)]) for _ in range(2)))
    assert page.count('Plotly.newPlot("na-figure-') == 2
    assert page.count("plotly.js v") == 1
    assert '"name": "\\u003c/script>"' in page
