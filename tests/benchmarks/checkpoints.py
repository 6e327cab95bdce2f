"""Saving after every cell: what it adds to a notebook beside `dill.dump_session` and Kishu; what a restore takes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.checkpoint_peers import WAYS, environment, interpreter
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


def run() -> Table:
    """Run each notebook in each way ``ROUNDS`` times, in turn, each time in a process of its own."""
    ways = [way for way in WAYS if interpreter(way)]
    rows = []
    for name, cells in NOTEBOOKS.items():
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way in ways:
                found[way].append(_measured(way, cells))
        medians = {way: {key: median([one[key] for one in all_]) for key in all_[0]}
                   for way, all_ in found.items()}  # fmt: skip
        for one in medians.values():
            one["processor"] = one["total_processor"] - medians["nothing"]["total_processor"]
        rows += [_row(name, way, one, medians) for way, one in medians.items()]
    return Table(
        title="State saved after every cell",
        columns=(
            "notebook", "by", "run", "kernel held", "share of the run", "longest pause", "held, and end waited for",
            "processor time of saving", "written", "restore", "its processor time", "ours / it", "ours / it, processor",
        ),
        rows=rows,
        notes=(
            f"Medians of {ROUNDS}, in turn, a process for each run; a restore is in a process of its own.",
            "The ratios are of the forked saver: what the kernel is held, and what is waited for at the end; processor "
            "time with that of its children.",
        ),
    )  # fmt: skip


def _row(name: str, way: str, one: dict[str, float], medians: dict[str, dict[str, float]]) -> tuple[str, ...]:
    ours = medians["ours, forked"]
    ratios = ("", "")
    if not way.startswith(("ours", "nothing")):
        ratios = (f"{ours['added'] / one['added']:.2f}", f"{ours['processor'] / one['processor']:.2f}")
    if way == "nothing":
        return (name, way, f"{one['cells']:.2f} s", *[""] * 10)
    return (
        name, way, f"{one['cells']:.2f} s", f"{one['held']:.2f} s", f"{one['held'] / (one['cells'] + one['held']):.1%}",
        f"{one['longest'] * 1e3:.0f} ms", f"{one['added']:.2f} s", f"{one['processor']:.2f} s",
        f"{one['written'] / 1e6:.0f} MB", f"{one['restoring']:.2f} s", f"{one['restoring_processor']:.2f} s", *ratios,
    )  # fmt: skip


def _measured(way: str, cells: tuple[str, ...]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="na-checkpoints-") as folder:
        found = _in_process("save", way, cells, folder)
        return found | (_in_process("restore", way, cells, folder) if way != "nothing" else {})


def _in_process(what: str, way: str, cells: tuple[str, ...], folder: str) -> dict[str, float]:
    command = [str(interpreter(way)), "-m", "tests.benchmarks.checkpoints", what, way, folder]
    done = subprocess.run(
        command, input=json.dumps(cells), capture_output=True, text=True, check=True, env=environment(Path(folder))
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _shell() -> Any:
    import types

    from IPython.core.interactiveshell import InteractiveShell

    main = sys.modules["__main__"] = types.ModuleType("__main__")
    shell = InteractiveShell.instance(user_module=main)
    shell.history_manager.enabled = False
    return shell


def _processor() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _save(name: str, cells: list[str], folder: Path) -> dict[str, float]:
    way = WAYS[name](_shell(), folder)
    begun, before = time.perf_counter(), _processor()
    for number, cell in enumerate(cells):
        way.run(number, cell)
    ended = time.perf_counter()
    way.end()
    held = sum(way.held)
    return {
        "cells": ended - begun - held,
        "held": held,
        "longest": max(way.held),
        "added": held + time.perf_counter() - ended,
        "total_processor": _processor() - before,
        "written": way.written(),
    }


def _restore(name: str, folder: Path) -> dict[str, float]:
    way = WAYS[name](_shell(), folder)
    begun, before = time.perf_counter(), _processor()
    way.restore()
    return {"restoring": time.perf_counter() - begun, "restoring_processor": _processor() - before}


if __name__ == "__main__":
    what, way, folder = sys.argv[1:]
    given = json.load(sys.stdin)
    print(json.dumps(_save(way, given, Path(folder)) if what == "save" else _restore(way, Path(folder))))
