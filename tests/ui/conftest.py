"""A real JupyterLab and a real Chromium for the user-interface tests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from .lab import Lab, new_lab
from .screen import Screen

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
SIZE = {"width": 1400, "height": 900}


def find_browser() -> str | None:
    """Path of the machine's Chromium; None leaves the choice to Playwright."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return named or (MAC_BROWSER if Path(MAC_BROWSER).exists() else None)


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = new_lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.start()
        yield lab
    finally:
        # Also one that was too slow to answer.
        lab.stop()


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


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all, as a person has one browser: JupyterLab's scripts are fetched and compiled once."""
    context = browser.new_context(
        viewport=SIZE, permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def workspace(request: pytest.FixtureRequest) -> str:
    """The name of the test, as it may stand in a URL and a file name."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")


@pytest.fixture
def screen(page: Page, lab: Lab, shots: Path, workspace: str) -> Iterator[Screen]:
    """JupyterLab in a workspace of the test's own, ready; at the end its console must be clean of our errors."""
    screen = Screen(page, lab)
    screen.listen()
    screen.open_lab(workspace)
    yield screen
    with contextlib.suppress(Error):
        screen.page.screenshot(path=str(shots / f"{workspace}.png"))
    screen.tidy()
    errors = screen.errors()
    assert not errors, "\n".join(errors)
