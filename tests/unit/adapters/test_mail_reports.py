"""A notebook as the body of a mail: what is in it is shown, and can do nothing."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from xss import PAYLOADS

from notebook_automation.adapters.mail_reports import LARGEST_PICTURES, mail_report, safe_html, shown_lines
from notebook_automation.domain.notebook_diff import Line

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TABLE = (
    "<style>td {color: red}</style><table border=1 class='dataframe'><tr><th>region</th></tr>"
    "<tr><td>emea</td></tr></table>"
)


def code(*outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": "secret_code()", "outputs": list(outputs), "metadata": metadata}


def shown(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {name.replace("__", "/"): value for name, value in data.items()}}


def text(value: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": value}


def report(*cells: dict[str, Any], changed: tuple[Line, ...] | None = None) -> tuple[str, str, list[bytes]]:
    made = mail_report({"cells": list(cells)}, changed, "ntf_1")
    return "\n".join(made.html), "\n".join(made.text), [one.content for one in made.pictures]


def test_texts_tables_and_pictures_are_shown_without_code() -> None:
    encoded = base64.b64encode(PNG).decode()
    html, plain, pictures = report(
        {"cell_type": "markdown", "source": "# Sales\n\nof *today*"},
        code(text("3 rows\n"), text("a warning", "stderr"), shown(text__html=TABLE, text__plain="region\nemea")),
        # An interactive figure that has a picture, too.
        code(shown(text__html="<div><script>plot()</script></div>", image__png=encoded, text__plain="Figure")),
        code({"output_type": "error", "ename": "ValueError", "evalue": "no data", "traceback": []}),
    )
    assert "secret_code" not in html + plain
    assert "a warning" not in html + plain
    assert '<td style="border' in html
    assert "color: red" not in html
    assert pictures == [PNG]
    assert '<img src="cid:picture1@ntf_1"' in html
    assert "script" not in html
    for words in ("Sales", "3 rows", "emea", "ValueError: no data"):
        assert words in html
        assert words in plain


def test_what_is_tagged_or_collapsed_is_left_out() -> None:
    html, plain, _ = report(
        code(text("one"), tags=["remove-cell"]), code(text("two"), tags=["remove-output"]),
        code(text("three"), jupyter={"outputs_hidden": True}), code(text("four"), tags=["injected-parameters"]),
        {"cell_type": "markdown", "source": "five", "metadata": {"tags": ["remove_cell"]}},
        {"cell_type": "markdown", "source": "six", "metadata": {"jupyter": {"source_hidden": True}}},
    )  # fmt: skip
    assert (html, plain) == ("", "")


def test_what_changed_since_the_last_run_is_said_by_lines() -> None:
    old, new = "(image/png, 7 characters, 1234abcd)", "(image/png, 19,628 characters, 760c3550)"
    html, plain, _ = report(
        changed=(
            ("=", "same"), ("-", "revenue 100"), ("+", "revenue <b>50</b>"), ("-", old), ("+", new), ("+", " "),
            ("…", "9 lines"),
        )
    )  # fmt: skip
    assert "What changed since the last run" in html
    assert "+ revenue &lt;b&gt;50&lt;/b&gt;" in html
    assert plain.splitlines()[1:] == ["- revenue 100", "+ revenue <b>50</b>", "+ (another picture)"]
    html, plain, _ = report(changed=(("=", "same"),))
    assert plain == "Nothing has changed since the last run"


def test_only_what_is_shown_is_compared() -> None:
    hidden = {"tags": ["remove-cell"]}
    lines = shown_lines(
        {
            "cells": [
                {"cell_type": "markdown", "source": "# Sales\nof today", "metadata": {}},
                {"cell_type": "markdown", "source": "a note of ours", "metadata": hidden},
                code(text("3 rows\n"), text("a warning", "stderr")), code(text("key"), tags=["remove-output"]),
                code(text("hidden"), tags=["remove-cell"]), code(text("kept"), jupyter={"outputs_hidden": True}),
                code(shown(text__markdown="**50** EUR", text__plain="<IPython.core.display.Markdown object>")),
                code(shown(text__html=TABLE, text__plain="<pandas.io.formats.style.Styler at 0x7f>")),
            ]
        }
    )  # fmt: skip
    assert lines == ["# Sales", "of today", "3 rows", "**50** EUR", "region", "emea"]


def test_an_interactive_output_without_a_picture_is_a_sentence() -> None:
    plotly = {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": {}}}
    svg = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}}
    html, plain, _ = report(code(svg, plotly, shown(text__html="<div></div><script>x()</script>")))
    assert "a picture in SVG" in html
    assert "<Figure>" not in plain
    assert html.count("an interactive output") == plain.count("an interactive output") == 2
    assert "x()" not in html + plain


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_does_anything(payload: str) -> None:
    html, _, _ = report(
        {"cell_type": "markdown", "source": payload},
        code(text(payload), shown(text__html=f"<table><tr><td>{payload}</td></tr></table>")),
        code(shown(text__markdown=payload), shown(text__plain=payload)),
    )
    tags = re.findall(r"<[^>]*>", html)
    assert not [
        tag for tag in tags if re.search(r"(?i)^<(script|iframe|object|embed|svg|style|link|meta|form|img)", tag)
    ]
    assert not [tag for tag in tags if re.search(r"(?i)[\s/]on\w+\s*=|javascript:|data:", tag)]


def test_attributes_cannot_be_broken_out_of() -> None:
    html = safe_html(
        '<table><td colspan="2<td onclick=x" rowspan="3"><a href="https://x/<table onload=y">z</a></td></table>'
    )
    assert "onclick" not in html
    assert "onload" not in html
    assert 'rowspan="3"' in html


def test_pictures_have_an_end_and_what_is_none_is_left_out() -> None:
    large = base64.b64encode(b"x" * (LARGEST_PICTURES - 10)).decode()
    html, _, pictures = report(
        code(shown(image__png=large), shown(image__png=large), shown(image__png="no base64!", text__plain="words"))
    )
    assert len(pictures) == 1
    assert "too large for a mail" in html
    assert "words" in html


@pytest.mark.parametrize(
    "notebook", [{}, {"cells": None}, {"cells": [1, {"cell_type": 7}, {"outputs": {}, "metadata": []}]}]
)
def test_what_is_no_notebook_gives_nothing(notebook: Any) -> None:
    assert mail_report(notebook, None, "x").html == []
    assert shown_lines(notebook) == []
