"""One process that runs cases of saving and restoring for all tests of this folder."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

RunCase = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="session")
def run_case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCase]:
    """Runs a case of `cases.yaml` and returns its ``outcome``, with ``expected`` and ``got``, or with ``detail``."""
    with case_process(tmp_path_factory.mktemp("cases")) as run:
        yield run


@pytest.fixture(scope="session")
def run_case_forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCase]:
    """The same, where forked children save; ``how`` tells whether they have."""
    with case_process(tmp_path_factory.mktemp("forked"), "forked") as run:
        yield run


@contextmanager
def case_process(folder: Path, *arguments: str) -> Iterator[RunCase]:
    """Start the process; what is given runs a case in it."""
    command = [sys.executable, str(Path(__file__).parent / "case_process.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sending, receiving, number = process.stdin, process.stdout, itertools.count()

        def run(case: dict[str, Any]) -> dict[str, Any]:
            cells = [one if isinstance(one, dict) else {"source": one, "tags": []} for one in case["cells"]]
            given = {"after": "", **case, "cells": cells, "folder": str(folder / str(next(number)))}
            sending.write(json.dumps(given) + "\n")
            sending.flush()
            answer: dict[str, Any] = json.loads(receiving.readline())
            return answer

        yield run


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell.instance(colors="nocolor")
    made.history_manager.enabled = False
    yield made
    InteractiveShell.clear_instance()
