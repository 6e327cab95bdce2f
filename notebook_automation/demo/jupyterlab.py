"""JupyterLab for the demonstration: in a folder of its own, with a copy of the example project."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import NotConnected
from notebook_automation.sdk.location import API_PATH, Location
from notebook_automation.sdk.sessions import ENDED

TIMEOUT_SECONDS = 120.0
"""For JupyterLab to answer, and for each session to end."""
_POLL_SECONDS = 0.2
"""Seconds between two polls for something that is waited for."""
_PLACES = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}
_SIDEBAR = {"left": {"collapsed": False, "current": "notebook-automation-overview", "widgets": []}}


class DemoFailed(Exception):
    """Something did not happen; the text says what."""


class DemoLab:
    """JupyterLab with all its files below ``folder``; ``client`` speaks with it once it is ready.

    ``settings`` are those of the extension, by name.
    """

    client: Client
    url: str

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._settings = settings or {}
        self.root = folder / "project"
        self.token = secrets.token_hex(16)
        self._folder = folder / "jupyter"
        self._log = folder / "jupyterlab.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "NOTEBOOK_AUTOMATION"))}
        self.env = kept | {name: str(self._folder / place) for name, place in _PLACES.items()}
        self.env["JUPYTER_PREFER_ENV_PATH"] = "1"
        # So that the terminal in Lab finds jupyter, whether or not the environment is activated here.
        self.env["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", os.defpath)))
        self._process: subprocess.Popen[bytes] | None = None

    def copy_examples(self) -> None:
        """Put the example project into the folder; what was changed there by hand stays."""
        for source in sorted(examples().rglob("*")):
            path = source.relative_to(examples())
            target = self.root / path
            if source.is_file() and not target.exists() and not any(part.startswith(".") for part in path.parts):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def start(self) -> None:
        """Start JupyterLab and return when sessions can run. Raises DemoFailed."""
        for name, settings in _SETTINGS.items():
            file = self._folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings), encoding="utf-8")
        port = self._port()
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"]
        command += ["--ServerApp.port_retries=0", f"--NotebookAutomationApp.data_dir={self._folder / 'automation'}"]
        command += [f"--NotebookAutomationApp.{name}={value}" for name, value in self._settings.items()]
        if os.name != "nt":
            # Without a terminal of its own Jupyter starts login shells, and those set PATH anew.
            shell = os.environ.get("SHELL") or shutil.which("bash") or "sh"
            command.append(f"--ServerApp.terminado_settings={{'shell_command': [{shell!r}]}}")
            if os.geteuid() == 0:
                command.append("--allow-root")
        with self._log.open("wb") as log:
            # A group of its own: Ctrl-C is for us, and we end it in order.
            self._process = subprocess.Popen(
                command, cwd=self.root, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.url = f"http://127.0.0.1:{port}/"
        self.client = Client(Location(url=self.url + API_PATH, authorization=f"token {self.token}"))
        self.until(self._is_ready, "JupyterLab did not become ready")

    def _port(self) -> int:
        """Return the port of the time before, so that webhooks keep their URLs. Raises DemoFailed where it is taken."""
        file = self._folder / "port"
        if not file.exists():
            file.write_text(str(free_port()))
        port = int(file.read_text())
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoFailed(
                    f"Port {port} is taken: does this demonstration run already, in another terminal? Stop that one, "
                    f"or use another --folder. Where it is another program's, delete {file}."
                ) from None
        return port

    def open_notebook(self, path: str) -> None:
        """Run a notebook's cells in a kernel, as somebody does who has it open: its magics register its triggers."""
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        file = self.root / path
        notebook = nbformat.read(file, as_version=4)
        opened = NotebookClient(
            notebook,
            timeout=TIMEOUT_SECONDS,
            resources={"metadata": {"path": str(file.parent)}},
            extra_arguments=["--log-level=ERROR"],
        )
        try:
            with _own_signals():
                opened.execute(env={**self.env, "JPY_SESSION_NAME": str(file)})
        except CellExecutionError as error:
            raise DemoFailed(f"{path} failed in an open notebook:\n{error}") from None

    def command(self, *words: str) -> str:
        """Return what our command line prints. Raises DemoFailed."""
        server = {"NOTEBOOK_AUTOMATION_URL": self.url, "NOTEBOOK_AUTOMATION_TOKEN": self.token}
        done = subprocess.run(
            [sys.executable, "-m", "notebook_automation", *words], env={**self.env, **server}, cwd=self.root,
            capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise DemoFailed(f"jupyter automation {' '.join(words)} failed: {done.stderr.strip()}")
        return done.stdout

    def ended_session(self, session_id: str) -> Any:
        """Return a session once it has ended. Raises DemoFailed."""
        return self.session_when(session_id, lambda session: session["status"] in ENDED, "did not end")

    def session_when(self, session_id: str, holds: Callable[[Any], bool], failure: str) -> Any:
        """Return a session once something ``holds`` of it. Raises DemoFailed; at once where it ends before."""
        path = path_of("sessions", session_id)
        found: list[Any] = []

        def is_there() -> bool:
            found[:] = [self.client.get(path)]
            return holds(found[0]) or found[0]["status"] in ENDED

        self.until(is_there, f"Session {session_id} {failure}")
        if not holds(found[0]):
            why = found[0]["error"] or found[0]["reason"]
            raise DemoFailed(f"Session {session_id} {failure}: it {found[0]['status']}: {why}")
        return found[0]

    def show_sidebar(self) -> str:
        """Return an address at which Lab opens with our panel in its sidebar."""
        content = {"data": {"layout-restorer:data": _SIDEBAR}, "metadata": {"id": "automation"}}
        request = urllib.request.Request(
            f"{self.url}lab/api/workspaces/automation",
            json.dumps(content).encode(),
            {"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
            return f"{self.url}lab/workspaces/automation/tree/README.md?token={self.token}"

    def wait(self) -> None:
        """Return when JupyterLab has ended."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End JupyterLab and everything that it started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise DemoFailed(f"JupyterLab ended. Its log is {self._log}:\n{self._end_of_log()}")
        try:
            return bool(self.client.get("status")["engine"]["active"])
        except NotConnected:
            return False

    def until(self, holds: Callable[[], bool], failure: str) -> None:
        """Return once something ``holds``. Raises DemoFailed."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise DemoFailed(f"{failure} within {TIMEOUT_SECONDS:.0f} s. The log is {self._log}.")
            time.sleep(_POLL_SECONDS)

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Handle signals as before, afterwards: nbclient leaves SIGTERM as Python does, which would leave JupyterLab."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def examples() -> Path:
    """Return the folder of the example notebooks: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return next(
        (folder for folder in (package / "examples", package.parent / "example_notebooks") if folder.is_dir()),
        package / "examples",
    )


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
