"""A report is a file for each format; one that cannot be made is told of, and the others are made."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from notebook_automation.execution.pdf import report as pdf
from notebook_automation.execution.report_files import report_files


def test_each_format_is_a_file_with_code_or_without(tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_code_cell("secret_code()", outputs=[new_output("stream", text="shown")])])
    both = list(report_files(nb, "weekly", "pdf,html", tmp_path, "", ()))
    assert [one.name for one in both] == ["weekly.html", "weekly.pdf"]
    [page, paper] = [one.content or b"" for one in both]
    assert b"secret_code" in page
    assert paper.startswith(b"%PDF")
    [page] = [one.content or b"" for one in report_files(nb, "weekly", "html,no-code", tmp_path, "", ())]
    assert b"secret_code" not in page
    assert b"shown" in page


def test_what_cannot_be_made_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: None)
    files = list(report_files(new_notebook(), "weekly", "pdf", tmp_path, "", ()))
    assert [(one.name, one.content) for one in files] == [("weekly.pdf", None)]
    assert "The PDF report could not be made: it needs Typst: pip install" in files[0].why_not


def test_nothing_more_is_made_for_a_session_that_is_to_stop(tmp_path: Path) -> None:
    assert list(report_files(new_notebook(), "weekly", "html,pdf", tmp_path, "", (), lambda: True)) == []
