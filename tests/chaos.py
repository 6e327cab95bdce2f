"""Durable sessions on a real server whose processes are killed at random: what each came to, and what ran how often.

``python tests/chaos.py --sessions 40 --kills 500 --seed 1`` kills as often as it says, and prints what came of it.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
from command_lines import command_line

from notebook_automation.demo.jupyterlab import free_port

TOKEN = "chaos"
VICTIMS = {"kernel": 8, "runner": 8, "supervisor": 2, "server": 1, "all": 1}
"""Who is killed, and how often of twenty times."""
_CALM_SECONDS = 30.0
_NEVER = threading.Event()
"""Waited for between two looks at processes that tell nobody what they do."""
CELLS = [
    "import json, os, random, time\nimport notebook_automation as na\nrandom.seed(11)\nrows = []\nalias = rows\n"
    "effects = 'none'",
    "def note(name, value):\n    with open(effects, 'a') as file:\n"
    "        file.write(json.dumps([name, value, na.idempotency_key()]) + '\\n')\n    return value * 2",
    "for number in range(3):\n    rows.append(na.step('double', note, 'double', number))\n    time.sleep(0.1)",
    "with open('own.txt', 'a') as file:\n    file.write('line\\n')\ndraws = [random.random()]",
    "na.sleep(0.4)\nalias.append(na.step('after sleep', note, 'after sleep', len(rows)))",
    "signalled = na.wait('go')\ndef later():\n    draws.append(random.random())\n    return na.wait('more')\n"
    "rows.append([signalled, later()])",
    "time.sleep(0.3)\nlast = na.step('last', note, 'last', 7)",
    "state = json.dumps([rows, draws, last, alias is rows, open('own.txt').read()])\nna.outcome(state, more=False)",
]


@dataclass
class Outcome:
    """What became of a run of chaos. ``doubled`` are effects of steps that ran twice, always with the same key."""

    kills: collections.Counter[str] = field(default_factory=collections.Counter)
    statuses: collections.Counter[str] = field(default_factory=collections.Counter)
    states: collections.Counter[str] = field(default_factory=collections.Counter)
    effects: int = 0
    doubled: int = 0
    wrong_keys: int = 0
    left: list[str] = field(default_factory=list)
    attempts: int = 0
    stuck: list[str] = field(default_factory=list)


class ServerProcess:
    """`serve` as a process of its own, started again when it was killed."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = [f"--NotebookAutomationApp.{name}={value}" for name, value in settings.items()]
        self.process: subprocess.Popen[bytes] | None = None
        self._restarting = threading.Lock()
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/notebook-automation/api/v1/",
            headers={"Authorization": f"token {TOKEN}"}, timeout=60, trust_env=False,
        )  # fmt: skip

    def start(self) -> None:
        command = [
            sys.executable, "-m", "notebook_automation", "serve", "--port", str(self.port), "--root-dir",
            str(self.folder / "root"), "--data-dir", str(self.folder / "data"), "--token", TOKEN, "--allow-root",
            *self._settings,
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "CHAOS": self.mark})

    @property
    def mark(self) -> str:
        return str(self.folder)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask until somebody answers: the server may be dead for a while."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = self.api.request(method, path, **more)
                if answer.status_code < 500:
                    return answer
            # Of all threads that find it dead one starts it again.
            with self._restarting:
                if self.process is not None and self.process.poll() is not None:
                    self.start()
            _NEVER.wait(0.1)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
            self.process.kill()


class Chaos:
    """``sessions`` of one notebook on one server, of whose processes ``kills`` are killed, chosen by ``seed``."""

    def __init__(self, folder: Path, *, sessions: int, kills: int, seed: int, at_once: int = 3) -> None:
        self._folder = folder
        self._sessions = sessions
        self._kills = kills
        self._random = random.Random(seed)
        self._at_once = at_once
        (folder / "root" / "shop").mkdir(parents=True)
        settings = {
            "park_after": 0.05,
            "max_sessions": at_once,
            "lease": 1.5,
            "engine_lease": 1.5,
            "max_crashes": 10_000,
        }
        self.server = ServerProcess(folder, settings)
        self.outcome = Outcome()
        self._over = threading.Event()
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nb.cells[0].metadata.tags = ["parameters"]
        nbformat.write(nb, folder / "root" / "shop" / "chaos.ipynb")

    def run(self, seconds: float) -> Outcome:
        """Run all to their ends, for at most ``seconds``; what has not ended by then is stuck."""
        self.server.start()
        ids = [self._start(number) for number in range(self._sessions)]
        killer = threading.Thread(target=self._kill_all, name="killer")
        killer.start()
        try:
            self._steer(ids, time.monotonic() + seconds)
        finally:
            self._over.set()
            killer.join()
        for session_id in ids:
            self._account(session_id)
        self.server.stop()
        self.outcome.left = list(self._left())
        return self.outcome

    def _start(self, number: int) -> str:
        effects = self._folder / f"effects-{number}.txt"
        body = {"notebook": "shop/chaos.ipynb", "is_durable": True, "parameters": {"effects": str(effects)}}
        answer = self.server.request("POST", "sessions", json=body)
        assert answer.status_code == 201, answer.text
        session_id: str = answer.json()["id"]
        return session_id

    def _steer(self, ids: list[str], end: float) -> None:
        """Send each session its signals, and wait until all have ended."""
        signalled: dict[str, set[str]] = {session_id: set() for session_id in ids}
        left = set(ids)
        while left and time.monotonic() < end:
            for session_id in sorted(left):
                found = self.server.request("GET", f"sessions/{session_id}").json()
                if found["finished_at"]:
                    left.discard(session_id)
                    continue
                for name in ("go", "more"):
                    if name not in signalled[session_id] and name in str(found.get("waiting_for") or ""):
                        sent = self.server.request(
                            "POST", f"sessions/{session_id}/signals", json={"name": name, "payload": name}
                        )
                        if sent.is_success:
                            signalled[session_id].add(name)
            _NEVER.wait(0.05)
        self.outcome.stuck = sorted(left)

    def _kill_all(self) -> None:
        while self._kills > 0 and not self._over.wait(self._random.uniform(0.05, 1.0)):
            [victim] = self._random.choices(list(VICTIMS), list(VICTIMS.values()))
            while not self._over.wait(0.05):
                if self._kill(victim):
                    self._kills -= 1
                    self.outcome.kills[victim] += 1
                    break
            if victim in ("supervisor", "server", "all"):
                self._wait_until_reaped()

    def _wait_until_reaped(self) -> None:
        """Let what was lost be found, and something be there again to be killed: else nothing would ever go on."""
        end = time.monotonic() + _CALM_SECONDS
        while time.monotonic() < end and not self._over.wait(0.2):
            running = self.server.request("GET", "sessions", params={"status": "running"}).json()["items"]
            if 0 < len(running) <= self._at_once and self._of_sessions()[0]:
                return

    def _kill(self, victim: str) -> bool:
        kernels, runners = self._of_sessions()
        server = self.server.process
        chosen: list[int] = []
        if victim in ("kernel", "all") and kernels:
            chosen += kernels if victim == "all" else [self._random.choice(kernels)]
        if victim in ("runner", "all") and runners:
            chosen += runners if victim == "all" else [self._random.choice(runners)]
        if victim in ("supervisor", "all"):
            chosen += [one.pid for one in self._ours() if "supervisor" in " ".join(command_line(one))]
        if victim in ("server", "all") and server is not None and server.poll() is None:
            chosen.append(server.pid)
        for pid in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(chosen)

    def _of_sessions(self) -> tuple[list[int], list[int]]:
        kernels, runners = [], []
        for place in (self._folder / "data" / "sessions").glob("ses_*/kernel.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                record = json.loads(place.read_text())
                if psutil.pid_exists(record["pid"]):
                    kernels.append(record["pid"])
                if psutil.pid_exists(record["runner"]):
                    runners.append(record["runner"])
        return kernels, sorted(set(runners))

    def _ours(self) -> Iterator[psutil.Process]:
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if one.environ().get("CHAOS") == self.server.mark:
                    yield one

    def _account(self, session_id: str) -> None:
        found = self.server.request("GET", f"sessions/{session_id}").json()
        self.outcome.statuses[found["status"]] += 1
        self.outcome.attempts += found["attempt"]
        outcomes = self.server.request("GET", f"sessions/{session_id}/outcomes").json()["items"]
        self.outcome.states[outcomes[-1]["value"] if outcomes else f"none: {found['reason']}"] += 1
        effects = [json.loads(line) for line in Path(found["parameters"]["effects"]).read_text().splitlines()]
        keys: dict[tuple[str, Any], list[str]] = {}
        for name, value, key in effects:
            keys.setdefault((name, value), []).append(key)
        self.outcome.effects += len(keys)
        self.outcome.doubled += len(effects) - len(keys)
        self.outcome.wrong_keys += sum(len(set(found)) > 1 for found in keys.values())

    def _left(self) -> Iterator[str]:
        end = time.monotonic() + 30
        while time.monotonic() < end and any(True for _ in self._ours()):
            _NEVER.wait(0.2)
        yield from (" ".join(command_line(one)) for one in self._ours())


def main() -> None:
    """Run as the command line says; exits with 1 unless all came to the same end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        outcome = Chaos(Path(folder), sessions=given.sessions, kills=given.kills, seed=given.seed).run(
            given.minutes * 60
        )
    sys.stdout.write(f"{outcome}\n")
    sys.exit(0 if len(outcome.states) == 1 and not outcome.stuck and not outcome.left else 1)


if __name__ == "__main__":
    main()
