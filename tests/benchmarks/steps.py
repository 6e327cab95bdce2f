"""Steps: what recording a call costs in a kernel, beside `dill` with SQLite by hand, and DBOS."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from tests.benchmarks.table import Table, median, percentile

STEPS = int(os.environ.get("BENCHMARK_STEPS", "500"))
ROUNDS = 3

_SHARED = """
import json, os, time
def work(number):
    return {"number": number, "text": "x" * 100}
def measured(call, count):
    taken = []
    for number in range(count):
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
        # As a notebook does: a disk that is asked without a pause is faster than it ever is for one.
        while time.perf_counter() - began - taken[-1] < 0.0005:
            pass
    print("FOUND" + json.dumps(taken))
"""
_OURS = """
import notebook_automation as na
from notebook_automation.sdk import position
position.begin(ROUND, 0)
measured(lambda number: na.step("work", work, number), COUNT)
"""
_NOT_SYNCED = """
from notebook_automation.sdk import step_journal
step_journal._sync = lambda file: None
"""
_DISK = """
line = b"x" * 700 + b"\\n"
file = os.open("disk-ROUND", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def written(number):
    os.write(file, line)
    os.fdatasync(file)
measured(written, COUNT)
"""
_DILL = """
import dill, hashlib, sqlite3
con = sqlite3.connect("dill-ROUND.db", isolation_level=None)
con.executescript("pragma journal_mode=wal; pragma synchronous=full; create table steps(name, n, args, state, result, "
                  "primary key(name, n))")
def by_hand(number):
    args = hashlib.blake2b(dill.dumps(((number,), {}))).hexdigest()
    con.execute("insert into steps values('work', ?, ?, 'started', null)", (number, args))
    result = dill.dumps(work(number))
    con.execute("update steps set state='done', result=? where name='work' and n=?", (result, number))
    return dill.loads(result)
measured(by_hand, COUNT)
"""
_DBOS = """
from dbos import DBOS
DBOS(config={"name": "steps", "system_database_url": "sqlite:///dbos-ROUND.db", "log_level": "ERROR",
             "run_admin_server": False})
recorded = DBOS.step()(work)
@DBOS.workflow()
def run(count):
    measured(recorded, count)
DBOS.launch()
run(COUNT)
DBOS.destroy()
"""
WAYS = {
    "na.step": _OURS,
    "na.step, without waiting for the disk": _NOT_SYNCED + _OURS,
    "the disk alone: a line written and synced": _DISK,
    "dill and SQLite (synchronous=FULL)": _DILL,
    "DBOS with SQLite": _DBOS,
}


def run() -> Table:
    """Call ``STEPS`` steps in each way, in turn, ``ROUNDS`` times, each time in a kernel of its own."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(ROUNDS):
        for way, code in WAYS.items():
            found[way] += _taken(code.replace("COUNT", str(STEPS)).replace("ROUND", str(number)))
    ours = median(found["na.step"])
    rows = [
        (
            way,
            f"{median(taken) * 1000:.2f} ms" if taken else "is not installed",
            f"{percentile(taken, 0.95) * 1000:.2f} ms" if taken else "",
            f"{ours / median(taken):.2f}" if taken else "",
        )
        for way, taken in found.items()
    ]
    return Table(
        title="A step",
        columns=("way", "median", "95 of 100 are below", "na.step : this"),
        rows=rows,
        notes=(
            f"{STEPS} calls that return a small dict, {ROUNDS} times, in a real kernel; recorded on disk before each "
            "returns. Half a millisecond of other work lies between two calls.",
        ),
    )


def _taken(code: str) -> list[float]:
    """Return the seconds of each call; none where the way is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "NOTEBOOK_AUTOMATION_SESSION": "ses_1",
            "NOTEBOOK_AUTOMATION_CONTEXT": str(Path(folder) / "context.json"),
        }
        manager, client = start_new_kernel(kernel_name="python3", cwd=folder, env=environment)
        try:
            said: list[str] = []
            client.execute_interactive(_SHARED)
            reply = client.execute_interactive(
                code, output_hook=lambda message: said.append(message["content"].get("text", ""))
            )
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    content = reply["content"]
    if content["status"] != "ok":
        if content["ename"] == "ModuleNotFoundError":
            return []
        raise RuntimeError(f"{content['ename']}: {content['evalue']}")
    [line] = [line for line in "".join(said).splitlines() if line.startswith("FOUND")]
    return [float(seconds) for seconds in json.loads(line.removeprefix("FOUND"))]
