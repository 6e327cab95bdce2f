"""What notebooks import is read from their cells and remembered per kernel."""

from __future__ import annotations

import pytest

from notebook_automation.forkserver import ImportHistory, imports_in


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import pandas as pd, json", ["pandas", "json"]),
        ("from matplotlib import pyplot as plt", ["matplotlib"]),
        ("def f():\n    import numpy.linalg", ["numpy.linalg"]),
        ("%matplotlib inline\nimport a\n!ls\nb?\n?c", ["a"]),
        ("for x in y:\n    %time import_it()\n    import inner", ["inner"]),
        ("%%bash\nimport nothing", []),
        ("from . import sibling\nfrom .a import b", []),
        ("import broken(", []),
        ("", []),
        ("try:\n    import fast\nexcept ImportError:\n    import slow as fast", ["fast", "slow"]),
    ],
)
def test_imports_in_a_cell(source, modules):
    assert imports_in([source]) == modules


def test_each_module_is_named_once_over_all_cells():
    assert imports_in(["import a", "import b\nimport a"]) == ["a", "b"]


def test_preload_is_what_sessions_import_often(tmp_path):
    history = ImportHistory(tmp_path / "state" / "imports.json")
    assert history.preload("python3") == []
    for number in range(20):
        history.record(
            "python3", ["pandas", "jax", *(["seldom"] if number == 0 else []), *(["half"] if number % 2 else [])]
        )
    history.record("other", ["polars"])
    assert ImportHistory(history.path).preload("python3") == ["pandas", "half"]
    assert history.preload("other") == ["polars"]


def test_only_the_last_sessions_count(tmp_path):
    history = ImportHistory(tmp_path / "imports.json")
    for _ in range(200):
        history.record("python3", ["old"])
    for _ in range(200):
        history.record("python3", ["new"])
    assert history.preload("python3") == ["new"]


def test_what_a_kernel_loads_later_is_kept_while_sessions_import_the_same(tmp_path):
    history = ImportHistory(tmp_path / "imports.json")
    history.record("python3", ["pandas"], ["pandas", "pandas.core", "pandas.plotting._core"])
    assert history.preload("python3") == ["pandas"], "a kernel that was not warm loads what it would anyhow"
    history.record("python3", ["pandas"], ["pandas.plotting._core", "pandas.plotting._misc"])
    history.record("python3", ["pandas"], ["pandas.io.html"])
    history.record("python3", ["pandas"])
    assert history.preload("python3") == ["pandas", "pandas.plotting._core", "pandas.plotting._misc", "pandas.io.html"]
    for _ in range(200):
        history.record("python3", ["polars"], ["polars.io"])
    assert history.preload("python3") == ["polars", "polars.io"]
    assert "plotting" not in history.path.read_text()


@pytest.mark.parametrize(
    "written",
    [
        '{"python3": [["pandas"], ["jax"]]}',
        "[]",
        '{"python3": {"other": 1}}',
        '{"python3": {"sessions": 1, "later": {}}}',
    ],
)
def test_a_file_of_another_version_is_begun_anew(written, tmp_path):
    path = tmp_path / "imports.json"
    path.write_text(written)
    history = ImportHistory(path)
    assert history.kernel_names() == []
    history.record("python3", ["polars"])
    assert history.preload("python3") == ["polars"]


def test_damaged_file_is_begun_anew(tmp_path):
    path = tmp_path / "imports.json"
    path.write_text("{not json")
    history = ImportHistory(path)
    assert history.preload("python3") == []
    history.record("python3", ["pandas"])
    assert history.preload("python3") == ["pandas"]
    assert [p.name for p in tmp_path.iterdir()] == ["imports.json"]
