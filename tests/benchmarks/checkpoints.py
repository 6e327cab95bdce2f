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

REPORT = (
    "import numpy as np, pandas as pd, os, time, json\nimport matplotlib\nimport matplotlib.pyplot as plt",
    "rng = np.random.default_rng(7)\nN = 1_000_000",
    "start, skus = pd.Timestamp('2025-01-01'), rng.integers(1000, 4000, N).astype(str)\n"
    "df = pd.DataFrame({'order_id': np.arange(N), 'customer': rng.integers(1, 50_000, N),\n"
    "    'qty': rng.integers(1, 9, N),\n"
    "    'ts': start + pd.to_timedelta(rng.integers(0, 365 * 86400, N), unit='s'), 'price': rng.gamma(3., 12., N),\n"
    "    'region': rng.choice(['north', 'south', 'east', 'west'], N), 'sku': np.char.add('SKU-', skus)})\ndel skus",
    "df.head()",
    "df['amount'] = df.qty * df.price",
    "df.loc[df.amount > 400, 'amount'] = np.nan\nmissing = int(df.amount.isna().sum())",
    "df['amount'] = df.amount.fillna(df.amount.median())",
    "df['month'] = df.ts.dt.to_period('M').dt.to_timestamp()",
    "monthly = df.groupby(['month', 'region'], as_index=False).amount.sum()",
    "top = df.groupby('customer').amount.sum().nlargest(20)",
    "segments = rng.choice(['A', 'B', 'C'], 49_999)\n"
    "customers = pd.DataFrame({'customer': np.arange(1, 50_000), 'segment': segments})\n"
    "m = df.merge(customers, on='customer', how='left')",
    "seg = m.groupby('segment').agg(amount=('amount', 'sum'), n=('order_id', 'count'))",
    "def fmt(x): return f'{x:,.0f} EUR'\nlines = [f'{i}: {fmt(v)}' for i, v in top.items()]",
    "fig, ax = plt.subplots(); monthly.pivot(index='month', columns='region', values='amount').plot(ax=ax)",
    "report = {'total': float(df.amount.sum()), 'missing': missing, 'lines': lines, 'segments': seg.to_dict()}",
    "print(fmt(report['total']), len(report['lines']))",
)
MODELS = (
    "import numpy as np\nfrom sklearn.datasets import make_classification\n"
    "from sklearn.model_selection import train_test_split\nfrom sklearn.preprocessing import StandardScaler\n"
    "from sklearn.pipeline import make_pipeline\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.ensemble import RandomForestClassifier, HistGradientBoostingClassifier\n"
    "from sklearn.metrics import roc_auc_score, accuracy_score",
    "X, y = make_classification(n_samples=150_000, n_features=30, n_informative=12, random_state=1)",
    "Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=.25, random_state=2)",
    "scores = {}",
    "lr = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)).fit(Xtr, ytr)",
    "scores['lr'] = roc_auc_score(yte, lr.predict_proba(Xte)[:, 1])",
    "rf = RandomForestClassifier(60, max_depth=14, n_jobs=2, random_state=3).fit(Xtr, ytr)",
    "scores['rf'] = roc_auc_score(yte, rf.predict_proba(Xte)[:, 1])",
    "gb = HistGradientBoostingClassifier(max_iter=60, random_state=4).fit(Xtr, ytr)",
    "scores['gb'] = roc_auc_score(yte, gb.predict_proba(Xte)[:, 1])",
    "models = {'lr': lr, 'rf': rf, 'gb': gb}",
    "best = max(scores, key=scores.get)\nfinal = models[best]",
    "pred = final.predict(Xte)\nacc = accuracy_score(yte, pred)",
    "print(best, round(acc, 4))",
)
SHORT = (
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
"""Ten cells that take half a second in all: what a fork takes shows most here."""
NOTEBOOKS = {"pandas report, 1 M rows": REPORT, "scikit-learn, 150,000 rows": MODELS, "pandas, short cells": SHORT}


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
