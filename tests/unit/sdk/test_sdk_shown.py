"""What `show=` sends of figures, tables and other things, with the real libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import matplotlib
import numpy
import pandas
import polars
import pytest
from counterpart import Counterpart
from IPython.display import HTML, SVG, Markdown
from PIL import Image as Pillow

from notebook_automation.sdk import shown, shown_forms
from notebook_automation.sdk.artifacts import Artifact
from notebook_automation.sdk.errors import Invalid, NotConnected
from notebook_automation.sdk.records import Record
from notebook_automation.sdk.shown_forms import form_of

matplotlib.use("agg")
from matplotlib import pyplot

_ANSWER = {"name": "x", "kind": "image", "media_type": "image/png", "digest": "ab" * 32, "size": 3}


@pytest.fixture
def session(in_session: Callable[..., Counterpart]) -> Counterpart:
    known = in_session()
    known.answers["POST", f"{urlsplit(known.url).path}/sessions/ses_1/shown"] = (201, _ANSWER)
    return known


def _asked(known: Counterpart) -> list[tuple[dict[str, str], bytes]]:
    queries = [parse_qs(urlsplit(path).query) for _, path, _, _ in known.requests]
    bodies = [body for _, _, body, _ in known.requests]
    return [({key: one[0] for key, one in query.items()}, body) for query, body in zip(queries, bodies, strict=True)]


def test_a_figure_its_axes_and_a_picture_are_shown_as_png() -> None:
    figure, axes = pyplot.subplots()
    for value in (figure, axes, Pillow.new("RGB", (2, 2))):
        form = form_of(value)
        assert (form.what, form.media_type, form.body[:4]) == ("figure", "image/png", b"\x89PNG")
        assert form.text is None
    pyplot.close(figure)


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_table_is_shown_as_html_and_as_text_with_its_size_however_long_it_is(library: Any) -> None:
    form = form_of(library.DataFrame({"region": ["<b>emea</b>"] * 100_000, "sum": range(100_000)}))
    assert (form.what, form.media_type) == ("table", "text/html")
    assert b"<table" in form.body
    assert b"<b>emea" not in form.body
    assert "100,000 rows × 2 columns" in form.body.decode()
    assert len(form.body) < 100_000
    assert form.text is not None
    assert "emea" in form.text
    assert form.text.endswith("100,000 rows × 2 columns\n")


def test_a_series_is_a_table_and_an_index_is_kept() -> None:
    form = form_of(pandas.Series({"emea": 1, "apac": 2}, name="orders"))
    assert "emea" in (form.text or "")
    assert "2 rows × 1 columns" in (form.text or "")


class Bundle:
    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return {"text/html": "<b>seven</b>", "text/plain": "seven"}, {}


class OnlyHtml:
    def _repr_html_(self) -> str:
        return "<i>x</i>"

    def __repr__(self) -> str:
        return "only html"


@pytest.mark.parametrize(
    ("value", "media_type", "body", "text"),
    [
        (Bundle(), "text/html", b"<b>seven</b>", "seven"),
        (OnlyHtml(), "text/html", b"<i>x</i>", "only html"),
        (Markdown("**now**"), "text/markdown", b"**now**", None),
        ("plain <text>", "text/plain", b"plain <text>", None),
        ({"accuracy": 0.5}, "application/json", b'{\n  "accuracy": 0.5\n}', None),
        (7, "application/json", b"7", None),
        (numpy.arange(3), "text/plain", b"array([0, 1, 2])", None),
    ],
)
def test_what_a_notebook_displays_is_shown_the_richest_form_first(
    value: Any, media_type: str, body: bytes, text: str | None
) -> None:
    form = form_of(value)
    assert (form.media_type, form.body, form.text) == (media_type, body, text)


def test_pictures_and_pages_of_ipython_are_shown() -> None:
    assert form_of(SVG('<svg xmlns="http://www.w3.org/2000/svg"/>')).media_type == "image/svg+xml"
    assert form_of(HTML("<b>x</b>")).media_type == "text/html"


def test_a_file_is_shown_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(b"a\n1\n")
    form = form_of(file)
    assert (form.what, form.media_type, form.body) == ("orders.csv", "text/csv", b"a\n1\n")


def test_what_says_nothing_is_refused() -> None:
    with pytest.raises(Invalid, match="Bytes say nothing"):
        form_of(b"\0")


def test_too_much_is_refused_before_it_is_read_or_sent(
    session: Counterpart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_forms, "MOST_BYTES", 10)
    (tmp_path / "large.bin").write_bytes(b"x" * 11)
    for value in (tmp_path / "large.bin", "x" * 11):
        with pytest.raises(Invalid, match="show a part of it") as refused:
            shown.upload(value)
        assert refused.value.code == "shown_too_large"
    with pytest.raises(Invalid, match="at most 50"):
        shown.upload(["x"] * 51)
    assert session.requests == []


def test_each_thing_is_sent_under_a_name_of_its_own(session: Counterpart) -> None:
    figure, _ = pyplot.subplots()
    refs = shown.upload([figure, "checks passed", figure, shown.notebook_so_far])
    pyplot.close(figure)
    assert refs == [_ANSWER] * 3
    assert [query["name"] for query, _ in _asked(session)] == ["figure", "text", "figure 2"]
    assert _asked(session)[1][1] == b"checks passed"


def test_a_table_is_followed_by_its_text(session: Counterpart) -> None:
    shown.upload({"totals": pandas.DataFrame({"a": [1]})})
    rich, plain = (query for query, _ in _asked(session))
    assert rich == {"name": "totals", "media_type": "text/html"}
    assert plain == {"name": "totals", "media_type": "text/plain", "alternative": "true"}


def test_an_artifact_is_not_sent_again(session: Counterpart) -> None:
    stored = Record(id="art_1", name="report.html", version=1, size=5)
    shown.upload([Artifact(stored, "http://localhost/x"), stored])
    assert _asked(session) == [({"artifact": "art_1"}, b""), ({"artifact": "art_1"}, b"")]


def test_nothing_and_the_notebook_alone_need_nothing_sent(session: Counterpart) -> None:
    assert shown.upload(None) == shown.upload(shown.notebook_so_far) == []
    assert json.dumps(session.requests) == "[]"


def test_without_a_session_nothing_is_shown(connected: Counterpart) -> None:
    with pytest.raises(NotConnected):
        shown.upload("x")
