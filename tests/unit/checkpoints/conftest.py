"""One process that runs cases of saving and restoring for all tests of this folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

RunCase = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="session")
def run_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCase]:
    """Runs a case of `cases.yaml` and returns its ``outcome``, with ``expected`` and ``got``, or with ``detail``."""
    folder = tmp_path_factory.mktemp("cases")
    command = [sys.executable, str(Path(__file__).parent / "case_process.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    number = 0

    def run(case: dict[str, Any]) -> dict[str, Any]:
        nonlocal number
        number += 1
        cells = [one if isinstance(one, dict) else {"source": one, "tags": []} for one in case["cells"]]
        process.stdin.write(
            json.dumps({"after": "", **case, "cells": cells, "folder": str(folder / str(number))}) + "\n"
        )
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    yield run
    process.stdin.close()
    process.wait()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell.instance(colors="nocolor")
    made.history_manager.enabled = False
    yield made
    InteractiveShell.clear_instance()
