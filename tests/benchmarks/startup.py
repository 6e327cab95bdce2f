"""What it costs to have it installed: the import, and the start of JupyterLab until its page is there."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from notebook_automation.demo.jupyterlab import free_port
from tests.benchmarks.costs import Cost, compile_all, environment, of_command
from tests.benchmarks.table import Table, median, milliseconds

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "5"))
TOKEN = "benchmark"
PATIENCE = 60.0
PAUSE = 0.002
_PLACES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")


def run() -> Table:
    """Start each ``ROUNDS`` times, in turn."""
    compile_all()
    found: dict[str, list[Cost]] = {}
    for _ in range(ROUNDS):
        for name, program in (("nothing", "pass"), ("import", "import notebook_automation")):
            found.setdefault(name, []).append(of_command([sys.executable, "-c", program]))
        for enabled in (False, True):
            for name, cost in _lab(enabled).items():
                found.setdefault(f"{name} {enabled}", []).append(cost)
    rows = [_row("import notebook_automation", found["nothing"], found["import"], "≤ 100 ms")]
    rows += [
        _row(f"start of JupyterLab until {name}", found[f"{name} False"], found[f"{name} True"], goal)
        for name, goal in (("it answers", ""), ("its page is there", "≤ 150 ms"))
    ]
    return Table(
        title="What it costs to have it installed",
        columns=("what", "without", "with", "more", "more, processor time", "goal"),
        rows=rows,
        notes=(
            f"Medians of {ROUNDS}. From the start of `jupyter lab` to its first answer, and to the page of JupyterLab "
            "and a file it loads; processor time of the server alone (the engine starts its processes after that).",
        ),
    )


def _lab(enabled: bool) -> dict[str, Cost]:
    """Start JupyterLab with or without the extension; return what it cost until then."""
    with tempfile.TemporaryDirectory(prefix="na-start-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        base = f"http://127.0.0.1:{port}/"
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
            "--ServerApp.port_retries=0", "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={folder}", f"--ServerApp.jpserver_extensions=notebook_automation={enabled}",
        ]  # fmt: skip
        places = {name: f"{folder}/{name}" for name in _PLACES}
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env={**environment(), **places}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(f"{base}api", process)
            answered = Cost(time.perf_counter() - began, _cpu(process.pid))
            _wait_for(f"{base}lab?token={TOKEN}", process)
            _wait_for(f"{base}api/contents?token={TOKEN}", process)
            shown = Cost(time.perf_counter() - began, _cpu(process.pid))
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()
        return {"it answers": answered, "its page is there": shown}


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                answer.read()
                return
        except urllib.error.HTTPError:
            raise
        except OSError:
            if process.poll() is not None or time.perf_counter() > deadline:
                raise
        time.sleep(PAUSE)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(name: str, without: list[Cost], with_it: list[Cost], goal: str) -> tuple[str, ...]:
    walls = median([cost.wall for cost in without]), median([cost.wall for cost in with_it])
    more = median([cost.cpu for cost in with_it]) - median([cost.cpu for cost in without])
    return (
        name,
        milliseconds(walls[0]),
        milliseconds(walls[1]),
        milliseconds(walls[1] - walls[0]),
        milliseconds(more),
        goal,
    )
