"""Names of projects, and of the folders that become them."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.projects import name_for_folder, validate_name


@pytest.mark.parametrize("name", ["sales", "Sales.2026_v-1", "7", "_a", "a" * 100])
def test_names_are_letters_digits_and_a_few_signs(name: str) -> None:
    assert validate_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", ".a", "a/b", "a b", "ü", "a\n", "a" * 101, "%2e", "a\0"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        validate_name(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ana/Sales reports!", "Sales-reports"), ("/", "project"), ("", "project"), ("/x/.hidden", "hidden"),
        ("C:\\work\\sales", "sales"), ("/x/日本", "project"), ("/x/" + "a" * 300, "a" * 100), ("/x/a/", "a"),
    ],
)  # fmt: skip
def test_every_folder_has_a_name_that_a_project_may_have(path: str, name: str) -> None:
    assert name_for_folder(path) == name
    assert validate_name(name) == name
