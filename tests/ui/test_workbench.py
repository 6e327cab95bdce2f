"""Where JupyterLab leads to the panel, what teaches when there is nothing, what is shown when the server is away."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .lab import Lab, new_lab
from .screen import SLOW_MS, Screen

COMMANDS = (
    "Automate Notebook…",
    "Show Triggers",
    "Show Sessions",
    "Show Events",
    "Show Artifacts",
    "Show Variables",
    "Show the Automation Sidebar",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with nothing on it, that a test may stop."""
    lab = new_lab(tmp_path_factory.mktemp("fresh"))
    lab.start()
    yield lab
    lab.stop()


def test_with_nothing_there_every_page_says_how_to_begin(screen: Screen) -> None:
    page = screen.page
    expect(screen.sidebar()).to_contain_text("Nothing is automated yet")
    expect(screen.sidebar()).to_contain_text("%load_ext notebook_automation")
    launcher = page.locator(".jp-Launcher")
    launcher.get_by_text("Automation", exact=True).click()
    expect(screen.front()).to_contain_text("No triggers yet")
    expect(screen.front()).to_contain_text('%trigger nightly --cron "0 6 * * *"')
    expect(screen.panel("sessions")).to_contain_text("No sessions yet")
    expect(screen.panel("events")).to_contain_text("No events yet")
    artifacts = screen.panel("artifacts")
    expect(artifacts).to_contain_text("No artifacts yet")
    expect(artifacts).to_contain_text('na.artifact(df, "sales")')
    artifacts.get_by_role("button", name="Copy line").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == 'na.artifact(df, "sales")'

    for name in COMMANDS:
        open_palette(page, name)
        page.keyboard.press("Escape")
    open_palette(page, "Show Sessions")
    page.keyboard.press("Enter")
    expect(screen.front().locator("h1")).to_have_text("Sessions")

    screen.run("notebook-automation:automate")
    form = screen.front()
    form.get_by_label("Notebook").fill("missing.ipynb")
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_contain_text("missing.ipynb")
    screen.console.clear()  # the browser logs the 404 that was asked for


def test_the_status_bar_counts_and_a_restart_of_the_server_leaves_no_gap(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    notebook = lab.notebook("ops/ping.ipynb", "print('pong')")
    hook = lab.trigger(name="ping", type="webhook", notebook=notebook)
    failing = lab.trigger(name="broken", type="manual", notebook=lab.notebook("ops/broken.ipynb", "1 / 0"))
    overview = screen.sidebar()
    sessions = screen.panel("sessions")
    assert lab.ended(lab.fire(failing))["status"] == "failed"
    rows = sessions.locator("[data-session]")
    expect(rows).to_have_count(1)
    bar = page.locator("#jp-main-statusbar")
    bar.get_by_role("button", name="1 failed").click()
    expect(screen.front().get_by_label("Status")).to_have_value("failed")
    screen.front().get_by_label("Status").select_option("")
    expect(rows).to_have_count(1)
    expect(sessions.locator("[aria-busy=true]")).to_have_count(0)

    lab.stop()
    expect(sessions.get_by_text("Offline: this is what was last seen")).to_be_visible(timeout=SLOW_MS)
    expect(overview.get_by_text("Offline: this is what was last seen")).to_be_visible()
    expect(bar.get_by_role("button", name="Automation offline")).to_be_visible()
    expect(rows).to_have_count(1)

    lab.start()
    assert httpx.post(hook["url"], json={}, trust_env=False).status_code == 202
    done = rows.filter(has_text="ping").locator(".na-Chip[data-status=completed]")
    expect(done).to_be_visible(timeout=2 * SLOW_MS)
    expect(sessions.get_by_text("Offline")).to_have_count(0)
    expect(bar.get_by_role("button", name="Automation offline")).to_have_count(0)
    screen.console.clear()  # of a server that is away, the browser has much to say


def test_a_network_that_was_cut_off_leaves_no_gap(screen: Screen, context: BrowserContext) -> None:
    notebook = screen.lab.notebook("ops/quiet.ipynb", "print('quiet')")
    trigger = screen.lab.trigger(name="quiet", type="manual", notebook=notebook)
    sessions = screen.panel("sessions", trigger="ops/quiet")
    expect(sessions).to_contain_text("No session matches this filter.")
    context.set_offline(True)
    expect(sessions.get_by_text("Offline: this is what was last seen")).to_be_visible(timeout=SLOW_MS)
    session = screen.lab.fire(trigger)
    screen.lab.ended(session)
    context.set_offline(False)
    row = sessions.locator(f"[data-session='{session}']")
    expect(row.locator(".na-Chip[data-status=completed]")).to_be_visible(timeout=SLOW_MS)
    expect(sessions.get_by_text("Offline")).to_have_count(0)
    screen.console.clear()  # of a network that is away, the browser has much to say


def open_palette(page: Page, text: str) -> None:
    page.keyboard.press("Control+Shift+KeyC")
    palette = page.locator(".lm-CommandPalette")
    palette.locator("input").fill(text)
    expect(palette.locator(".lm-CommandPalette-item", has_text=text).first).to_be_visible()
