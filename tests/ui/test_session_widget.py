"""The live session widget in a notebook: it follows by itself, ends what runs, and leaves something to be saved."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen, Theme

FOLLOWED = """import pathlib, time
import notebook_automation as na
print("waiting for the go")
while not pathlib.Path(go).exists():
    time.sleep(0.1)
na.progress(0.5, "half of it")
na.artifact("a,b", "sales")"""


def test_a_session_is_seen_live_and_its_last_state_is_saved(screen: Screen, shots: Path) -> None:
    screen.lab.notebook("live/slow.ipynb", ("go = ''", "parameters"), FOLLOWED)
    go = screen.lab.folder / "go"
    go.unlink(missing_ok=True)  # of a first try of this test
    start = f"import notebook_automation as na\nrun = na.start('slow.ipynb', go={str(go)!r})\nrun"
    notebook = screen.type_notebook("live/open.ipynb", start, "'the kernel is free'")
    screen.run_cells(notebook)
    widget = notebook.locator(".na-SessionWidget")
    expect(widget.locator("[data-status=running]")).to_be_visible(timeout=SLOW_MS)
    expect(widget.get_by_role("progressbar", name="Progress")).to_be_visible()
    expect(widget.get_by_role("log")).to_contain_text("waiting for the go", timeout=SLOW_MS)
    expect(widget).to_contain_text("cell 3 of 3")
    expect(widget.get_by_role("button", name="Cancel")).to_be_enabled()
    themes: tuple[Theme, ...] = ("dark", "light")
    for theme in themes:
        screen.set_theme(theme)
        screen.wait_until_ready()  # the splash screen is over the page while the theme changes
        widget.screenshot(path=str(shots / f"session-widget-{theme}.png"))

    go.touch()
    output = notebook.locator(".jp-OutputArea-output").first
    expect(output.locator("[data-status=completed]")).to_be_visible(timeout=SLOW_MS)
    link = output.get_by_role("link", name="sales.txt")
    assert (link.get_attribute("href") or "").startswith("/notebook-automation/api/v1/artifacts/")
    screen.run("docmanager:save")
    saved = json.loads((screen.lab.root / "live" / "open.ipynb").read_text())["cells"][0]["outputs"]
    assert [sorted(each["data"]) for each in saved] == [["text/html", "text/plain"]]
    output.get_by_text("Open in the panel").click()
    expect(screen.front().locator(".na-Session")).to_have_attribute("data-status", "completed")


def test_cancel_is_delivered_when_a_waiting_cell_is_interrupted_and_retry_starts_another(screen: Screen) -> None:
    screen.lab.notebook("ends/forever.ipynb", "import time\ntime.sleep(300)")
    start = "%load_ext notebook_automation\n%automation run forever.ipynb --wait"
    notebook = screen.type_notebook("ends/open.ipynb", start)
    # Not awaited: the command ends with the cell.
    screen.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    widget = notebook.locator(".na-SessionWidget")
    expect(widget.locator("[data-status=running]")).to_be_visible(timeout=SLOW_MS)
    expect(widget).to_contain_text("cell 1 of 1", timeout=SLOW_MS)
    expect(widget.get_by_role("note")).to_contain_text("interrupt the kernel")
    expect(notebook.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(1)
    widget.get_by_role("button", name="Cancel").click()
    screen.run("notebook:interrupt-kernel")
    expect(widget.locator("[data-status=cancelled]")).to_be_visible(timeout=SLOW_MS)
    expect(notebook.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0, timeout=SLOW_MS)

    widget.get_by_role("button", name="Retry", exact=True).click()
    expect(widget.locator("[data-status=running]")).to_be_visible(timeout=SLOW_MS)
    expect(widget).to_contain_text("retry of ses_")
    widget.get_by_role("button", name="Cancel").click()
    expect(widget.locator("[data-status=cancelled]")).to_be_visible(timeout=SLOW_MS)
