"""What can be set is documented, and the documents that users and contributors are promised are there."""

from __future__ import annotations

import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from notebook_automation._version import __version__
from notebook_automation.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"


def test_the_settings_page_is_what_the_settings_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "settings_page.py"))["page"]
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python docs/settings_page.py"


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_a_setting_is_documented_with_its_unit(setting) -> None:  # type: ignore[no-untyped-def]
    help = setting.metadata["help"]
    assert help.endswith((".", "…"))
    assert f"| `{setting.name}` |" in PAGE.read_text(encoding="utf-8")
    if setting.type == "float":
        assert re.search(r"in seconds", help), "a time says its unit"
    if setting.type == "int" and re.search(r"memory|bytes|body|output", help, re.IGNORECASE):
        assert "bytes" in help.lower(), "a size says its unit"


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"])
def test_a_document_is_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 300


def test_the_changelog_tells_of_this_version_first() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert next(version for version in versions if version != "Unreleased") == __version__


@pytest.mark.parametrize(
    "name",
    [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/glossary.md",
        "docs/security.md",
        "docs/settings.md",
        "docs/webhooks.md",
    ],
)
def test_links_between_the_documents_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            assert ((ROOT / name).parent / target).exists(), target


def test_both_lists_of_styles_have_every_file() -> None:
    """JupyterLab reads one of them, bundlers the other: a page that is in one only has no style in the other."""
    folder = ROOT / "labextension" / "style"
    files = {file.name for file in folder.glob("*.css")} - {"index.css"}
    assert re.findall(r"import '\./(.+)'", (folder / "index.js").read_text()) == (
        found := re.findall(r"url\('(.+)'\)", (folder / "index.css").read_text())
    )
    assert set(found) == files
