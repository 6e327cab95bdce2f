"""What is restored as it was, of the cases that our tests know: ours beside `dill.dump_session` and Kishu."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.checkpoint_peers import ROOT, environment, interpreter
from tests.benchmarks.table import Table

CASES = ROOT / "tests" / "unit" / "checkpoints" / "cases.yaml"
WAYS = ("ours, forked", "ours, in place", "dill.dump_session", "Kishu")
OUTCOMES = {
    "right": "as it was",
    "refused": "refused",
    "wrong": "silently wrong",
    "failed": "an error after the restore, or in it",
}


def run() -> Table:
    """Run each case in each way, each in processes of its own."""
    cases: list[dict[str, Any]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    rows = []
    for way in WAYS:
        if interpreter(way):
            found = Counter(_outcomes(way, cases))
            rows.append((way, *(str(found[outcome]) for outcome in OUTCOMES)))
    return Table(
        title=f"{len(cases)} notebooks whose state is saved after each cell and restored in another process",
        columns=("by", *OUTCOMES.values()),
        rows=rows,
        notes=(
            "The cases are those of `tests/unit/checkpoints/cases.yaml`, which grew with ours. A peer that raises an "
            "error when it saves after the last cell has refused.",
        ),
    )


def _outcomes(way: str, cases: list[dict[str, Any]]) -> list[str]:
    """Return what becomes of each case; a process that dies is started anew."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="na-cases-") as folder:
        while len(found) < len(cases):
            command = [str(interpreter(way)), "-m", "tests.benchmarks.checkpoint_peers", way]
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                cwd=folder, env=environment(Path(folder)),
            ) as process:  # fmt: skip
                assert process.stdin is not None
                assert process.stdout is not None
                for case in cases[len(found) :]:
                    process.stdin.write(json.dumps(_given(case, f"{folder}/{len(found)}")) + "\n")
                    process.stdin.flush()
                    line = process.stdout.readline()
                    found.append(json.loads(line)["outcome"] if line else "failed")
                    if not line:
                        break
                process.stdin.close()
    return found


def _given(case: dict[str, Any], folder: str) -> dict[str, Any]:
    cells = [one if isinstance(one, dict) else {"source": one, "tags": []} for one in case["cells"]]
    return {"after": "", **case, "cells": cells, "folder": folder}
