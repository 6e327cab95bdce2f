"""A real JupyterLab in a process of its own, with what tests ask of its server."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nbformat
from eventually import wait_until

from notebook_automation.demo.jupyterlab import free_port

ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "docmanager-extension/plugin": '{"autosave": false}',
}
PLACES = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}


PYTHON = os.environ.get("JUPYTERLAB_PYTHON", sys.executable)
"""The Python whose JupyterLab is started: `make test-oldest` has one with the oldest that we support."""


@dataclass
class Lab:
    """A running JupyterLab: where it is, its token, and the folder it serves."""

    folder: Path
    port: int
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None
    _client: httpx.Client | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def http(self) -> httpx.Client:
        """Asks the API; one for all, since the settings of TLS that a client reads take longer than many requests."""
        if self._client is None:
            headers = {"Authorization": f"token {self.token}"}
            base = f"{self.url}notebook-automation/api/v1/"
            self._client = httpx.Client(base_url=base, headers=headers, timeout=30, trust_env=False)
        return self._client

    def start(self) -> None:
        """Start the server; returns when it answers. A second start finds everything of the first."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NOTEBOOK_AUTOMATION"))}
        own = {name: str(self.folder / place) for name, place in PLACES.items()}
        command = [
            PYTHON, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
            f"--port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]  # fmt: skip
        log = self.folder / "server.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=kept | own | {"JUPYTER_PREFER_ENV_PATH": "1"}, stdout=out, stderr=out
            )
        running = self.process
        try:
            wait_until(lambda: self._answers() or running.poll() is not None, "JupyterLab answers")
        except BaseException:
            # Nobody else would end what never answered.
            self.stop()
            raise
        if running.poll() is not None:
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def notebook(self, path: str, *cells: str | tuple[str, str]) -> str:
        """Write a notebook of code cells, a cell may be (source, tag); return its path under the root."""
        nb = nbformat.v4.new_notebook()
        nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        for cell in cells:
            source, tags = (cell, []) if isinstance(cell, str) else (cell[0], [cell[1]])
            nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags} if tags else {}))
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, target)
        return path

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask the API, and return the JSON of its 2xx."""
        answer = self.http.request(method, path, json=body, params=query or None)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def trigger(self, **fields: Any) -> dict[str, Any]:
        """Register a trigger over REST and return it; one that a first try of the test has left is replaced."""
        answer = self.http.request("POST", "triggers", json=fields)
        if answer.status_code == 409:
            project = fields.get("project") or fields["notebook"].partition("/")[0]
            self.ask("DELETE", f"triggers/{project}/{fields['name']}")
        stored: dict[str, Any] = answer.json() if answer.is_success else self.ask("POST", "triggers", fields)
        return stored

    def fire(self, trigger: dict[str, Any], **body: Any) -> str:
        """Fire a trigger and return its session's id."""
        ids: list[str] = self.ask("POST", f"triggers/{trigger['id']}/fire", body)["session_ids"]
        return ids[0]

    def ended(self, session: str) -> dict[str, Any]:
        """Wait until a session has ended, and return it."""
        return self.session_when(session, lambda found: found["status"] in ENDED, "it has ended")

    def session_when(self, session: str, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(self.ask("GET", f"sessions/{session}"))
            return holds(found)

        wait_until(look, f"{what}: {session}")
        return found

    def _answers(self) -> bool:
        try:
            return self.http.get(f"{self.url}api/status", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


def new_lab(folder: Path) -> Lab:
    """A JupyterLab that is not started yet, with all its files below ``folder``."""
    (folder / "root").mkdir(parents=True)
    for name, text in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Lab(folder, free_port())
