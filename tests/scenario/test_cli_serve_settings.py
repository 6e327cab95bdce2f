"""`serve` takes every setting on its command line, and refuses what is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def serve(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a server that cannot start, or is refused before."""
    command = [sys.executable, "-m", "notebook_automation", "serve", "--port", "0", "--allow-root"]
    places = ["--root-dir", str(folder), "--data-dir", str(folder / "data")]
    return subprocess.run([*command, *places, *more], capture_output=True, text=True, timeout=120, check=False)


def test_a_setting_on_the_command_line_counts(tmp_path: Path) -> None:
    done = serve(tmp_path, "--NotebookAutomationApp.database_url=sqlite:////proc/nowhere/automation.db")
    assert done.returncode == 6
    assert "could not start" in done.stderr
    assert not (tmp_path / "data" / "automation.db").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--NotebookAutomationApp.max_session=3", "Did you mean max_sessions?"),
        ("--NotebookAutomationApp.max_sessions", "--NotebookAutomationApp.NAME=VALUE"),
        ("--prot=3", "There is no option --prot=3"),
        ("report.ipynb", "There is no option report.ipynb"),
    ],
)
def test_what_is_no_setting_is_refused(tmp_path: Path, given: str, said: str) -> None:
    done = serve(tmp_path, given)
    assert done.returncode == 2
    assert said in done.stderr
