"""`python -m notebook_automation.demo`: JupyterLab on the example project, with everything fired once for real."""

from __future__ import annotations

import argparse
import importlib.util
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
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import NotConnected, SdkError
from notebook_automation.sdk.location import API_PATH, Location
from notebook_automation.sdk.sessions import ENDED

START_SECONDS = 120.0
"""For JupyterLab to answer, and for each session to end."""
_LOOK = 0.2
"""Seconds between two looks at something that is waited for."""
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


class NotAsPlanned(Exception):
    """Something did not happen; the text says what."""


class Demo:
    """JupyterLab with all its files below ``folder``; ``client`` speaks with it once it is ready."""

    client: Client
    url: str

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.token = secrets.token_hex(16)
        self._own = folder / "jupyter"
        self._log = folder / "jupyterlab.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "NOTEBOOK_AUTOMATION"))}
        self.env = kept | {name: str(self._own / place) for name, place in _PLACES.items()}
        self.env["JUPYTER_PREFER_ENV_PATH"] = "1"
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
        """Start JupyterLab and return when sessions can run. Raises NotAsPlanned."""
        for name, settings in _SETTINGS.items():
            file = self._own / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings), encoding="utf-8")
        port = free_port()
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"]
        command += ["--ServerApp.port_retries=0", f"--NotebookAutomationApp.data_dir={self._own / 'automation'}"]
        if os.name != "nt" and os.geteuid() == 0:
            command.append("--allow-root")
        with self._log.open("wb") as log:
            # A group of its own: Ctrl-C is for us, and we end it in order.
            self._process = subprocess.Popen(
                command, cwd=self.root, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.url = f"http://127.0.0.1:{port}/"
        self.client = Client(Location(url=self.url + API_PATH, authorization=f"token {self.token}"))
        self._until(self._is_ready, "JupyterLab did not become ready")

    def open_notebook(self, path: str) -> None:
        """Run a notebook's cells in a kernel, as somebody does who has it open: its magics register its triggers."""
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        file = self.root / path
        notebook = nbformat.read(file, as_version=4)
        opened = NotebookClient(
            notebook,
            timeout=START_SECONDS,
            resources={"metadata": {"path": str(file.parent)}},
            extra_arguments=["--log-level=ERROR"],
        )
        try:
            opened.execute(env={**self.env, "JPY_SESSION_NAME": str(file)})
        except CellExecutionError as error:
            raise NotAsPlanned(f"{path} failed in an open notebook:\n{error}") from None

    def command(self, *words: str) -> str:
        """Return what our command line prints. Raises NotAsPlanned."""
        server = {"NOTEBOOK_AUTOMATION_URL": self.url, "NOTEBOOK_AUTOMATION_TOKEN": self.token}
        done = subprocess.run(
            [sys.executable, "-m", "notebook_automation", *words], env={**self.env, **server}, cwd=self.root,
            capture_output=True, text=True, timeout=START_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NotAsPlanned(f"jupyter automation {' '.join(words)} failed: {done.stderr.strip()}")
        return done.stdout

    def ended(self, session_id: str) -> Any:
        """Return a session once it has ended. Raises NotAsPlanned."""
        path = path_of("sessions", session_id)
        found: list[Any] = []

        def is_over() -> bool:
            found[:] = [self.client.get(path)]
            return found[0]["status"] in ENDED

        self._until(is_over, f"Session {session_id} did not end")
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
        with urllib.request.urlopen(request, timeout=START_SECONDS):
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
            raise NotAsPlanned(f"JupyterLab ended. Its log is {self._log}:\n{self._end_of_log()}")
        try:
            return bool(self.client.get("status")["engine"]["active"])
        except NotConnected:
            return False

    def _until(self, holds: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise NotAsPlanned(f"{failure} within {START_SECONDS:.0f} s. The log is {self._log}.")
            time.sleep(_LOOK)

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def examples() -> Path:
    """Return the folder of the example notebooks: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
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


def post(url: str, file: Path) -> tuple[int, Any]:
    """Post a JSON file as anybody on the network would; return status and answer."""
    request = urllib.request.Request(url, file.read_bytes(), {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
            return int(answer.status), json.load(answer)
    except urllib.error.HTTPError as error:
        raise NotAsPlanned(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None


def story(demo: Demo) -> None:
    """Do what the examples are there for, and tell it. Raises NotAsPlanned at the first thing that does not happen."""
    step("JupyterLab is ready", demo.url)
    demo.open_notebook("webhook_triage/triage.ipynb")
    demo.open_notebook("sales_report/report.ipynb")
    step("Ran two notebooks; their %trigger cells registered", ", ".join(_refs(demo)))
    demo.command("apply", "data_quality/automation.yaml", "--folder", "data_quality", "--yes")
    step("Applied data_quality/automation.yaml; now there are", ", ".join(_refs(demo)))

    samples = demo.root / "webhook_triage" / "samples"
    triggers = {trigger["ref"]: trigger for trigger in demo.client.get("triggers", limit=200)["items"]}
    status, answer = post(triggers["webhook_triage/tickets"]["url"], samples / "ticket.json")
    expect(status == 200 and answer["urgency"] == "high", f"the ticket was answered {status}: {answer}")
    step("Posted a ticket to its webhook; the cell answered", json.dumps(answer))
    pulls = triggers["webhook_triage/pull_requests"]["url"]
    status, receipt = post(pulls, samples / "pull_request_opened.json")
    expect(status == 202 and len(receipt["session_ids"]) == 1, f"the pull request was answered {status}: {receipt}")
    status, draft = post(pulls, samples / "pull_request_draft.json")
    expect(status == 202 and not draft["session_ids"], f"the draft was let through: {draft}")
    step("Posted two pull requests; the filter stopped the draft", draft["event_id"])

    report = _fire(demo, "sales_report/weekday_report")
    check = _fire(demo, "data_quality/hourly")
    _ended_as(demo, receipt["session_ids"][0], "completed", {"review.json"})
    step("The pull request was looked at", receipt["session_ids"][0])
    _ended_as(demo, report, "completed", {"report.ipynb", "report.html", "trend.png", "products.csv"})
    step("The sales report ran: notebook, HTML, plot and table", report)
    failed = _ended_as(demo, check, "failed", {"check.ipynb", "bad_rows.csv"})
    expect(failed["error"]["ename"] == "AssertionError", f"the check failed otherwise: {failed['error']}")
    step("The data-quality check failed, as it should", str(failed["error"]["evalue"]).splitlines()[0])


def step(what: str, detail: str) -> None:
    """Tell one thing that was done."""
    print(f"  ✓ {what}: {detail}", flush=True)


def expect(holds: bool, otherwise: str) -> None:
    """Raise NotAsPlanned with the sentence ``otherwise`` unless something holds."""
    if not holds:
        raise NotAsPlanned(otherwise)


def _refs(demo: Demo) -> list[str]:
    return sorted(trigger["ref"] for trigger in demo.client.get("triggers", limit=200)["items"])


def _fire(demo: Demo, ref: str) -> str:
    receipt = demo.client.post(f"triggers/{ref}/fire", {})
    expect(len(receipt["session_ids"]) == 1, f"{ref} started nothing: {receipt}")
    return str(receipt["session_ids"][0])


def _ended_as(demo: Demo, session_id: str, status: str, made: set[str]) -> Any:
    session = demo.ended(session_id)
    told = session["error"] or session["reason"]
    expect(session["status"] == status, f"{session['call']} ended as {session['status']}, not {status}: {told}")
    names = {artifact["name"] for artifact in demo.client.get("artifacts", session=session_id)["items"]}
    expect(made <= names, f"{session['call']} made {sorted(names)}, without {sorted(made - names)}")
    return session


def main(words: Sequence[str] | None = None) -> int:
    """Run the demonstration; return 0 when everything happened."""
    parser = argparse.ArgumentParser(prog="python -m notebook_automation.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where everything of it lives (demo)")
    parser.add_argument("--exit", action="store_true", help="stop after the story, for a machine")
    said = parser.parse_args(words)
    if importlib.util.find_spec("matplotlib") is None:
        print("The examples plot with matplotlib: pip install 'notebook-automation[examples]'", file=sys.stderr)
        return 2
    # An end by a signal is an end in order: JupyterLab goes with us.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    demo = Demo(said.folder.resolve())
    demo.copy_examples()
    print(f"Notebook Automation, in {demo.root}", flush=True)
    code = 0
    try:
        demo.start()
        try:
            story(demo)
        except (NotAsPlanned, SdkError, OSError) as error:
            code = 1
            print(f"  ✗ {error}", file=sys.stderr, flush=True)
        print("\nThe panel is the Automation tab on the left of JupyterLab:")
        print(f"  {demo.show_sidebar()}", flush=True)
        if not said.exit:
            print("Ctrl-C stops it.", flush=True)
            demo.wait()
    except NotAsPlanned as error:
        code = 1
        print(f"  ✗ {error}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    finally:
        demo.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
