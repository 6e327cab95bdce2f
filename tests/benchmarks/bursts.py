"""Fifty sessions at once, and handlers that are waited for: against as many papermill processes, two at a time."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.benchmarks.costs import of_command, tree_cpu
from tests.benchmarks.hooked import NOTEBOOKS, REST, Hooked, hooked
from tests.benchmarks.table import Table, median, milliseconds, percentile

COUNT = int(os.environ.get("BENCHMARK_BURST", "50"))
PEERS = int(os.environ.get("BENCHMARK_BURST_PEERS", str(COUNT)))
ANSWERS = int(os.environ.get("BENCHMARK_ANSWERS", "60"))
HANDLER = """%%trigger answer --webhook --sync
import notebook_automation as na

na.respond(json={"n": na.event.data.json.n})
"""


def run() -> Table:
    """Post ``COUNT`` times at once; then run papermill's command line ``PEERS`` times, two at a time."""
    with hooked("a") as ours:
        ours.warm_up("a")
        cpu = tree_cpu()
        began = time.time()
        with ThreadPoolExecutor(8) as senders:
            session_ids = list(senders.map(ours.post, ["a"] * COUNT))
        sessions = ours.ended(session_ids, pause=0.1)
        wall = max(session.finished_at or 0.0 for session in sessions) - began
        warm = sum(ours.is_warm(session) for session in sessions)
        time.sleep(REST)
        cpu = tree_cpu() - cpu
        answers = _answers(ours)
    their_wall, their_cpu = _papermill()
    return Table(
        title=f"A burst of {COUNT} sessions of notebook a, and handlers that are waited for",
        columns=("what", "ours", "papermill, two at a time", "ratio", "goal"),
        rows=[
            ("until the last has ended", f"{wall:.2f} s", f"{their_wall:.2f} s", f"{wall / their_wall:.3f}", "≤ 0.1"),
            ("processor time", f"{cpu:.2f} s", f"{their_cpu:.2f} s", f"{cpu / their_cpu:.3f}", ""),
            ("sessions a second", f"{COUNT / wall:.1f}", f"{COUNT / their_wall:.1f}", "", ""),
            ("answer of a handler, median", milliseconds(median(answers)), "", "", "≤ 50 ms"),
            ("answer of a handler, 99th percentile", milliseconds(percentile(answers, 0.99)), "", "", "≤ 200 ms"),
        ],
        notes=(
            f"{warm} of {COUNT} kernels were forked. "
            + (f"papermill ran {PEERS} times, scaled to {COUNT}. " if PEERS != COUNT else "")
            + f"{ANSWERS} answers, one after the other.",
        ),
    )


def _papermill() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "papermill"), "--no-progress-bar", str(NOTEBOOKS / "a.ipynb")]
        cpu = tree_cpu()
        began = time.perf_counter()
        with ThreadPoolExecutor(2) as two:
            list(two.map(lambda n: of_command([*command, f"{folder}/{n}.ipynb"]), range(PEERS)))
        scale = COUNT / PEERS
        return (time.perf_counter() - began) * scale, (tree_cpu() - cpu) * scale


def _answers(ours: Hooked) -> list[float]:
    server = ours.server
    notebook = server.notebook("answers/answer.ipynb", HANDLER)
    trigger = server.trigger(
        name="answer", type="webhook", is_sync=True, warm=True, notebook=notebook, handler="answer"
    )
    seconds = []
    with httpx.Client(timeout=60, trust_env=False) as client:
        for number in range(ANSWERS + 5):
            began = time.perf_counter()
            answer = client.post(trigger["url"], json={"n": number})
            seconds.append(time.perf_counter() - began)
            if answer.json() != {"n": number}:
                raise RuntimeError(answer.text)
            time.sleep(REST)
    return seconds[5:]
