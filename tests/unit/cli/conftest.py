"""The command line, in a machine on which no server runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from notebook_automation.cli import cli

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to be in; the runtime files of Jupyter servers are looked for in its `runtime`."""
    for name in ("URL", "TOKEN", "SESSION", "CONTEXT"):
        monkeypatch.delenv(f"NOTEBOOK_AUTOMATION_{name}", raising=False)
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Runs a command line and returns its exit code and what it printed on either output."""

    def invoke(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, words, input=stdin, prog_name="jupyter automation")

    return invoke
