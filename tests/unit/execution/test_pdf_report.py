"""A notebook as a PDF: what is in it is shown, and none of it is a program of the compiler."""

from __future__ import annotations

import base64
import json
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_automation.execution.pdf import PdfFailed, pdf_report, report
from notebook_automation.execution.pdf.compiling import UNREADABLE, compiled
from notebook_automation.execution.pdf.document import document_of
from notebook_automation.execution.pdf.pictures import Pictures

HOSTILE = '#read("/etc/passwd") #panic("x") $ 1/0 $ ] } #eval("1") \\u{41} @ref <tag> = h *b* `r` "q" // c'
TABLE = (
    "<style>td {color: red}</style><table border=1 class='dataframe'><thead><tr><th></th><th>region</th>"
    "<th>revenue</th></tr></thead><tbody><tr><th>0</th><td>emea</td><td>1,234.50</td></tr></tbody></table>"
)


def a_png(wide: int = 40, high: int = 20) -> str:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + b"\x20\x80\xc0" * wide for _ in range(min(high, 1000)))
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def shown(**data: Any) -> NotebookNode:
    named = {name.replace("__", "/").replace("_plus_", "+"): value for name, value in data.items()}
    return new_output("display_data", data=named)


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def code(source: str, *outputs: NotebookNode, **metadata: Any) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def pages(pdf: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[number] for number in range(len(document))]


def text_of(pdf: bytes) -> str:
    """All that the pages of ``pdf`` say, without places where lines end."""
    said = "\n".join(page.get_textpage().get_text_bounded() for page in pages(pdf))
    return said.replace("\r\n", "\n").replace("\u200b", "")


def made(*cells: NotebookNode, title: str = "weekly", **options: Any) -> str:
    return text_of(pdf_report(new_notebook(cells=list(cells)), title, **options))


def pictures_in(pdf: bytes) -> int:
    return sum(len(list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) for page in pages(pdf))


MARKDOWN = """# Sales

Of *today*: **good**, `na.step`, [more](https://example.org/x), $x^2$ ~~no~~.

1. first
   - inner
2. second

- [x] done

> quoted

| a | b |
|---|--:|
| k | 7 |

```python
for x in y:
    pass
```

---

$$\\frac{1}{2}$$

$\\unknown{$
"""


def test_all_that_a_notebook_shows_is_in_it() -> None:
    raised = ["\x1b[31mValueError\x1b[39m: \x1b[1mno data\x1b[0m"]
    text = made(
        new_markdown_cell(MARKDOWN),
        code("total = 40 + 2", printed("3 rows\n    indented\n"), printed("a warning", "stderr")),
        code("table", shown(text__html=TABLE, text__plain="region\nemea")),
        code("1/0", new_output("error", ename="ValueError", evalue="no data", traceback=raised)),
    )
    for words in (
        "Sales", "Of today: good, na.step", "more", "no.", "1. first", "inner", "second", "☑ done", "quoted", "k 7",
        "for x in y:", "unknown", "total = 40 + 2", "3 rows", "indented", "a warning", "emea 1,234.50",
        "ValueError: no data", "weekly", "1 / 1",
    ):  # fmt: skip
        assert words in text, words
    assert "color: red" not in text
    assert "\x1b" not in text


def test_code_and_cells_are_left_out_by_tag_or_altogether() -> None:
    cells = [
        code("visible_code()", printed("one")),
        code("tagged_code()", printed("two"), tags=["remove-input"]),
        code("quiet()", printed("three"), tags=["remove-output"]),
        code("nothing()", printed("four"), tags=["remove-cell"]),
        code("collapsed()", printed("five"), jupyter={"source_hidden": True}),
        new_markdown_cell("hidden words", metadata={"jupyter": {"source_hidden": True}}),
    ]
    text = made(*cells)
    assert {word for word in ("one", "two", "three", "four", "five") if word in text} == {"one", "two", "five"}
    hidden = ("tagged_code", "nothing", "collapsed", "hidden words")
    assert [word for word in ("visible_code", "quiet", *hidden) if word in text] == ["visible_code", "quiet"]
    text = made(*cells, hides_code=True)
    assert "one" in text
    assert "visible_code" not in text


def test_nothing_in_a_notebook_is_markup_or_code_of_the_compiler() -> None:
    cell = code(
        HOSTILE, printed(HOSTILE), printed(f"\x1b[31m{HOSTILE}\x1b[0m", "stderr"),
        shown(text__html=f"<table><tr><td>{HOSTILE.replace('<', '&lt;')}</td></tr></table>"),
        shown(text__latex=HOSTILE), new_output("error", ename=HOSTILE, evalue="", traceback=[HOSTILE]),
        shown(text__html=f"<h2>{HOSTILE.replace('<', '&lt;')}</h2>"),
    )  # fmt: skip
    text = made(cell, new_markdown_cell(f"```#{{\n{HOSTILE}\n```\n\n\\{HOSTILE}"), title=HOSTILE)
    assert text.count('#read("/etc/passwd")') == 10
    assert "root:" not in text


def test_markup_in_a_picture_is_harmless() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="40">'
        '<script>alert(1)</script>{}<rect width="90" height="40" fill="red"/></svg>'
    )
    assert UNREADABLE not in made(code("x", shown(image__svg_plus_xml=svg.format(""))))
    elsewhere = ("file:///etc/hostname", "/etc/hostname", "../out.png", "https://example.org/x.png")
    images = [f'<image xlink:href="{one}" width="9" height="9"/>' for one in elsewhere]
    pdf = pdf_report(new_notebook(cells=[code("x", shown(image__svg_plus_xml=svg.format(one))) for one in images]), "t")
    assert pictures_in(pdf) == 0
    assert text_of(pdf).count(UNREADABLE) == len(images)


@pytest.mark.parametrize("name", ["../secret.png", "{}/secret.png", "x/../../secret.png"])
def test_the_compiler_reads_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(base64.b64decode(a_png()))
    folder = tmp_path / "made"
    folder.mkdir()
    picture = {"t": "picture", "file": name.format(tmp_path), "alt": "", "width": None}
    pdf = compiled({"title": "t", "body": [picture]}, folder)
    assert pictures_in(pdf) == 0
    assert UNREADABLE in text_of(pdf)


def test_pictures_come_from_outputs_attachments_and_the_folder_of_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "plot.png").write_bytes(base64.b64decode(a_png()))
    os.symlink("/etc/hostname", tmp_path / "sub" / "link.png")
    attached = new_markdown_cell(
        "![one](attachment:a.png) ![two](plot.png) <img src='plot.png'>\n\n"
        "![three](../../out.png) ![four](link.png)\n\n![five](https://example.org/tracker.png)"
    )
    attached.attachments = {"a.png": {"image/png": a_png()}}
    outputs = code("x", shown(image__png=a_png(), text__plain="<Figure>"), shown(image__jpeg="%%", text__plain="words"))
    pdf = pdf_report(new_notebook(cells=[attached, outputs]), "t", tmp_path, "sub")
    assert pictures_in(pdf) == 4
    assert [word for word in ("one", "three", "four", "five", "words") if word in text_of(pdf)] == [
        "three", "four", "five", "words",
    ]  # fmt: skip


def test_what_acts_on_a_page_is_its_picture_or_a_sentence() -> None:
    plotly = {"application/vnd.plotly.v1+json": {}, "text/html": "<div></div><script>plot()</script>"}
    with_picture = new_output("display_data", data={**plotly, "image/png": a_png()})
    widget = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Slider()"})
    pdf = pdf_report(
        new_notebook(cells=[code("x", with_picture, widget, new_output("display_data", data=plotly))]), "t"
    )
    assert pictures_in(pdf) == 1
    assert text_of(pdf).count("interactive output") == 2
    assert "plot()" not in text_of(pdf)


def test_a_picture_that_cannot_be_read_costs_nothing_but_itself() -> None:
    broken = base64.b64encode(base64.b64decode(a_png())[:40]).decode()
    text = made(
        code("x", shown(image__png=broken), shown(image__svg_plus_xml="<svg"), shown(image__png=a_png(9000, 9000))),
        new_markdown_cell("the end"),
    )
    assert text.count(UNREADABLE) == 2
    assert "9,000 × 9,000 pixels" in text
    assert "the end" in text


def test_odd_characters_and_long_lines_break_nothing() -> None:
    text = made(
        code(
            "x = '😀'",
            printed("\x00\x07漢字 \ud83d broken \ufffe\n"),
            printed("w" * 5000),
            printed("\n1%\r50%\r100%\n"),
        ),
        new_markdown_cell("é 😀 \u202e" + "*" * 300 + "[" * 300 + "> " * 300 + "deep"),
        code("", printed("\n".join(f"line {number}" for number in range(3000)))),
    )
    assert "broken" in text
    assert "w" * 60 in text.replace("\n", "")
    assert "100%" in text
    assert "50%" not in text
    assert "line 399" in text
    assert "more characters: see the notebook" in text


def test_names_of_an_index_stand_in_the_row_of_the_columns() -> None:
    head = "<tr><th></th><th>units</th></tr><tr><th>product</th><th></th></tr>"
    text = made(code("x", shown(text__html=f"<table><thead>{head}</thead><tr><th>Filter</th><td>3</td></tr></table>")))
    assert "product units\nFilter 3" in text
    both = head.replace("<th></th><th>units", "<th>kind</th><th>units")
    text = made(code("x", shown(text__html=f"<table><thead>{both}</thead><tr><th>Filter</th><td>3</td></tr></table>")))
    assert "kind units\nproduct\n" in text


def test_hostile_tables_are_placed_as_in_a_browser() -> None:
    spans = "".join(f"<td rowspan={n} colspan={m}>c{n}</td>" for n, m in ((0, 3), (99999999, 2), (-1, 1), (2, 99999)))
    rows = "".join(f"<tr><td>r{number}</td><td rowspan=3>x</td></tr>" for number in range(300))
    wide = f"<tr>{''.join(f'<td>{number:0>12}</td>' for number in range(500))}</tr>"
    text = made(
        code("x", *(shown(text__html=one) for one in (
            f"<table><thead><tr>{spans}</tr></thead><tr>{spans}</tr>{rows}</table>",
            f"<table>{wide}</table>", "<table></table>", "<table><tr><td><table><tr><td>inner",
        )))
    )  # fmt: skip
    assert "c99999999" in text
    assert "more rows" in text
    assert "more columns" in text
    assert "inner" in text


def test_a_notebook_of_300_cells_is_made_whole() -> None:
    cells = [code(f"print({number})", printed(f"row {number}\n" * 9), shown(text__html=TABLE)) for number in range(300)]
    assert "row 299" in made(*cells)


def test_a_notebook_without_end_is_not_made_whole(tmp_path: Path) -> None:
    cells = [new_markdown_cell(f"{number} " + "word " * 15_000) for number in range(60)]
    body = document_of(new_notebook(cells=cells), "t", Pictures(tmp_path, None, ""))["body"]
    assert "the rest is too much for a report" in body[-1]["text"]
    assert len(json.dumps(body)) < 2_000_000


def test_it_says_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nb = new_notebook(cells=[new_markdown_cell("x")])
    with pytest.raises(PdfFailed, match="not ready within 0 s"):
        pdf_report(nb, "t", seconds=0.0)
    broken: Mapping[str, Any] = {"cells": 7}
    with pytest.raises(PdfFailed, match="TypeError"):
        pdf_report(NotebookNode(broken), "t")
    monkeypatch.setattr(report.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PdfFailed, match=r"notebook-automation\[pdf\]"):
        pdf_report(nb, "t")
