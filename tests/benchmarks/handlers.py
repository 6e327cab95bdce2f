"""Responses of a handler whose set-up imports pandas and builds a table: kept ready, and in turn run whole."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import httpx

from notebook_automation.store import session_log
from tests.benchmarks.costs import tree_cpu
from tests.benchmarks.hooked import PATIENCE, REST, hooked
from tests.benchmarks.table import Table, median, milliseconds, percentile
from tests.serving import Server

ANSWERS = int(os.environ.get("BENCHMARK_ANSWERS", "60"))
WHOLE_EVERY = 4
"""One answer of the handler that runs whole for so many of the one kept ready."""
SETUP = (
    "import pandas as pd\nimport matplotlib.pyplot as plt",
    "prices = pd.DataFrame({'sku': range(200_000), 'price': [number % 97 for number in range(200_000)]})\n"
    "by_sku = prices.set_index('sku')",
    "import notebook_automation as na",
)
HANDLER = """%%trigger answer --webhook --sync
na.respond(json={"n": na.event.data.json.n, "price": int(by_sku.loc[na.event.data.json.n, "price"])})
"""


def run() -> Table:
    """Post to both handlers in turn, each answer waited for."""
    with hooked("a") as ours, httpx.Client(timeout=60, trust_env=False) as client:
        ours.warm_up("a")
        server = ours.server
        ready, whole = _trigger(server, "ready", warm=True), _trigger(server, "whole", warm=False)
        deadline = time.monotonic() + PATIENCE
        event_id = ""
        while not event_id or not _is_ready(server, event_id):
            if time.monotonic() > deadline:
                raise TimeoutError("The set-up does not run ahead.")
            _, event_id = _post(client, ready, 1)
            # The answer is here before the session's log is.
            time.sleep(1.0)
        _post(client, whole, 1)
        time.sleep(3.0)
        times: dict[str, list[float]] = {ready: [], whole: []}
        processor: dict[str, list[float]] = {ready: [], whole: []}
        ran_ahead = 0
        for number in range(ANSWERS):
            for url in (ready, whole) if number % WHOLE_EVERY == 0 else (ready,):
                cpu = tree_cpu()
                seconds, event_id = _post(client, url, number)
                time.sleep(REST)
                times[url].append(seconds)
                processor[url].append(tree_cpu() - cpu)
                ran_ahead += url == ready and _is_ready(server, event_id)
    return Table(
        title="Responses of a handler whose set-up imports pandas and matplotlib and builds a table of 200,000 rows",
        columns=("what", "kept ready", "run whole", "ratio", "goal"),
        rows=[
            _row("answer, median", median(times[ready]), median(times[whole]), "≤ 50 ms"),
            _row("answer, 99th percentile", percentile(times[ready], 0.99), percentile(times[whole], 0.99), "≤ 200 ms"),
            _row("processor time of a session", median(processor[ready]), median(processor[whole]), ""),
        ],
        notes=(
            f"{ANSWERS} answers, one after the other, {REST:g} s apart; {ran_ahead} of them after a set-up that ran "
            "ahead. The processor time has all that the session causes: its own, and the next processes made ready.",
        ),
    )


def _trigger(server: Server, name: str, *, warm: bool) -> str:
    notebook = server.notebook(f"{name}/answer.ipynb", *SETUP, HANDLER)
    fields = {"type": "webhook", "is_sync": True, "warm": warm, "notebook": notebook, "handler": "answer"}
    return str(server.trigger(name=name, **fields)["url"])


def _post(client: httpx.Client, url: str, number: int) -> tuple[float, str]:
    began = time.perf_counter()
    answer = client.post(url, json={"n": number})
    seconds = time.perf_counter() - began
    if answer.json() != {"n": number, "price": number % 97}:
        raise RuntimeError(answer.text)
    return seconds, answer.headers["X-Event-Id"]


def _is_ready(server: Server, event_id: str) -> bool:
    """Whether the event's session began after a set-up that had run ahead."""
    session_ids: Sequence[str] = server.api.get(f"events/{event_id}").json()["session_ids"]
    log = server.database.read_now(lambda tx: session_log.read(tx, session_ids[0], 0, 5))
    # The answer may be told of before the start.
    return any(line.data and line.data.get("set_up") == "ran ahead" for line in log)


def _row(what: str, ours: float, theirs: float, goal: str) -> tuple[str, str, str, str, str]:
    return what, milliseconds(ours), milliseconds(theirs), f"{ours / theirs:.3f}", goal
