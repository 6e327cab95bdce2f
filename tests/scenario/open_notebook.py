"""A real Jupyter server with our extension, and notebooks opened on it as JupyterLab opens them."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from eventually import wait_until
from jupyter_client.blocking.client import BlockingKernelClient

PROJECT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"
ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")
OTHERS = (
    "jupyterlab",
    "jupyter_lsp",
    "jupyter_scheduler",
    "jupyter_server_terminals",
    "nbdime",
    "notebook",
    "notebook_shim",
)
"""Extensions that may be installed and that these tests do not need."""


@dataclass
class JupyterServer:
    """A Jupyter server with the folder ``root``, its data in ``data``."""

    root: Path
    data: Path
    url: str = ""
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default_factory=Path)

    def start(self) -> None:
        """Start it, and wait until our part of it answers."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        self.log = self.data / "server.log"
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("NOTEBOOK_AUTOMATION", "JPY_"))
            },
            "JUPYTER_DATA_DIR": str(self.data),
            "JUPYTER_RUNTIME_DIR": str(self.data / "runtime"),
            "JUPYTER_CONFIG_DIR": str(self.data / "config"),
            "IPYTHONDIR": str(self.data / "ipython"),
            "JUPYTER_TOKEN": TOKEN,
            "PYTHONPATH": str(PROJECT),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyter_server",
                    f"--ServerApp.root_dir={self.root}",
                    f"--ServerApp.port={port}",
                    "--ServerApp.port_retries=0",
                    "--ServerApp.open_browser=False",
                    "--ServerApp.allow_root=True",
                    f"--ServerApp.jpserver_extensions={dict.fromkeys(OTHERS, False) | {'notebook_automation': True}}",
                ],
                env=environment,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_active, lambda: f"the server's start:\n{self.log.read_text(encoding='utf-8')}", pause=0.1)

    def stop(self) -> None:
        """Stop it with all that it started."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def _is_active(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            return bool(self.api("GET", "status")["engine"]["active"])
        except (OSError, urllib.error.URLError):
            return False

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask our REST."""
        return self.ask(method, f"notebook-automation/api/v1/{path}", body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server, and return the JSON of its answer."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def ended(self, session_id: str) -> Any:
        """Wait for the end of a session and return it."""

        def session_that_ended() -> Any:
            session = self.api("GET", f"sessions/{session_id}")
            return session if session["status"] in ENDED else None

        return wait_until(session_that_ended, f"the end of {session_id}", pause=0.1)


@dataclass
class Shown:
    """What a cell did: ``error`` is its exception's name and text, ``text`` all it printed and displayed."""

    error: str | None
    text: str
    html: list[str]


def write_notebook(file: Path, cells: list[str], tags: dict[int, list[str]] | None = None) -> None:
    """Write a notebook of Python cells; ``tags`` by their number."""
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    notebook.cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": (tags or {}).get(number, [])})
        for number, source in enumerate(cells)
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)


class OpenNotebook:
    """A notebook file with its kernel, started by the server for it."""

    def __init__(
        self, server: JupyterServer, path: str, cells: list[str] | None = None, tags: dict[int, list[str]] | None = None
    ) -> None:
        self.server = server
        self.path = path
        write_notebook(server.root / path, cells or [], tags)
        started = server.ask(
            "POST",
            "api/sessions",
            {"path": path, "name": Path(path).name, "type": "notebook", "kernel": {"name": "python3"}},
        )
        self.id = started["id"]
        file = server.data / "runtime" / f"kernel-{started['kernel']['id']}.json"
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self._wait_until_ready()
        assert self.run("%load_ext notebook_automation\nimport notebook_automation as na").error is None

    def save(self, cells: list[str], tags: dict[int, list[str]] | None = None) -> None:
        """Save the notebook with these code cells; ``tags`` by their number."""
        write_notebook(self.server.root / self.path, cells, tags)

    def run(self, source: str, seconds: float = 60, *, typed: str | None = None) -> Shown:
        """Run a cell; ``typed`` is the answer to what it asks (None: nobody is there), its question is in the text."""
        text: list[str] = []
        html: list[str] = []

        def keep(message: Any) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                text.append(content["text"])
            elif "data" in content:
                text.append(content["data"].get("text/plain", "") + "\n")
                html.append(content["data"].get("text/html", ""))

        def answer(message: Any) -> None:
            content = message["content"]
            text.append(f"{content['prompt']}{'****' if content['password'] else typed}\n")
            self.client.input(typed)

        reply = self.client.execute_interactive(
            source, timeout=seconds, output_hook=keep, allow_stdin=typed is not None, stdin_hook=answer
        )["content"]
        error = None if reply["status"] == "ok" else f"{reply['ename']}: {reply['evalue']}"
        return Shown(error, "".join(text), html)

    def value(self, expression: str) -> Any:
        """Return the JSON value of an expression in the kernel."""
        shown = self.run(f"import json as _json\nprint(_json.dumps({expression}))")
        assert shown.error is None, shown.error
        return json.loads(shown.text)

    def complete(self, line: str) -> list[str]:
        """Return what the kernel offers at the end of ``line``."""
        return list(self.client.complete(line, reply=True, timeout=30)["content"]["matches"])

    def _wait_until_ready(self) -> None:
        """Wait until the kernel answers, and until what it publishes arrives: a cell's end could be lost else.

        Its heart may beat later than the client itself would wait.
        """

        def answers() -> bool:
            self.client.kernel_info()
            with contextlib.suppress(queue.Empty):
                self.client.get_shell_msg(timeout=2)
                self.client.get_iopub_msg(timeout=0.5)
                return True
            return False

        wait_until(answers, f"an answer of the kernel of {self.path}")

    def close(self) -> None:
        """Close the kernel."""
        self.client.stop_channels()
        self.server.ask("DELETE", f"api/sessions/{self.id}")
