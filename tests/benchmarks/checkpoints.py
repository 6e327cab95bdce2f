"""Saving after every cell: what it adds to a notebook beside `dill.dump_session`, and what a restore takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Table, median

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "3"))

FRAMES = (
    "import numpy as np, pandas as pd\nrng = np.random.default_rng(0)",
    "n = 1_000_000\ndf = pd.DataFrame({'key': rng.integers(0, 1000, n), 'value': rng.normal(size=n), "
    "'group': rng.choice(['a', 'b', 'c'], n)})",
    "df['double'] = df['value'] * 2",
    "means = df.groupby('key')['value'].mean()",
    "def above(limit): return df[df['value'] > limit]\nhigh = above(1.5)",
    "df.loc[df['key'] == 3, 'value'] = 0.0",
    "table = df.pivot_table(index='key', columns='group', values='value')",
    "objects = [{'number': i, 'text': str(i)} for i in range(200_000)]",
    "objects[5]['text'] = 'changed'",
    "total = float(df['double'].sum())",
)
MODELS = (
    "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\nfrom sklearn.linear_model import Ridge\n"
    "rng = np.random.default_rng(0)",
    "X = rng.normal(size=(20_000, 40)); y = (X[:, 0] + X[:, 1] > 0).astype(int)",
    "ridge = Ridge().fit(X, y)",
    "forest = RandomForestClassifier(60, random_state=0).fit(X[:6000], y[:6000])",
    "scores = {'ridge': ridge.score(X, y), 'forest': forest.score(X, y)}",
    "best = {'model': forest, 'why': 'score'}",
    "importance = forest.feature_importances_.argsort()",
)
NOTEBOOKS = {"pandas, 1 M rows": FRAMES, "scikit-learn": MODELS}
WAYS = ("nothing", "ours", "dill")


def run() -> Table:
    """Run each notebook in each way ``ROUNDS`` times, in turn, each time in a process of its own."""
    rows = []
    for name, cells in NOTEBOOKS.items():
        found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way in WAYS:
                found[way].append(_measured(way, cells))
        ours, dill = ({key: median([one[key] for one in found[way]]) for key in found[way][0]} for way in WAYS[1:])
        alone = median([one["cells"] for one in found["nothing"]])
        for way, one in (("ours", ours), ("dill.dump_session", dill)):
            rows.append(
                (
                    name, way, f"{alone:.2f} s", f"{one['saving']:.2f} s", f"{one['longest'] * 1e3:.0f} ms",
                    f"{one['written'] / 1e6:.0f} MB", f"{one['restoring']:.2f} s",
                    f"{ours['saving'] / dill['saving']:.2f}" if way == "ours" else "",
                )
            )  # fmt: skip
    return Table(
        title="State saved after every cell",
        columns=("notebook", "by", "cells alone", "saving adds", "longest pause", "written", "restore", "ours / dill"),
        rows=rows,
        notes=(f"Medians of {ROUNDS}, in turn, a process for each run; a restore is in a process of its own.",),
    )


def _measured(way: str, cells: tuple[str, ...]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="na-checkpoints-") as folder:
        found = _in_process("save", way, cells, folder)
        return found | (_in_process("restore", way, cells, folder) if way != "nothing" else {})


def _in_process(what: str, way: str, cells: tuple[str, ...], folder: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.checkpoints", what, way, folder]
    done = subprocess.run(command, input=json.dumps(cells), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _shell() -> Any:
    import types

    from IPython.core.interactiveshell import InteractiveShell

    main = sys.modules["__main__"] = types.ModuleType("__main__")
    shell = InteractiveShell.instance(user_module=main)
    shell.history_manager.enabled = False
    return shell


def _save(way: str, cells: list[str], folder: Path) -> dict[str, float]:
    shell = _shell()
    save, written = _saver(way, shell, folder)
    running, saving = 0.0, [0.0]
    for number, cell in enumerate(cells):
        begun = time.perf_counter()
        shell.run_cell(cell).raise_error()
        middle = time.perf_counter()
        save(number, cell)
        running += middle - begun
        saving.append(time.perf_counter() - middle)
    return {"cells": running, "saving": sum(saving), "longest": max(saving), "written": written()}


def _saver(way: str, shell: Any, folder: Path) -> tuple[Callable[[int, str], object], Callable[[], float]]:
    if way == "ours":
        from notebook_automation.checkpoints import Checkpointer

        checkpointer = Checkpointer(shell, folder / "blobs")

        def ours(number: int, cell: str) -> None:
            manifest = checkpointer.save(number, cell)
            (folder / "manifest.json").write_text(json.dumps(manifest.to_json()))

        return ours, lambda: float(checkpointer.written)
    if way == "dill":
        import dill

        total = [0.0]

        def peer(number: int, cell: str) -> None:
            with (folder / "session").open("wb") as file:
                dill.dump_session(file)
                file.flush()
                os.fsync(file.fileno())
            total[0] += (folder / "session").stat().st_size

        return peer, lambda: total[0]
    return lambda number, cell: None, lambda: 0.0


def _restore(way: str, folder: Path) -> dict[str, float]:
    shell = _shell()
    begun = time.perf_counter()
    if way == "ours":
        from notebook_automation.checkpoints import Checkpointer, Manifest

        manifest = Manifest.from_json(json.loads((folder / "manifest.json").read_text()))
        Checkpointer(shell, folder / "blobs").restore(manifest)
    else:
        import dill

        dill.load_session(str(folder / "session"))
    return {"restoring": time.perf_counter() - begun}


if __name__ == "__main__":
    what, way, folder = sys.argv[1:]
    given = json.load(sys.stdin)
    print(json.dumps(_save(way, given, Path(folder)) if what == "save" else _restore(way, Path(folder))))
