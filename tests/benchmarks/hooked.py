"""A real server whose webhooks run notebooks, and the time from the request to the session's end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.forkserver.server.pages import REPORTS
from notebook_automation.store import session_log
from notebook_automation.store import sessions as session_rows
from tests.benchmarks.costs import compile_all
from tests.serving import Server, serve

NOTEBOOKS = Path(__file__).parent.parent / "data" / "notebooks"
PATIENCE = 300.0
REST = 0.6
"""Seconds between two sessions, in which the next ones' processes are made ready."""


class Hooked:
    """One webhook for each of ``names`` (notebooks of the tests' data)."""

    def __init__(self, server: Server, names: Sequence[str]) -> None:
        self.server = server
        self._sender = httpx.Client(timeout=60, trust_env=False)
        self._urls: dict[str, str] = {}
        for name in names:
            folder = server.root / name
            folder.mkdir(exist_ok=True)
            shutil.copy(NOTEBOOKS / f"{name}.ipynb", folder)
            self._urls[name] = server.trigger(name=name, type="webhook", notebook=f"{name}/{name}.ipynb")["url"]

    def post(self, name: str) -> str:
        """Post to a webhook; return the session's id."""
        answer = self._sender.post(self._urls[name], json={})
        answer.raise_for_status()
        return str(answer.json()["session_ids"][0])

    def ended(self, session_ids: Sequence[str], pause: float = 0.02) -> list[Session]:
        """Wait for the ends of sessions, by the database."""
        database = self.server.database
        deadline = time.monotonic() + PATIENCE
        while True:
            states = database.read_now(lambda tx: session_rows.statuses(tx, session_ids))
            if all(states[one] in TERMINAL for one in session_ids):
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"After {PATIENCE:.0f} s: {states}")
            time.sleep(pause)
        found = [database.read_now(lambda tx, one=one: session_rows.get(tx, one)) for one in session_ids]
        sessions = [session for session in found if session is not None]
        for session in sessions:
            if session.status != "completed":
                raise RuntimeError(f"{session.call} {session.status}: {session.reason}")
        return sessions

    def run(self, name: str) -> tuple[float, Session]:
        """Return the seconds from the request to the end that the database shows, and the session."""
        began = time.time()
        [session] = self.ended([self.post(name)])
        assert session.finished_at is not None
        return session.finished_at - began, session

    def is_warm(self, session: Session) -> bool:
        """Whether the session's kernel was forked."""
        log = self.server.database.read_now(lambda tx: session_log.read(tx, session.id, 0, 1))
        return bool(log and log[0].data and log[0].data.get("warm"))

    def warm_up(self, *names: str) -> None:
        """Run sessions until their kernels are forked, and what they import and write to is known ahead."""
        deadline = time.monotonic() + PATIENCE
        for name in names:
            self.run(name)
        time.sleep(3.0)
        for name in names:
            while not self.is_warm(self.run(name)[1]):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{name} is never warm")
                time.sleep(1.0)
        time.sleep(3.0)
        for _ in range(REPORTS):
            for name in names:
                self.run(name)
                time.sleep(REST)

    def outputs(self, session: Session) -> list[str]:
        """Return the texts of the executed notebook's outputs."""
        items: list[dict[str, Any]] = self.server.api.get("artifacts", params={"session": session.id}).json()["items"]
        [found] = [item for item in items if item["name"].endswith(".ipynb")]
        return texts(self.server.api.get(f"artifacts/{found['id']}/content").content)


@contextlib.contextmanager
def hooked(*names: str, options: Sequence[str] = ()) -> Iterator[Hooked]:
    """Run a server with everything compiled before it, so that its own imports are no worse than others'."""
    compile_all()
    kept = os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        with tempfile.TemporaryDirectory(prefix="na-bench-") as folder:
            # jupyter-scheduler opens its database there before anybody has made the folder.
            (Path(folder) / "s" / "data").mkdir(parents=True)
            with serve(Path(folder) / "s", *options) as server:
                yield Hooked(server, names)
    finally:
        if kept is not None:
            os.environ["PYTHONDONTWRITEBYTECODE"] = kept


def texts(content: bytes) -> list[str]:
    """Return what the code cells of a notebook show as text, those without outputs included."""
    cells = [cell for cell in json.loads(content)["cells"] if cell["cell_type"] == "code"]
    # A parameters cell may have been injected: it shows nothing.
    return [text for cell in cells if (text := "".join(_text(output) for output in cell["outputs"]))]


def _text(output: dict[str, Any]) -> str:
    shown = output.get("text", output.get("data", {}).get("text/plain", ""))
    return "".join(shown)
