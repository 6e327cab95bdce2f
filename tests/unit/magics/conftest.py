"""An IPython shell with our magics, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from notebook_automation.sdk import client, context, outcomes


class Shell:
    """Runs cells as a notebook does, and keeps what they showed."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, cell: str) -> tuple[Any, str]:
        """Return the error of ``cell`` (None if it had none) and everything that it printed and displayed."""
        with capture_output() as captured:
            result = self.shell.run_cell(cell)
        shown = [output.data["text/plain"] for output in captured.outputs]
        return result.error_in_exec, "\n".join([captured.stdout, captured.stderr, *shown])


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shell]:
    """A fresh shell in an empty folder."""
    for name in ("NOTEBOOK_AUTOMATION_URL", "NOTEBOOK_AUTOMATION_SESSION", "JPY_PARENT_PID", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    client.forget()
    context.reset()
    outcomes.take_remembered()
    made = InteractiveShell.instance(colors="nocolor")
    made.history_manager.enabled = False
    made.run_line_magic("load_ext", "notebook_automation")
    yield Shell(made)
    made.run_line_magic("unload_ext", "notebook_automation")
    InteractiveShell.clear_instance()
    context.reset()
    client.forget()
