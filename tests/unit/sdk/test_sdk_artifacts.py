"""What a value becomes as a file, with the real libraries, and how it is sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import matplotlib
import numpy
import pandas
import plotly.graph_objects
import pytest
from IPython.display import HTML, Image, Markdown
from PIL import Image as Pillow

import notebook_automation as na
from notebook_automation.sdk.artifact_file import ArtifactFile
from notebook_automation.sdk.artifact_values import artifact_file
from notebook_automation.sdk.errors import Invalid, Refused
from notebook_automation.sdk.sizes import size_text

matplotlib.use("agg")
from matplotlib import pyplot

PNG = b"\x89PNG\r\n\x1a\n"


def _bytes(file: ArtifactFile) -> bytes:
    content = file.body if isinstance(file.body, bytes) else file.body.read()
    assert len(content) == file.size
    file.close()
    return content


def _told(file: ArtifactFile) -> tuple[str, str, str]:
    return file.name, file.type, file.media_type


def test_a_frame_is_a_table_without_its_row_numbers() -> None:
    frame = pandas.DataFrame({"region": ["emea", "apac"], "sum": [1.5, 2.0]})
    file = artifact_file(frame, "sales")
    assert _told(file) == ("sales.csv", "file_datatable", "text/csv")
    assert file.meta["rows"] == file.meta["columns"] == 2
    assert file.meta["dtypes"]["sum"] == "float64"
    assert _bytes(file) == b"region,sum\nemea,1.5\napac,2.0\n"


def test_an_index_that_says_something_is_kept() -> None:
    frame = pandas.DataFrame({"sum": [1, 2]}, index=pandas.Index(["a", "b"]))
    assert _bytes(artifact_file(frame, "t")) == b",sum\na,1\nb,2\n"
    named = pandas.DataFrame({"k": [1, 2], "sum": [3, 4]}).set_index("k")
    assert _bytes(artifact_file(named, "t")) == b"k,sum\n1,3\n2,4\n"
    series = pandas.Series(["x", "x", "y"], name="kind").value_counts()
    assert _bytes(artifact_file(series, "t")) == b"kind,count\nx,2\ny,1\n"
    years = pandas.DataFrame({"sales": [5, 7]}, index=[2023, 2024])
    assert _bytes(artifact_file(years, "t")) == b",sales\n2023,5\n2024,7\n"
    assert _bytes(artifact_file(pandas.Series([1, 0, 1]).value_counts(), "t")) == b",count\n1,2\n0,1\n"
    assert b"2023" in _bytes(artifact_file(years, "t.html"))


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        (pandas.Index(["a", "b"], name="key"), ["key", "v"]),
        (pandas.Index([2023, 2024]), ["index", "v"]),
        (pandas.Index(["a", "b"], name="v"), ["v_", "v"]),
        (pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)]), ["level_0", "level_1", "v"]),
        (pandas.RangeIndex(2), ["v"]),
        (pandas.RangeIndex(2, name="n"), ["n", "v"]),
    ],
)
def test_every_format_keeps_the_index(index: Any, columns: list[str]) -> None:
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"v": [1, 2]}, index=index)
    for suffix in (".json", ".feather", ".arrow"):
        content = io.BytesIO(_bytes(artifact_file(frame, f"t{suffix}")))
        read = pandas.read_json(content) if suffix == ".json" else pandas.read_feather(content)
        assert list(read.columns) == columns
        assert read["v"].tolist() == [1, 2]
    back = pandas.read_parquet(io.BytesIO(_bytes(artifact_file(frame, "t.parquet"))))
    pandas.testing.assert_frame_equal(back, frame, check_index_type=False)


def test_a_suffix_chooses_the_format_of_a_frame() -> None:
    frame = pandas.DataFrame({"a": [1, 2]})
    assert _bytes(artifact_file(frame, "t.tsv")) == b"a\n1\n2\n"
    assert json.loads(_bytes(artifact_file(frame, "t.json"))) == [{"a": 1}, {"a": 2}]
    assert artifact_file(frame, "v1.2").name == "v1.2.csv"
    with pytest.raises(Invalid, match=r"cannot be written as \.zip"):
        artifact_file(frame, "t.zip")
    for name in ("t.png", "t.h5", "t.orc", "t.pkl", "t.npz"):
        with pytest.raises(Invalid, match=r"A table cannot be written as \..*: use \.csv"):
            artifact_file(frame, name)


def test_a_parquet_file_is_read_back() -> None:
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": [1, 2]})
    file = artifact_file(frame, "t.parquet")
    assert _told(file) == ("t.parquet", "file_datatable", "application/vnd.apache.parquet")
    assert pandas.read_parquet(io.BytesIO(_bytes(file))).equals(frame)


def test_polars_frames_and_series_are_tables_too() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2], "b": ["x", None]})
    file = artifact_file(frame, "t")
    assert file.meta == {"rows": 2, "columns": 2, "dtypes": {"a": "Int64", "b": "String"}}
    assert _bytes(file) == b"a,b\n1,x\n2,\n"
    assert _bytes(artifact_file(frame.lazy().filter(polars.col("a") > 1), "t")) == b"a,b\n2,\n"
    assert _bytes(artifact_file(frame["a"], "t")) == b"a\n1\n2\n"
    assert polars.read_parquet(io.BytesIO(_bytes(artifact_file(frame, "t.parquet")))).equals(frame)
    for name in ("t.feather", "t.arrow"):
        content = _bytes(artifact_file(frame, name))
        assert polars.read_ipc(io.BytesIO(content)).equals(frame)
        pandas.testing.assert_frame_equal(pandas.read_feather(io.BytesIO(content)), frame.to_pandas())


def test_a_large_frame_is_written_to_disk_and_not_to_memory() -> None:
    frame = pandas.DataFrame({"text": ["x" * 100] * 120_000})
    file = artifact_file(frame, "large")
    assert file.size > 12_000_000
    assert file.body._rolled  # type: ignore[union-attr]
    file.close()


def test_figures_are_images() -> None:
    figure, axes = pyplot.subplots(figsize=(2, 1), dpi=50)
    axes.plot([1, 2, 3])
    for value in (figure, axes, numpy.array([[axes, axes]])):
        file = artifact_file(value, "trend")
        assert _told(file) == ("trend.png", "file_image", "image/png")
        assert _bytes(file).startswith(PNG)
    svg = artifact_file(figure, "trend.svg")
    assert _told(svg) == ("trend.svg", "file_image", "image/svg+xml")
    assert b"<svg" in _bytes(svg)
    with pytest.raises(Invalid, match=r"cannot be written as \.bmp"):
        artifact_file(figure, "trend.bmp")
    pyplot.close(figure)


def test_plotly_figures_are_pages_that_need_no_other_site() -> None:
    figure = plotly.graph_objects.Figure(plotly.graph_objects.Bar(y=[1, 2]))
    file = artifact_file(figure, "bars")
    assert _told(file) == ("bars.html", "file_text", "text/html")
    page = _bytes(file)
    assert b"<script src=" not in page
    assert json.loads(_bytes(artifact_file(figure, "bars.json")))["data"][0]["type"] == "bar"


def test_pictures_are_images() -> None:
    picture = Pillow.new("RGB", (4, 3), "red")
    file = artifact_file(picture, "dot")
    assert (_told(file), file.meta) == (("dot.png", "file_image", "image/png"), {"width": 4, "height": 3})
    png = _bytes(file)
    assert png.startswith(PNG)
    assert _bytes(artifact_file(picture, "dot.jpg")).startswith(b"\xff\xd8")
    assert _bytes(artifact_file(Image(png), "shown")) == png


@pytest.mark.parametrize(
    ("value", "name", "told", "content"),
    [
        ("hello ü", "note", ("note.txt", "file_text", "text/plain"), "hello ü".encode()),
        ("<b>x</b>", "page.html", ("page.html", "file_text", "text/html"), b"<b>x</b>"),
        (HTML("<b>x</b>"), "page", ("page.html", "file_text", "text/html"), b"<b>x</b>"),
        (Markdown("# x"), "page", ("page.md", "file_text", "text/markdown"), b"# x"),
        ({"a": numpy.float32(1)}, "facts", ("facts.json", "file_text", "application/json"), b'{\n  "a": 1.0\n}'),
        ([1], "facts.geojson", ("facts.geojson", "file_text", "application/geo+json"), b"[\n  1\n]"),
        (None, "none", ("none.json", "file_text", "application/json"), b"null"),
        (b"\x00\x01", "raw", ("raw", "file_binary", "application/octet-stream"), b"\x00\x01"),
        (bytearray(b"%PDF"), "doc.pdf", ("doc.pdf", "file_binary", "application/pdf"), b"%PDF"),
    ],
)
def test_text_json_and_bytes(value: Any, name: str, told: tuple[str, str, str], content: bytes) -> None:
    file = artifact_file(value, name)
    assert (_told(file), _bytes(file)) == (told, content)


def test_a_path_is_its_file(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"abc")
    file = artifact_file(tmp_path / "model.onnx", "model")
    assert (_told(file), _bytes(file)) == (("model.onnx", "file_binary", "application/octet-stream"), b"abc")
    with pytest.raises(Invalid, match="is a folder"):
        artifact_file(tmp_path, "all")
    with pytest.raises(Invalid, match=r"could not be opened: No such file"):
        artifact_file(tmp_path / "absent", "absent")


def test_an_array_is_saved_without_pickling() -> None:
    file = artifact_file(numpy.arange(6).reshape(2, 3), "grid")
    assert (file.name, file.meta) == ("grid.npy", {"shape": [2, 3], "dtype": "int64"})
    assert numpy.load(io.BytesIO(_bytes(file)), allow_pickle=False).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_suffix_chooses_the_format_of_an_array_or_is_refused() -> None:
    image = artifact_file(numpy.zeros((2, 3, 3), "uint8"), "rgb.png")
    assert (image.name, image.type, image.media_type) == ("rgb.png", "file_image", "image/png")
    assert Pillow.open(io.BytesIO(_bytes(image))).size == (3, 2)
    assert _bytes(artifact_file(numpy.eye(2, dtype=int), "t.csv")) == b"1,0\n0,1\n"
    assert _bytes(artifact_file(numpy.zeros(1), "x.npz"))[:2] == b"PK"
    assert artifact_file(numpy.zeros(1), "v1.2").name == "v1.2.npy"
    for array, name, why in (
        (numpy.zeros((2, 2)), "x.jpg", "an image is rows × columns"),
        (numpy.zeros((2, 2, 2)), "x.csv", "3 dimensions cannot be written as .csv"),
        (numpy.zeros(2), "x.mp3", r"cannot be written as \.mp3: use \.npy"),
    ):
        with pytest.raises(Invalid, match=why):
            artifact_file(array, name)


@pytest.mark.parametrize(
    ("value", "name"), [("text", "x.png"), ("a,b", "x.xlsx"), ("a,b", "x.parquet"), ({"a": 1}, "x.csv"), ([1], "x.png")]
)
def test_no_suffix_says_what_is_not_in_the_file(value: Any, name: str) -> None:
    with pytest.raises(Invalid, match="cannot be written as"):
        artifact_file(value, name)


def test_a_path_alone_is_enough(tmp_path: Path, in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/artifacts")] = (201, {"id": "a", "name": "x", "version": 1, "size": 1})
    (tmp_path / "chart.png").write_bytes(PNG)
    for value in (tmp_path / "chart.png", str(tmp_path / "chart.png")):
        na.artifact(value)
        _, path, body, _ = server.requests[-1]
        assert (parse_qs(urlsplit(path).query)["name"], body) == (["chart.png"], PNG)
    with pytest.raises(Invalid, match=r"needs a name: na\.artifact\(df, 'sales'\)"):
        na.artifact("no file")


def test_addresses_types_and_what_cannot_be_kept() -> None:
    assert _told(artifact_file("https://example.org/x", "site", "url")) == ("site", "url", "text/uri-list")
    assert _told(artifact_file("https://example.org/x", "site 2.0")) == ("site 2.0", "url", "text/uri-list")
    assert artifact_file("https://example.org/x", "site.txt").type == "file_text"
    assert artifact_file("https://example.org/x says so", "x").type == "file_text"
    assert artifact_file("plain text", "x", "other").type == "other"
    assert artifact_file("a,b", "x", "datatable").type == "file_datatable"
    for value, name, type, sentence in (
        ("javascript:alert(1)", "site", "url", "begins with http"),
        ("x", "x", "picture", "no artifact type 'picture'"),
        ((i for i in range(3)), "x", None, r"generator yields its items once.*list\("),
        (object(), "x", None, "A object cannot be kept"),
        ("x", "", None, "needs a name"),
    ):
        with pytest.raises(Invalid, match=sentence):
            artifact_file(value, name, type)


def test_a_session_sends_the_file_with_what_is_known_of_it(in_session: Callable[..., Any]) -> None:
    server = in_session()
    stored = {
        "id": "art_1",
        "name": "sales.csv",
        "version": 3,
        "size": 1234567,
        "type": "file_datatable",
        "content_url": "/notebook-automation/api/v1/artifacts/art_1/content",
        "meta": {"rows": 2, "columns": 1},
    }
    server.answers[("POST", "/artifacts")] = (201, stored)
    kept = na.artifact(pandas.DataFrame({"a": [1, 2]}), "sales", keep="30 days", description="by <region>")
    _, path, body, headers = server.requests[0]
    query = parse_qs(urlsplit(path).query)
    assert body == b"a\n1\n2\n"
    assert headers["Content-Type"] == "text/csv"
    assert (query["session"], query["name"], query["type"], query["keep"]) == (
        ["ses_1"],
        ["sales.csv"],
        ["file_datatable"],
        ["30 days"],
    )
    assert json.loads(query["meta"][0])["description"] == "by <region>"
    assert (kept.id, kept.version, kept.url) == (
        "art_1",
        3,
        f"{server.url}/notebook-automation/api/v1/artifacts/art_1/content",
    )
    assert "sales.csv, version 3, 1.2 MB" in repr(kept)
    assert "2 rows × 1 columns" in kept._repr_html_()


def test_over_the_limit_it_says_how_large_it_was(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/artifacts")] = (413, {"detail": "The limit is 50 MB.", "code": "too_large"})
    with pytest.raises(Refused, match=r"big\.txt is 2\.0 MB\. The limit is 50 MB\."):
        na.artifact("x" * 2_000_000, "big")


def test_the_handle_escapes_what_it_shows(in_session: Callable[..., Any]) -> None:
    server = in_session()
    name = "<img src=x onerror=alert(1)>.txt"
    server.answers[("POST", "/artifacts")] = (201, {"id": "a", "name": name, "version": 1, "size": 1})
    assert "<img" not in na.artifact("x", name)._repr_html_()


def test_sizes_are_told_in_units_of_a_thousand() -> None:
    assert [size_text(size) for size in (0, 999, 1000, 999_999, 50_000_000, 3_200_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.0 MB",
        "50.0 MB",
        "3.2 GB",
    ]
