"""What comes first: one notebook from the command line, and the first session of a server that has just started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.costs import Cost, compile_all, environment, of_command
from tests.benchmarks.hooked import NOTEBOOKS
from tests.benchmarks.table import Table, median

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "5"))
BIN = Path(sys.executable).parent
PAUSE = 0.005
ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")


def run() -> Table:
    """Run each ``ROUNDS`` times, in turn."""
    compile_all()
    found: dict[str, list[Cost]] = {"papermill": [], "run": [], "first": []}
    with tempfile.TemporaryDirectory(prefix="na-first-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "root").mkdir()
        notebook = shutil.copy(NOTEBOOKS / "a.ipynb", folder / "root")
        output = str(folder / "executed.ipynb")
        for number in range(ROUNDS):
            found["papermill"].append(of_command([str(BIN / "papermill"), notebook, output]))
            found["run"].append(of_command([str(BIN / "jupyter"), "automation", "run", notebook, "-o", output]))
            found["first"].append(_first_session(folder, number))
    papermill, ours, first = (_median(found[name]) for name in ("papermill", "run", "first"))
    rows = [
        ("papermill", f"{papermill.wall:.2f} s", f"{papermill.cpu:.2f} s", "", "", ""),
        ("jupyter automation run", f"{ours.wall:.2f} s", f"{ours.cpu:.2f} s", f"{ours.wall / papermill.wall:.2f}",
         f"{ours.cpu / papermill.cpu:.2f}", "≤ 0.7"),
        ("the first session of a server", f"{first.wall:.2f} s", "", f"{first.wall / papermill.wall:.2f}", "", "≤ 1"),
    ]  # fmt: skip
    return Table(
        title="The first run (notebook a)",
        columns=("what", "wall", "processor time", "it / papermill, wall", "it / papermill, processor", "goal"),
        rows=rows,
        notes=(
            f"Medians of {ROUNDS}, nothing warm. The first session is asked for as soon as `jupyter automation serve` "
            "says that it is ready, while it prepares for later sessions.",
        ),
    )


def _median(costs: list[Cost]) -> Cost:
    return Cost(median([cost.wall for cost in costs]), median([cost.cpu for cost in costs]))


def _first_session(folder: Path, number: int) -> Cost:
    """Start a server, and return what its first session took from the request to its end; no processor time."""
    command = [sys.executable, "-m", "notebook_automation", "serve", "--port", "0", "--json", "--allow-root"]
    command += ["--root-dir", str(folder / "root"), "--data-dir", str(folder / f"data{number}")]
    places = {f"JUPYTER_{place}_DIR": str(folder / place.lower()) for place in ("RUNTIME", "CONFIG", "DATA")}
    with subprocess.Popen(
        command, env={**environment(), **places}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            headers = {"Authorization": f"token {told['token']}"}
            with httpx.Client(base_url=told["api"], headers=headers, trust_env=False, timeout=60) as api:
                return Cost(_session(api), 0.0)
        finally:
            server.terminate()


def _session(api: httpx.Client) -> float:
    began = time.perf_counter()
    session = api.post("sessions", json={"notebook": "a.ipynb"}).raise_for_status().json()
    while session["status"] not in ENDED:
        time.sleep(PAUSE)
        session = api.get(f"sessions/{session['id']}").raise_for_status().json()
    assert session["status"] == "completed", session
    return time.perf_counter() - began
