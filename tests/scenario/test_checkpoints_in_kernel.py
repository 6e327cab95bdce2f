"""A session's checkpoints in a real kernel: saved while cells run, restored in another after it was killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventually import wait_until
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

ASK = "__import__('notebook_automation.checkpoints.session', fromlist=['session'])"
CELLS = (
    "import pandas as pd, matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt",
    "df = pd.DataFrame({'n': range(200_000)})\nseen = {'df': df}\ncount = 0",
    "def step():\n    global count\n    count += 1\n    return count\nlog = open('log.txt', 'w')",
    "step(); _ = log.write('one '); print('said')",
    "df.loc[0, 'n'] = 77; _ = log.write('two ')\nawait __import__('asyncio').sleep(0)",
)
AFTER = "step(); _ = log.write('three'); log.close()"
CHECK = "(count, seen['df'] is df, int(df.n[0]), open('log.txt').read(), sorted(n for n in globals() if 'check' in n))"


@contextmanager
def kernel(folder: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, source: str, **options: Any) -> str:
    said: list[str] = []

    def heard(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            said.append(content["text"])
        elif message["msg_type"] == "execute_result":
            said.append(content["data"]["text/plain"])

    reply = client.execute_interactive(source, output_hook=heard, **options)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(said)


def ask(client: BlockingKernelClient, call: str) -> None:
    assert run(client, f"{ASK}.{call}", silent=True) == ""


def test_a_killed_kernel_is_followed_by_one_in_the_same_state(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    begin = f"begin({str(folder)!r}, {str(tmp_path)!r})"
    with kernel(tmp_path) as (manager, client):
        ask(client, begin)
        for number, cell in enumerate(CELLS):
            assert run(client, cell) == ("said\n" if "said" in cell else "")
            ask(client, f"save({number}, {cell!r}, [])")
        last = folder / f"{len(CELLS) - 1}.json"
        wait_until(last.exists)
        manager.signal_kernel(9)
    records = [json.loads((folder / f"{number}.json").read_text()) for number in range(len(CELLS))]
    assert {record.get("why", record["how"]) for record in records} <= {"forked", "that was quicker"}
    assert all(record["held"] <= record["seconds"] for record in records)
    with kernel(tmp_path) as (manager, client):
        ask(client, begin)
        ask(client, f"restore({len(CELLS) - 1})")
        run(client, AFTER)
        assert run(client, CHECK) == "(2, True, 77, 'one two three', [])"
