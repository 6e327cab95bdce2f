"""What file triggers watch: how it is written, which files it means, and what has become of them."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.watched_files import WatchedFiles, differences, parse_watched_files


@pytest.mark.parametrize(
    "given",
    [
        "data/*.csv", ["a.csv", "b/**"], {"paths": "x.csv", "on": ["deleted"]},
        {"paths": ["x.csv", "y.csv"], "debounce": 5.0},
    ],
)  # fmt: skip
def test_what_is_written_is_read_and_written_back(given: Any) -> None:
    files = parse_watched_files(given)
    assert files.in_manifest() == given
    assert parse_watched_files(files.to_dict()) == files


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "paths"), ("", "paths"), ("/etc/passwd", "paths"), ("../x", "paths"), ("a/../../x", "paths"),
        ("a\\b", "paths"), ([], "paths"), ([5], "paths"), ("x\n", "paths"), ("[z-a]", "paths"),
        ({"paths": "a", "on": []}, "on"), ({"paths": "a", "on": "moved"}, "on"),
        ({"paths": "a", "debounce": 0}, "debounce"), ({"paths": "a", "debounce": "soon"}, "debounce"),
        ({"paths": "a", "each": 1}, ""),
    ],
)  # fmt: skip
def test_what_names_no_files_of_the_project_is_refused_at_its_field(given: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_watched_files(given)
    assert refused.value.details["field"] == (f"files.{field}" if field else "files")


def test_hidden_files_are_meant_by_those_alone_who_name_them() -> None:
    every = WatchedFiles(paths=("**/*",))
    assert every.wants("data/a.csv")
    for path in (".git/config", "data/.a.csv.swp", "x/__pycache__/a.pyc", ".ipynb_checkpoints/a.ipynb"):
        assert not every.wants(path)
    assert WatchedFiles(paths=(".env",)).wants(".env")


def test_what_has_become_of_files() -> None:
    before, now = {"a": "1:1", "b": "1:1", "c": "1:1"}, {"a": "1:1", "b": "2:1", "d": "3:1"}
    assert differences(before, now) == {"b": "changed", "c": "deleted", "d": "created"}
