"""Patterns of paths: the same as those of the standard library, with folders of any depth."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.globs import fixed_folder, is_match


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("data/*.csv", ["data/a.csv", "data/.csv"], ["a.csv", "data/b/a.csv", "data/a.csv.part", "data/A.CSV"]),
        ("**/*.csv", ["a.csv", "b/a.csv", "b/c/a.csv"], ["a.txt"]),
        ("data/**", ["data/a", "data/b/c"], ["data", "other/a"]),
        ("data/**/x.csv", ["data/x.csv", "data/b/c/x.csv"], ["data/yx.csv"]),
        ("?.[ab]", ["x.a", "y.b"], ["x.c", "xy.a", "/.a"]),
        ("[!a]*", ["b"], ["a", "/x"]),
        ("a[", ["a["], ["ab"]),
        ("a+(b).c", ["a+(b).c"], ["aab.c"]),
    ],
)
def test_what_patterns_match(pattern: str, matches: list[str], others: list[str]) -> None:
    assert [path for path in matches if not is_match(pattern, path)] == []
    assert [path for path in others if is_match(pattern, path)] == []


@given(st.text(alphabet="ab*?[]!-.", min_size=1, max_size=8), st.text(alphabet="ab.-]!", min_size=1, max_size=8))
def test_within_one_name_it_is_what_the_standard_library_says(pattern: str, name: str) -> None:
    if pattern in ("**", ".", "..") or name in (".", ".."):
        return
    assert is_match(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_the_folder_to_look_into_is_what_stands_before_the_first_star() -> None:
    assert fixed_folder("data/in/*.csv") == ("data/in", False)
    assert fixed_folder("*.csv") == ("", False)
    assert fixed_folder("data/**/*.csv") == ("data", True)
    assert fixed_folder("data/*/x.csv") == ("data", True)
    assert fixed_folder("data/x.csv") == ("data", False)
