"""One session from the request to its end, warm, against what else runs a notebook, in turn."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.benchmarks import scheduler_peer
from tests.benchmarks.costs import Cost, of_command, tree_cpu
from tests.benchmarks.hooked import NOTEBOOKS, REST, Hooked, hooked, texts
from tests.benchmarks.table import Table, median

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "5"))
GOALS = {"a": 0.04, "b": 0.15, "c": 0.08}
BIN = Path(sys.executable).parent
PEERS = ("papermill", "papermill --engine notebook-automation", "nbconvert --execute", "jupyter-scheduler", "python")


def run() -> Table:
    """Run each notebook ``ROUNDS`` times by each, in turn."""
    rows: list[tuple[str, ...]] = []
    wrong: list[str] = []
    with hooked(*GOALS, options=scheduler_peer.OPTIONS) as ours, tempfile.TemporaryDirectory() as folder:
        ours.warm_up(*GOALS)
        for name in GOALS:
            rows += _rows(name, _measured(ours, name, Path(folder), wrong))
    return Table(
        title="One session, engine warm, beside others (medians)",
        columns=("notebook", "by", "wall", "processor time", "ours / it, wall", "ours / it, processor", "goal"),
        rows=rows,
        notes=(
            f"{ROUNDS} rounds. Ours: from the POST to a webhook to the end that the database shows, and the processor "
            f"time of the server, its engine and all that it started, spares included, until {REST} s later.",
            "Outputs: " + ("the same as papermill's in every round." if not wrong else " ".join(wrong)),
        ),
    )


def _measured(ours: Hooked, name: str, folder: Path, wrong: list[str]) -> dict[str, list[Cost]]:
    found: dict[str, list[Cost]] = {"ours": []}
    runs = _peers(ours, name, folder)
    for _ in range(ROUNDS):
        time.sleep(REST)
        cpu = tree_cpu()
        wall, session = ours.run(name)
        time.sleep(REST)
        found["ours"].append(Cost(wall, tree_cpu() - cpu))
        if not ours.is_warm(session):
            wrong.append(f"A session of {name} was not warm.")
        shown = ours.outputs(session)
        for peer, once in runs.items():
            cost = once()
            if cost is not None:
                found.setdefault(peer, []).append(cost)
        if shown != texts((folder / f"{name}.papermill.ipynb").read_bytes()):
            wrong.append(f"Those of {name} differ from papermill's.")
    return found


def _peers(ours: Hooked, name: str, folder: Path) -> dict[str, Callable[[], Cost | None]]:
    source = str(NOTEBOOKS / f"{name}.ipynb")
    script = folder / f"{name}.py"
    cells = json.loads(Path(source).read_text(encoding="utf-8"))["cells"]
    script.write_text("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    papermill = [str(BIN / "papermill"), "--no-progress-bar", source]
    return {
        PEERS[0]: lambda: of_command([*papermill, str(folder / f"{name}.papermill.ipynb")]),
        PEERS[1]: lambda: of_command([*papermill, str(folder / "o.ipynb"), "--engine", "notebook-automation"]),
        PEERS[2]: lambda: of_command(
            [str(BIN / "jupyter-nbconvert"), "--to", "notebook", "--execute", source, "--output", str(folder / "n")]
        ),
        PEERS[3]: lambda: _scheduled(ours, name),
        PEERS[4]: lambda: of_command([sys.executable, str(script)], env={"MPLBACKEND": "agg"}),
    }


def _scheduled(ours: Hooked, name: str) -> Cost | None:
    try:
        return scheduler_peer.job(ours.server, f"{name}/{name}.ipynb")
    except (httpx.HTTPError, RuntimeError) as error:
        print(f"jupyter-scheduler: {error}", file=sys.stderr)
        return None


def _rows(name: str, found: dict[str, list[Cost]]) -> list[tuple[str, ...]]:
    wall = median([cost.wall for cost in found["ours"]])
    cpu = median([cost.cpu for cost in found["ours"]])
    rows = []
    for by, costs in found.items():
        their_wall, their_cpu = median([cost.wall for cost in costs]), median([cost.cpu for cost in costs])
        ratios = ("", "") if by == "ours" else (f"{wall / their_wall:.3f}", f"{cpu / their_cpu:.3f}")
        goal = f"≤ {GOALS[name]}" if by == PEERS[0] else ""
        rows.append((name, by, f"{their_wall:.3f} s", f"{their_cpu:.3f} s", *ratios, goal))
    return rows
