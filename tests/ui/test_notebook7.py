"""Jupyter Notebook 7: the same extension, without JupyterLab's sidebar and launcher."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .lab import Lab
from .screen import READY_MS, SLOW_MS, Screen


def test_a_notebook_page_registers_a_trigger_and_shows_its_card(page: Page, lab: Lab, shots: Path) -> None:
    screen = Screen(page, lab)
    screen.listen()
    path = lab.notebook(
        "seven/report.ipynb", "%load_ext notebook_automation", '%trigger seven --cron "0 6 * * *"', "print('seven')"
    )
    page = screen.page
    page.goto(f"{lab.url}notebooks/{path}?token={lab.token}")
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored.then(() => true)", timeout=READY_MS)
    notebook = page.locator(".jp-NotebookPanel")
    expect(page.locator(".jp-NotebookKernelStatus, .jp-NotebookKernelLogo").first).to_be_visible()
    page.wait_for_function(
        "() => { const panel = window.jupyterapp.shell.currentWidget;"
        " return panel && panel.sessionContext.session && panel.sessionContext.session.kernel.status === 'idle' }",
        timeout=SLOW_MS,
    )
    screen.run_cells(notebook)
    expect(notebook.get_by_text(re.compile("06:00 UTC"))).to_have_count(5)
    assert lab.ask("GET", "triggers/seven/seven")["call"] == "report.ipynb"
    notebook.get_by_role("button", name="Automate").click()
    form = page.locator("#notebook-automation-automate-seven-report-ipynb")
    expect(form.get_by_role("heading", name="Automate report.ipynb")).to_be_visible()
    expect(form.locator(".na-NextFires li")).to_have_count(5)
    notebook.get_by_text("Open in the panel").click()
    expect(page.locator("#notebook-automation-triggers [data-trigger='seven/seven']")).to_be_visible()
    page.screenshot(path=str(shots / "notebook7.png"))
    screen.tidy()
    # Jupyter Notebook and other extensions have errors of their own here.
    errors = [line for line in screen.errors() if "notebook-automation" in line]
    assert not errors, "\n".join(errors)
