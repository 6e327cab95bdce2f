"""A real JupyterLab and a real Chromium for the user-interface tests."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

START_SECONDS = 60.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "docmanager-extension/plugin": '{"autosave": false}',
}

Theme = Literal["light", "dark"]


@dataclass
class Lab:
    """A running JupyterLab: where it is, its token, and the folder it serves."""

    url: str
    token: str
    root: Path
    log: Path
    process: subprocess.Popen[bytes]
    console: list[str] = field(default_factory=list)

    def api(self, path: str) -> str:
        return f"{self.url}notebook-automation/api/v1/{path}"


def find_browser() -> str | None:
    """Path of the machine's Chromium; None leaves the choice to Playwright."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return named or (MAC_BROWSER if Path(MAC_BROWSER).exists() else None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_lab(folder: Path) -> Lab:
    """Start JupyterLab with all its files below `folder`; returns when it answers."""
    root = folder / "root"
    root.mkdir(parents=True)
    for name, text in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NOTEBOOK_AUTOMATION"))}
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    env = kept | {name: str(folder / place) for name, place in own.items()} | {"JUPYTER_PREFER_ENV_PATH": "1"}
    token, port, log = secrets.token_hex(16), free_port(), folder / "server.log"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [
        f"--ServerApp.root_dir={root}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
    ]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=root, env=env, stdout=out, stderr=out)
    lab = Lab(f"http://127.0.0.1:{port}/", token, root, log, process)
    deadline = time.monotonic() + START_SECONDS
    while not answers(lab):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
        time.sleep(0.1)
    return lab


def answers(lab: Lab) -> bool:
    try:
        with urllib.request.urlopen(f"{lab.url}api/status?token={lab.token}", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop_lab(lab: Lab) -> None:
    lab.process.terminate()
    try:
        lab.process.wait(20)
    except subprocess.TimeoutExpired:
        lab.process.kill()
        lab.process.wait()


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = start_lab(tmp_path_factory.mktemp("lab"))
    yield lab
    stop_lab(lab)


# Playwright's loop must be gone before other folders run their asynchronous tests: not scope="session".
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Folder of the screenshots, kept after the run to be looked at."""
    folder = Path(os.environ.get("SCREENSHOTS", "screenshots")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, permissions=["clipboard-read"])
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, lab: Lab, shots: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """JupyterLab in a workspace of the test's own, restored and ready; a screenshot is taken at the end."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:48].strip("-")
    page = context.new_page()
    lab.console.clear()
    page.on("console", lambda message: lab.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: lab.console.append(f"pageerror: {error}"))
    page.goto(f"{lab.url}lab/workspaces/{name}?reset&token={lab.token}")
    wait_until_ready(page)
    yield page
    with contextlib.suppress(Error):
        page.screenshot(path=str(shots / f"{name}.png"))
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def wait_until_ready(page: Page) -> None:
    page.wait_for_function(
        "() => window.jupyterapp && window.jupyterapp.restored.then(() => true)", timeout=60_000
    )
    page.wait_for_function("() => !document.querySelector('#jupyterlab-splash')", timeout=60_000)


@pytest.fixture
def set_theme(page: Page) -> Callable[[Theme], None]:
    """Switch Lab to its light or dark theme and wait until it is drawn."""

    def switch(theme: Theme) -> None:
        name = f"JupyterLab {theme.capitalize()}"
        page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    return switch


@pytest.fixture
def run_command(page: Page) -> Callable[..., object]:
    """Run a Lab command by its id, as the palette would, and return what it resolves to."""

    def run(command: str, **args: object) -> object:
        return page.evaluate(
            "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => undefined)",
            [command, args],
        )

    return run
